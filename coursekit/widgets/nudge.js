// δℓ ≈ ∂ℓ/∂v · δ: nudge a vertex, and show each out-neighbour's contribution as a bar.

import { signedBar } from "./lib/bars.js";
import { h } from "./lib/dom.js";
import { formatNumber, plural } from "./lib/format.js";
import { graphView } from "./lib/graph_view.js";
import { nudgeSlider } from "./lib/inspector.js";
import { vertexMenu } from "./lib/picture.js";
import { changeOf, reverse } from "./lib/sweeps.js";
import { defineView } from "./lib/view.js";
/** @import { Card, Numbers, Scene } from "./lib/types.js" */

/** The bars: one for each route, then their sum and the true change.
 * @param {Scene} scene @param {Numbers} now @param {number[]} adjoints
 * @param {{v: number, step: number, change: number}} nudge */
function barsOf({ names, out, edges, loss }, now, adjoints, { v, step, change }) {
  const rows = out[v].map((k) => {
    const head = edges[k][1];
    return { name: `through ${names[head]}`, factors: [adjoints[head], now.partials[k], step], kind: "" };
  });
  rows.push({ name: "added up", factors: [adjoints[v], step], kind: "ck-total" });
  rows.push({ name: `true change of ${names[loss]}`, factors: [change], kind: "ck-total" });
  const xs = rows.map(({ factors }) => factors.reduce((x, y) => x * y));
  const largest = Math.max(...xs.map(Math.abs), 1e-12);
  return rows.map(({ name, factors, kind }, i) => {
    const product = factors.length > 1 ? `${factors.map(formatNumber).join(" × ")} = ` : "";
    return signedBar(name, xs[i], (50 * Math.abs(xs[i])) / largest, product + formatNumber(xs[i]), kind);
  });
}

/** @param {Scene & {vertex: number}} scene @returns {Card} */
function nudgeCard(scene) {
  const { names, out, order, loss, vertex } = scene, tails = order.filter((v) => v !== loss);
  const menu = vertexMenu(scene, tails, "Nudged vertex", "v ", vertex);
  const slider = nudgeSlider("δ ", { "aria-label": "δ" }), body = h("div", { class: "ck-bars" });
  return {
    title: "Contributions",
    body,
    controls: [menu.node, slider.node],
    select: menu.choose,
    frame(_, now) {
      const v = menu.vertex(), step = slider.read(), { adjoints } = reverse(scene, now.partials);
      const change = changeOf(scene, now, v, step), error = change - adjoints[v] * step;
      body.replaceChildren(...barsOf(scene, now, adjoints, { v, step, change }));
      const routes = out[v].length === 1 ? "a single contribution" : "their contributions add up";
      return {
        highlight: out[v],
        below: adjoints,
        text: `${plural(out[v].length, "route")} out of ${names[v]}: ${routes}.`,
        cost: `Prediction and change differ by ${formatNumber(error)}.`,
      };
    },
  };
}

export default defineView((context) => graphView(context, [nudgeCard(context.scene)]));
