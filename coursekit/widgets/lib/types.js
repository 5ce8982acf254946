// Types that several modules share. Nothing here is sent to the browser.

/** @typedef {[number, number]} Point */
/** @typedef {[low: number, high: number, step: number]} Range */

/**
 * A linearization as plain data. Vertices and edges are indices; `out[v]` lists edges; `order` is topological.
 * `code[v]` is the operation of v and its operands; an operand −k is `constants[k − 1]`.
 * @typedef {{names: string[], edges: Point[], out: number[][], loss: number, order: number[],
 *   inputs: number[], values: number[], partials: number[], svg: string, below: string,
 *   code?: [string | null, ...number[]][], constants?: number[], ranges?: Range[]}} Scene
 */

/** The results of a forward sweep, and its inputs.
 * @typedef {{values: number[], partials: number[], at?: number[]}} Numbers */

/**
 * The content of one step: highlighted edges, the number below each vertex, a sentence about the step,
 * its cost in words, the vertex just read, unfinished vertices, and the current line of code.
 * @typedef {{highlight: number[], below: (number | null)[], text: string, cost: string,
 *   reading?: number | null, unfinished?: number[], line?: number | null}} Frame
 */

/**
 * An algorithm or a question about a picture. It has `length` steps and shows step `start` first. `connect`
 * attaches its controls; `select` is called with the vertex that the reader selected.
 * @typedef {{title: string, length: number, start: number, frame: (step: number, now: Numbers) => Frame,
 *   controls?: HTMLElement[], body?: HTMLElement, source?: string[], hasSteps?: boolean,
 *   connect?: (changed: () => void, view: () => HTMLElement) => void, select?: (v: number) => void}} Card
 */

/**
 * The arguments of a view: its scene, element and model, a signal that aborts when the view is closed, a
 * function that makes screen readers announce a string, and one that lets numbers follow sliders.
 * @template S
 * @typedef {{scene: S, el: HTMLElement, model: any, signal: AbortSignal, announce: (text: string) => void,
 *   follow: (names: string[], ranges: Range[] | undefined, at: number[], changed: () => void) =>
 *     Promise<((x: number) => void)[]>}} Context
 */

export {};
