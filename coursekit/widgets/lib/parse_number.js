const NUMBER = "-?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
const EXPRESSION = new RegExp(`^(${NUMBER})\\s*(?:(/|\\^|\\*\\*)\\s*(${NUMBER})|(%))?$`, "i");

/**
 * Parse a number as people write it (−3, 1/2, 0,5, 262,144, 2^18, 1.5e3, 5 %); return null for anything else.
 * @param {string} text
 * @returns {number | null}
 */
export function parseNumber(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/(\d)[\s’'_](?=\d{3}(\D|$))/g, "$1")
    .replace(/^(-?\d{1,3})((,\d{3})+)(?=$|\.)/, (_, head, groups) => head + groups.replaceAll(",", ""))
    .replace(",", ".");
  const match = plain.match(EXPRESSION);
  if (!match) return null;
  const [, x, sign, y, percent] = match, value = Number(x);
  const result = percent ? value / 100 : sign === "/" ? value / Number(y) : sign ? value ** Number(y) : value;
  return Number.isFinite(result) ? result : null;
}
