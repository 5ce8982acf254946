// Format numbers and counts.

/** x with at most three decimals and a real minus sign, as `format_number` in render/text.py writes it.
 * @param {number | null | undefined} x */
export function formatNumber(x) {
  if (x === null || x === undefined) return "–";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "undefined" : x > 0 ? "∞" : "−∞";
  const wide = Math.abs(x) >= 1e6 || (x !== 0 && Math.abs(x) < 0.0005);
  const text = wide ? x.toExponential(1).replace("e+", "e") : String(Number(x.toFixed(3)));
  return text === "-0" ? "0" : text.replaceAll("-", "−");
}

/** A whole number with commas: 262,144.
 * @param {number} n */
export const formatWhole = (n) => n.toLocaleString("en");

/** "1 edge" or "2 edges", as `plural` in errors.py writes it.
 * @param {number} n @param {string} noun */
export const plural = (n, noun) => `${formatWhole(n)} ${noun}${n === 1 ? "" : "s"}`;
