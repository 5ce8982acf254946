// The width of an edge by the size of its partial, its colour by the sign: `weights.py`, in the browser.

const STATES = ["plus", "minus", "zero", ...Array.from({ length: 9 }, (_, k) => `size-${k}`)];

/** The classes of an edge with this partial.
 * @param {number | null} partial */
export function weightStates(partial) {
  if (partial === null || Number.isNaN(partial)) return [];
  if (partial === 0) return ["zero"];
  const size = Math.floor(2 * Math.log10(Math.abs(partial)) + 0.5);
  return [partial > 0 ? "plus" : "minus", `size-${Math.min(Math.max(size, -4), 4) + 4}`];
}

/** @param {Element} edge @param {number | null} partial */
export function showWeight(edge, partial) {
  edge.classList.remove(...STATES);
  edge.classList.add(...weightStates(partial));
}
