// Types that several modules share. Nothing here is sent to the browser.

/** @typedef {[number, number]} Point */
/** @typedef {{name: string, min: number, max: number, step: number, value: number}} Slider */

/** A linearization as plain data. Vertices and edges are indices; `out[v]` lists edges; `order` is topological;
 * `reads` lists the edges in the order of backprop. `code[v]` is the operation of v and its operands; an operand
 * −k is `constants[k − 1]`.
 * @typedef {{names: string[], edges: Point[], out: number[][], loss: number, order: number[], reads: number[],
 *   inputs: number[], values: number[], partials: number[], svg: string, below: string,
 *   hide?: string[], upward?: boolean, weights?: boolean,
 *   code?: [string | null, ...number[]][], constants?: number[]}} Scene */

/** The results of a forward sweep, and its inputs.
 * @typedef {{values: number[], partials: number[], at?: number[]}} Numbers */

/** The highlighted edges, the number below each vertex, the vertex just read, vertices marked as wrong, and those
 * whose number is a sum that will grow.
 * @typedef {{highlight: number[], below: (number | null)[], reading?: number | null, wrong?: number[],
 *   unfinished?: number[]}} Marks */

/** The content of one step: a sentence about it, its cost in words, and the current line of code.
 * @typedef {Marks & {text: string, cost: string, line?: number | null}} Frame */

/** An algorithm or a question about a picture. `steps` restarts it when one of its controls changes; without
 * `steps`, it has a single frame. `select` is called with the vertex that the reader selected.
 * @typedef {{title: string, controls?: HTMLElement[], body?: HTMLElement,
 *   steps?: () => {length: number, start: number, source?: string[]},
 *   frame: (step: number, now: Numbers) => Frame, select?: (v: number) => void}} Card */

/** What a view gets: its scene, element and model; its sliders' numbers (`at`), and a function for each slider
 * that moves it; a function that repaints; a line of text, and a function that writes a sentence
 * there and makes screen readers announce it; a signal that aborts when the view is closed.
 * @template S
 * @typedef {{scene: S & {sliders: Slider[]}, el: HTMLElement, model: any, at: number[],
 *   move: ((x: number) => void)[], repaint: () => void, text: HTMLElement, say: (sentence: string) => void,
 *   signal: AbortSignal}} Context */

export {};
