// The sum over paths, one path per step.

import { h, select } from "./dom.js";
import { formatNumber } from "./format.js";
import { countPaths, firstPaths, pathProduct, pathSum } from "./sweeps.js";

/** @import { Card, Scene } from "./types.js" */

const MAX_PATHS = 64;

/**
 * The sentence about a path from a vertex: for example, "b → c → ℓ: 1 × 2 = 2".
 * @param {Scene} scene
 * @param {number} from
 * @param {number[]} path
 * @param {number[]} partials
 */
export function pathSentence({ names, edges }, from, path, partials) {
  const stops = [from, ...path.map((k) => edges[k][1])].map((v) => names[v]).join(" → ");
  const factors = path.map((k) => formatNumber(partials[k])).join(" × ") || "1";
  return `${stops}: ${factors} = ${formatNumber(pathProduct(path, partials))}`;
}

/**
 * The frame after the first `step` paths from v; `total` is the number of all paths from v.
 * @param {Scene} scene
 * @param {number} v
 * @param {number[][]} paths
 * @param {bigint} total
 * @param {number} step
 * @param {number[]} partials
 */
function pathFrame(scene, v, paths, total, step, partials) {
  const { names, loss } = scene, walked = paths.slice(0, step), path = paths[step - 1] ?? [];
  const sum = pathSum(walked, partials), reads = walked.reduce((n, one) => n + one.length, 0);
  const rest = total > BigInt(paths.length) ? ` (only the first ${paths.length} are shown)` : "";
  return {
    highlight: path,
    below: names.map((_, u) => u === v && step > 0 ? sum : null),
    text: step === 0
      ? `No path from ${names[v]} to ${names[loss]} walked yet.`
      : `${pathSentence(scene, v, path, partials)}. Sum so far ${formatNumber(sum)}.`,
    cost: `Path ${step} of ${total}${rest}. Partials read: ${reads}.`,
  };
}

/**
 * @param {Scene} scene
 * @returns {Card}
 */
export function pathsCard(scene) {
  const { names, loss, inputs, order } = scene, counts = countPaths(scene);
  const sources = inputs.length ? inputs : [order[0]], tails = order.filter((v) => v !== loss);
  const menu = select("Paths from", tails.map((v) => [v, names[v]]), sources[sources.length - 1]);
  const from = () => menu.value === "" ? loss : Number(menu.value); // the menu is empty if the loss is the only vertex
  let paths = [];
  const walk = () => {
    paths = firstPaths(scene, from(), MAX_PATHS);
    card.length = paths.length;
    card.start = Math.min(1, paths.length);
  };
  const card = {
    title: "Sum over paths",
    length: 0,
    start: 0,
    controls: [h("label", {}, "from ", menu)],
    connect(changed) {
      menu.addEventListener("change", () => {
        walk();
        changed();
      });
    },
    frame: (step, { partials }) => pathFrame(scene, from(), paths, counts[from()], step, partials),
  };
  walk();
  return card;
}
