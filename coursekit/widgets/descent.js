// w ← w − η ∇ℓ_B(w): steps of descent over the contours of a loss with two weights.

import { chart } from "./lib/chart.js";
import { adjointMark, keyLine, valueMark } from "./lib/dom.js";
import { formatNumber, plural } from "./lib/format.js";
import { defineView } from "./lib/view.js";
/** @import { Context, Point } from "./lib/types.js" */
/** @typedef {{X: Point[], y: number[], order: number[], start: Point}} Problem */
/** @typedef {Problem & {reach: number, contours: Point[][]}} Descent */

/** w at the start and after each step, as `trajectory` in networks/bowl.py computes it.
 * @param {Problem} problem @param {number} eta @param {number} batch @param {number} steps @returns {Point[]} */
export function trajectory({ X, y, order, start }, eta, batch, steps) {
  const ws = [start];
  for (let t = 0; t < steps; t += 1) {
    const [w1, w2] = ws[t], slope = [0, 0];
    for (const i of order.slice(t * batch, (t + 1) * batch)) {
      const error = X[i][0] * w1 + X[i][1] * w2 - y[i];
      slope[0] += (X[i][0] * error) / batch;
      slope[1] += (X[i][1] * error) / batch;
    }
    ws.push([w1 - eta * slope[0], w2 - eta * slope[1]]);
  }
  return ws;
}

/** The mean of (x · w − y)² / 2, as `loss` in networks/bowl.py computes it.
 * @param {Problem} problem @param {Point} w */
const lossAt = ({ X, y }, [w1, w2]) =>
  X.reduce((sum, x, i) => sum + (x[0] * w1 + x[1] * w2 - y[i]) ** 2, 0) / (2 * X.length);

/** @param {Descent} scene @param {Point[]} ws @param {number} batch */
function sentenceFor(scene, ws, batch) {
  const size = scene.X.length, before = lossAt(scene, ws[0]), after = lossAt(scene, ws[ws.length - 1]);
  const method = batch === size
    ? "gradient descent (the whole batch)"
    : `stochastic descent, ${batch} of ${size} examples a step`;
  const outside = ws.some((w) => Math.max(...w.map(Math.abs)) > scene.reach);
  const verdict = after > before
    ? " The loss rose: η is too large, and each step lands higher up on the other side."
    : outside
    ? " Some of the steps lie outside the picture."
    : "";
  return `After ${plural(ws.length - 1, "step")} of ${method}: ` +
    `ℓ = ${formatNumber(after)}, from ${formatNumber(before)}.${verdict}`;
}

export default defineView(/** @param {Context<Descent>} context */ ({ scene, el, at, text, say }) => {
  const ends = /** @type {Point} */ ([-scene.reach, scene.reach]);
  const plot = chart(ends, ends, "Contours of the loss, and the steps over w₁ and w₂", 400);
  for (const points of scene.contours) plot.line("ck-contour")(points);
  const line = plot.line("ck-steps"), dots = plot.dots("ck-dots");
  const first = plot.disc("ck-here"), last = plot.square("ck-slope");
  const start = valueMark("●"), end = adjointMark("■");
  const axes = "w₁ to the right, w₂ upwards; along a contour the loss is constant.";
  el.append(plot.node, keyLine`${axes} ${start} the start, ${end} the current position.`, text);
  return () => {
    const [eta, batch, steps] = at, ws = trajectory(scene, eta, batch, steps);
    line(ws);
    dots(ws);
    first(...ws[0]);
    last(...ws[steps]);
    say(sentenceFor(scene, ws, batch));
  };
});
