// ∂ℓ/∂w as the inputs change: every path one by one, every adjoint in order.

import { formatNumber } from "./lib/format.js";
import { graphView } from "./lib/graph_view.js";
import { pathsCard } from "./lib/paths_card.js";
import { reverse } from "./lib/sweeps.js";
import { defineView } from "./lib/view.js";
/** @import { Card, Scene } from "./lib/types.js" */

/** @param {Scene} scene @returns {Card} */
function backpropCard(scene) {
  const { reads, edges, names, loss } = scene, last = reads.length + 1;
  const start = `∂${names[loss]}/∂${names[loss]} = 1; nothing else is known.`;
  return {
    title: "Backpropagation",
    steps: () => ({ length: last, start: last }),
    frame(step, { partials }) {
      const done = Math.min(step, reads.length), { adjoints, before } = reverse(scene, partials, done);
      const frame = { below: adjoints, cost: `Partials read: ${done} of ${reads.length}, each once.` };
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

export default defineView((context) =>
  graphView(context, [pathsCard(context.scene), backpropCard(context.scene)], { active: 1 })
);
