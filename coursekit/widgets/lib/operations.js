/**
 * The operations on numbers, by name. Python appends the entries: the formulas in engine/operations.py are
 * text that both languages read (see modules.py).
 * @type {Record<string, {symbol: string, infix: boolean, value: (...xs: number[]) => number,
 *   partials: ((x: number, y: number, z: number, v: number) => number)[]}>}
 */
export const OPS = {};
