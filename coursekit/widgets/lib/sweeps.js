// ∂ℓ/∂v += ∂ℓ/∂u · ∂u/∂v, in the browser: the forward sweep, the reverse sweep and the paths of a scene.

import { formatNumber } from "./format.js";
import { OPS } from "./operations.js";
/** @import { Numbers, Scene } from "./types.js" */

/** Each vertex's value and each edge's partial; a nudge adds delta to the value of one vertex.
 * @param {Scene} scene @param {number[]} inputs @param {{v: number, delta: number} | null} nudge
 * @returns {Numbers} */
export function forward(scene, inputs, nudge = null) {
  if (!scene.code) return { values: scene.values, partials: scene.partials };
  const values = [];
  const operand = (i) => (i < 0 ? scene.constants[-i - 1] : values[i]);
  let next = 0;
  for (const [op, ...operands] of scene.code) {
    const value = op === null ? inputs[next++] : OPS[op].value(...operands.map(operand));
    values.push(nudge?.v === values.length ? value + nudge.delta : value);
  }
  const partials = scene.edges.map(([tail, head]) => { // x·x has one edge, which feeds both arguments
    const [op, ...operands] = scene.code[head], [x, y, z] = operands.map(operand);
    return operands.reduce(
      (sum, i, slot) => i === tail ? sum + OPS[op].partials[slot](x, y, z, values[head]) : sum,
      0,
    );
  });
  return { values, partials };
}

/** The change of the loss when the value of v changes by delta.
 * @param {Scene} scene @param {Numbers} now @param {number} v @param {number} delta */
export const changeOf = (scene, now, v, delta) =>
  forward(scene, now.at, { v, delta }).values[scene.loss] - now.values[scene.loss];

/** The adjoints after the first `steps` reads, or null if unknown; `before` is the sum before the last read.
 * @param {Scene} scene @param {number[]} partials @param {number} steps */
export function reverse(scene, partials, steps = scene.reads.length) {
  const adjoints = new Array(scene.names.length).fill(null);
  const current = steps === scene.reads.length ? -1 : scene.edges[scene.reads[steps]][0];
  for (const v of [...scene.order].reverse()) { // every vertex before the current one is finished
    if (v === current) break;
    adjoints[v] = v === scene.loss ? 1 : 0;
  }
  let before = null;
  for (const k of scene.reads.slice(0, steps)) {
    const [tail, head] = scene.edges[k];
    before = adjoints[tail] ?? 0;
    adjoints[tail] = before + adjoints[head] * partials[k];
  }
  return { adjoints, before };
}

/** The vertices whose adjoint is a sum that lacks a term: not all their out-edges are among the first `steps` reads.
 * @param {Scene} scene @param {number} steps @param {(number | null)[]} adjoints */
export function unfinishedSums({ out, reads }, steps, adjoints) {
  const read = new Set(reads.slice(0, steps));
  return adjoints.flatMap((x, v) => x !== null && out[v].some((k) => !read.has(k)) ? [v] : []);
}

/** The first `most` paths from v to the loss, depth first, each as a list of edges.
 * @param {Scene} scene @param {number} v @param {number} most @returns {number[][]} */
export function firstPaths(scene, v, most) {
  const paths = [];
  const walk = (u, path) => {
    if (paths.length === most) return;
    if (u === scene.loss) paths.push(path);
    for (const k of scene.out[u]) walk(scene.edges[k][1], [...path, k]);
  };
  walk(v, []);
  return paths;
}

/** The number of paths from each vertex to the loss, as exact integers because it can be huge.
 * @param {Scene} scene @returns {bigint[]} */
export function countPaths(scene) {
  const counts = new Array(scene.names.length).fill(0n);
  counts[scene.loss] = 1n;
  for (const k of scene.reads) counts[scene.edges[k][0]] += counts[scene.edges[k][1]];
  return counts;
}

/** @param {number[]} path @param {number[]} partials */
export const pathProduct = (path, partials) => path.reduce((product, k) => product * partials[k], 1);

/** @param {number[][]} paths @param {number[]} partials */
export const pathSum = (paths, partials) => paths.reduce((sum, path) => sum + pathProduct(path, partials), 0);

/** The sentence about a path from a vertex: for example, "b → c → ℓ: 1 × 2 = 2".
 * @param {Scene} scene @param {number} from @param {number[]} path @param {number[]} partials */
export function pathSentence({ names, edges }, from, path, partials) {
  const stops = [from, ...path.map((k) => edges[k][1])].map((v) => names[v]).join(" → ");
  const factors = path.map((k) => formatNumber(partials[k])).join(" × ") || "1";
  return `${stops}: ${factors} = ${formatNumber(pathProduct(path, partials))}`;
}
