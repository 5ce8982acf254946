// ∂ℓ/∂v += ∂ℓ/∂u · ∂u/∂v, again in the browser: both sweeps and the paths, of a scene.

/**
 * The value at each vertex and one local partial on each edge; a nudge moves one value by delta.
 * @param {Scene} scene
 * @param {number[]} inputs
 * @param {{v: number, delta: number} | null} nudge
 * @returns {Numbers}
 */
function forward(scene, inputs, nudge = null) {
  if (!scene.code) return { values: scene.values, partials: scene.partials };
  const values = [];
  const operand = (i) => (i < 0 ? scene.constants[-i - 1] : values[i]);
  let next = 0;
  for (const [op, ...operands] of scene.code) {
    const value = op === null ? inputs[next++] : OPS[op].value(...operands.map(operand));
    values.push(nudge?.v === values.length ? value + nudge.delta : value);
  }
  const partials = scene.edges.map(([tail, head]) => { // x·x is one edge, fed to both arguments
    const [op, ...operands] = scene.code[head], [x, y, z] = operands.map(operand);
    return operands.reduce(
      (sum, i, slot) => i === tail ? sum + OPS[op].partials[slot](x, y, z, values[head]) : sum,
      0,
    );
  });
  return { values, partials };
}

/**
 * How the loss changes when the value at v moves by delta, and all else follows.
 * @param {Scene} scene
 * @param {Numbers} now
 * @param {number} v
 * @param {number} delta
 */
const changeOf = (scene, now, v, delta) =>
  forward(scene, now.at, { v, delta }).values[scene.loss] - now.values[scene.loss];

/**
 * Each edge once, as backprop reads them: tails in reverse topological order.
 * @param {Scene} scene
 */
const readsOf = (scene) => [...scene.order].reverse().flatMap((v) => scene.out[v]);

/**
 * The adjoints after the first `steps` reads; what is not known yet is null.
 * @param {Scene} scene
 * @param {number[]} partials
 * @param {number[]} reads
 * @param {number} steps
 */
function reverse(scene, partials, reads, steps = reads.length) {
  const adjoints = new Array(scene.names.length).fill(null);
  const reached = steps === reads.length ? -1 : scene.edges[reads[steps]][0];
  for (const v of [...scene.order].reverse()) { // before the tail reached, all are finished
    if (v === reached) break;
    adjoints[v] = v === scene.loss ? 1 : 0;
  }
  let before = null;
  reads.slice(0, steps).forEach((k) => {
    const [tail, head] = scene.edges[k];
    before = adjoints[tail] ?? 0;
    adjoints[tail] = before + adjoints[head] * partials[k];
  });
  return { adjoints, before };
}

/**
 * All paths from a vertex to the loss, each a list of edges, depth first.
 * @param {Scene} scene
 * @param {number} v
 * @param {number[]} path
 * @returns {Generator<number[], void, undefined>}
 */
function* pathsFrom(scene, v, path = []) {
  if (v === scene.loss) yield path;
  for (const k of scene.out[v]) yield* pathsFrom(scene, scene.edges[k][1], [...path, k]);
}

/**
 * How many paths lead from each vertex to the loss: exact, since they can be many.
 * @param {Scene} scene
 * @returns {bigint[]}
 */
function countPaths(scene) {
  const counts = new Array(scene.names.length).fill(0n);
  counts[scene.loss] = 1n;
  for (const v of [...scene.order].reverse()) {
    for (const k of scene.out[v]) counts[v] += counts[scene.edges[k][1]];
  }
  return counts;
}
