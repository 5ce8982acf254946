// The sum over paths, one path per step.

import { formatNumber } from "./format.js";
import { vertexMenu } from "./picture.js";
import { countPaths, firstPaths, pathProduct, pathSum } from "./sweeps.js";
/** @import { Card, Scene } from "./types.js" */

const MAX_PATHS = 64;

/** The sentence about a path from a vertex: for example, "b → c → ℓ: 1 × 2 = 2".
 * @param {Scene} scene @param {number} from @param {number[]} path @param {number[]} partials */
export function pathSentence({ names, edges }, from, path, partials) {
  const stops = [from, ...path.map((k) => edges[k][1])].map((v) => names[v]).join(" → ");
  const factors = path.map((k) => formatNumber(partials[k])).join(" × ") || "1";
  return `${stops}: ${factors} = ${formatNumber(pathProduct(path, partials))}`;
}

/** @param {Scene} scene @returns {Card} */
export function pathsCard(scene) {
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
          ? `No path from ${names[v]} to ${names[loss]} walked yet.`
          : `${pathSentence(scene, v, highlight, partials)}. Sum so far ${formatNumber(sum)}.`,
        cost: `Path ${step} of ${counts[v]}${rest}. Partials read: ${reads}.`,
      };
    },
  };
}
