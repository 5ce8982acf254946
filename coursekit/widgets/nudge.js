// δℓ ≈ ∂ℓ/∂v · δ: nudge a vertex, and show each out-neighbour's contribution as a bar.

import { signedBar } from "./lib/bars.js";
import { h, setText } from "./lib/dom.js";
import { formatNumber, plural } from "./lib/format.js";
import { graphView } from "./lib/graph_view.js";
import { changeOf, readsOf, reverse } from "./lib/sweeps.js";
import { vertexMenu } from "./lib/vertex_menu.js";
import { defineView } from "./lib/view.js";

/** @import { Card, Numbers, Scene } from "./lib/types.js" */

/**
 * The bars: one for each route, then their sum and the true change.
 * @param {Scene} scene
 * @param {Numbers} now
 * @param {number[]} adjoints
 * @param {{v: number, step: number, change: number}} nudge
 */
function rowsOf({ names, out, edges, loss }, now, adjoints, { v, step, change }) {
  const times = (...factors) => `${factors.map(formatNumber).join(" × ")} = `;
  const routes = out[v].map((k) => {
    const head = edges[k][1];
    return {
      name: `through ${names[head]}`,
      x: adjoints[head] * now.partials[k] * step,
      text: times(adjoints[head], now.partials[k], step),
      kind: "",
    };
  });
  const sum = { name: "added up", x: adjoints[v] * step, text: times(adjoints[v], step), kind: "ck-total" };
  return [...routes, sum, { name: `true change of ${names[loss]}`, x: change, text: "", kind: "ck-total" }];
}

/**
 * @param {Scene & {vertex: number}} scene
 * @returns {Card}
 */
function nudgeCard(scene) {
  const { names, out, loss } = scene, reads = readsOf(scene), tails = scene.order.filter((v) => v !== loss);
  const { menu, node, vertex } = vertexMenu(scene, tails, "Nudged vertex", scene.vertex);
  const delta = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0.1, "aria-label": "δ" });
  const amount = h("span", { class: "ck-read" }), body = h("div", { class: "ck-bars" });
  const paintBars = (rows) => {
    const largest = Math.max(...rows.map(({ x }) => Math.abs(x)), 1e-12);
    body.replaceChildren(
      ...rows.map(({ name, x, text, kind }) =>
        signedBar(name, x, (50 * Math.abs(x)) / largest, `${text}${formatNumber(x)}`, kind)
      ),
    );
  };
  const sentence = (v) =>
    `${plural(out[v].length, "route")} out of ${names[v]}: ` +
    `${out[v].length === 1 ? "a single contribution" : "their contributions add up"}.`;
  return {
    title: "Contributions",
    length: 0,
    start: 0,
    hasSteps: false,
    body,
    controls: [node, h("label", { class: "ck-nudge" }, "δ ", delta, amount)],
    connect: (changed) => [menu, delta].forEach((control) => control.addEventListener("input", changed)),
    select(v) {
      if (v !== loss) menu.value = String(v);
    },
    frame(_, now) {
      const v = vertex(), step = Number(delta.value), { adjoints } = reverse(scene, now.partials, reads);
      const change = changeOf(scene, now, v, step), error = change - adjoints[v] * step;
      setText(amount, formatNumber(step));
      paintBars(rowsOf(scene, now, adjoints, { v, step, change }));
      const cost = `Prediction and change differ by ${formatNumber(error)}.`;
      return { highlight: out[v], below: adjoints, text: sentence(v), cost };
    },
  };
}

export default defineView((context) => graphView(context, [nudgeCard(context.scene)]));
