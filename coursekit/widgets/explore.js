// The views of one graph: a picture, and cards that ask about ∂ℓ/∂w, paths, out(v), or a nudge.

import { signedBar } from "./lib/bars.js";
import { h } from "./lib/dom.js";
import { formatNumber, plural } from "./lib/format.js";
import { graphView } from "./lib/graph_view.js";
import { nudgeSlider } from "./lib/inspector.js";
import { vertexMenu } from "./lib/picture.js";
import {
  changeOf,
  countPaths,
  firstPaths,
  pathSentence,
  pathSum,
  reverse,
  unfinishedSums,
} from "./lib/sweeps.js";
import { defineView } from "./lib/view.js";
/** @import { Card, Context, Numbers, Scene } from "./lib/types.js" */
/** @typedef {Scene & {view: string, vertex: number}} Explored */

const MAX_PATHS = 64;

/** @param {Scene} scene @returns {Card} */
function pathsCard(scene) {
  const { names, loss, inputs, order } = scene, counts = countPaths(scene);
  const sources = inputs.length ? inputs : [order[0]], tails = order.filter((v) => v !== loss);
  const menu = vertexMenu(scene, tails, "Paths from", "from ", sources[sources.length - 1]);
  let paths = [];
  return {
    title: "Sum over paths",
    controls: [menu.node],
    steps() {
      paths = firstPaths(scene, menu.vertex(), MAX_PATHS);
      return { length: paths.length, start: Math.min(1, paths.length) };
    },
    frame(step, { partials }) {
      const v = menu.vertex(), walked = paths.slice(0, step), highlight = paths[step - 1] ?? [];
      const sum = pathSum(walked, partials), reads = walked.reduce((n, path) => n + path.length, 0);
      const rest = counts[v] > BigInt(paths.length) ? ` (only the first ${paths.length} are shown)` : "";
      return {
        highlight,
        below: names.map((_, u) => u === v && step > 0 ? sum : null),
        text: step === 0
          ? `No path from ${names[v]} to ${names[loss]} has been walked yet.`
          : `${pathSentence(scene, v, highlight, partials)}. Sum so far ${formatNumber(sum)}.`,
        cost: `Path ${step} of ${counts[v]}${rest}. Partials read: ${reads}.`,
      };
    },
  };
}

/** @param {Scene} scene @returns {Card} */
function backpropCard(scene) {
  const { reads, edges, names, loss } = scene, last = reads.length + 1;
  const start = `∂${names[loss]}/∂${names[loss]} = 1; nothing else is known.`;
  return {
    title: "Backpropagation",
    steps: () => ({ length: last, start: last }),
    frame(step, { partials }) {
      const done = Math.min(step, reads.length), { adjoints, before } = reverse(scene, partials, done);
      const cost = `Partials read: ${done} of ${reads.length}, each once.`;
      const frame = { below: adjoints, unfinished: unfinishedSums(scene, done, adjoints), cost };
      if (step === 0) return { ...frame, highlight: [], text: start };
      if (step === last) return { ...frame, highlight: [], text: lastSentence(scene, adjoints) };
      const edge = reads[done - 1], text = readSentence(scene, edge, partials[edge], adjoints, before);
      return { ...frame, highlight: [edge], reading: edges[edge][1], text };
    },
  };
}

function readSentence({ names, edges, loss }, edge, partial, adjoints, before) {
  const [tail, head] = edges[edge], term = `${formatNumber(adjoints[head])} × ${formatNumber(partial)}`;
  const sum = before ? `${formatNumber(before)} + ${term}` : term;
  return `∂${names[loss]}/∂${names[tail]} = ${sum} = ${formatNumber(adjoints[tail])}, ` +
    `along the edge ${names[tail]} → ${names[head]}.`;
}

function lastSentence({ names, inputs, loss }, adjoints) {
  const known = inputs.slice(0, 6).map((v) => `∂${names[loss]}/∂${names[v]} = ${formatNumber(adjoints[v])}`);
  return `Every adjoint is known: ${known.join(", ")}${inputs.length > 6 ? ", …" : ""}.`;
}

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

/** @param {Explored} scene @returns {Card} */
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

/** @param {Scene} scene @returns {Card} */
function outCard(scene) {
  const { names, out, edges } = scene, menu = vertexMenu(scene, scene.order, "out of");
  const change = () => partials.closest(".ck-view").classList.toggle("ck-bare", !partials.checked);
  const partials = h("input", { type: "checkbox", checked: true, change });
  return {
    title: "out(v)",
    controls: [menu.node, h("label", {}, partials, " local partials")],
    select: menu.choose,
    frame() {
      const v = menu.vertex(), heads = out[v].map((k) => names[edges[k][1]]);
      const text = heads.length
        ? `out(${names[v]}) = {${heads.join(", ")}}: the vertices computed from ${names[v]}.`
        : `out(${names[v]}) = ∅: nothing is computed from ${names[v]}.`;
      const cost = `${plural(edges.length, "edge")} in all.`;
      return { highlight: out[v], below: names.map(() => null), text, cost };
    },
  };
}

const CARDS = {
  explore: (scene) => [pathsCard(scene), backpropCard(scene)],
  walk_paths: (scene) => [pathsCard(scene)],
  show_out: (scene) => [outCard(scene)],
  nudge: (scene) => [nudgeCard(scene)],
};

export default defineView(/** @param {Context<Explored>} context */ (context) => {
  const { view } = context.scene, cards = CARDS[view](context.scene);
  return graphView(context, cards, { active: cards.length - 1, adjoints: view !== "show_out" });
});
