/** The operations on numbers, by name. Python appends the entries (see modules.py): the formulas in
 * engine/operations.py are valid in both languages.
 * @type {Record<string, {symbol: string, infix: boolean, value: (...xs: number[]) => number,
 *   partials: ((x: number, y: number, z: number, v: number) => number)[]}>} */
export const OPS = {};
