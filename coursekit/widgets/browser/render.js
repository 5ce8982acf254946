// The whole module is OPS, written from Python's table of operations, and the files of this folder.

/**
 * @typedef {[number, number]} Point
 * @typedef {[low: number, high: number, step: number]} Range
 * @typedef {{names: string[], edges: Point[], out: number[][], loss: number, order: number[],
 *   inputs: number[], values: number[], partials: number[], svg: string, below: string, cards: any[],
 *   code?: [string | null, ...number[]][], constants?: number[], ranges?: Range[], start?: number}} Scene
 * @typedef {{values: number[], partials: number[], at?: number[]}} Numbers
 * @typedef {{lit: number[], below: (number | null)[], say: string, count: string,
 *   read?: number | null, unfinished?: number[], line?: number | null}} Frame
 * @typedef {{title: string, length: number, start: number, at: (k: number, now: Numbers) => Frame,
 *   head?: HTMLElement[], body?: HTMLElement, source?: string[], still?: boolean,
 *   choose?: (repaint: () => void, view: () => HTMLElement) => void, pick?: (v: number) => void}} Card
 * @typedef {{lit: number[], line: number | null, below: (number | null)[], head: number | null,
 *   unfinished: number | null, say: string}} Step
 * @typedef {{name: string, source: string[], steps: Step[]}} Run
 * @typedef {{pages: {svg: string, amounts: number[], texts: string[]}[], range: Point, label: string,
 *   meters: {name: string}[], start: number}} Album
 * @typedef {{sigma: string, sigmas: string[], defaults: Record<string, number | null>, kinks: string[],
 *   at: number[], ranges: Range[]}} Gate
 * @typedef {{X: Point[], y: number[], order: number[], start: Point, reach: number, contours: Point[][],
 *   at: [number, number, number], ranges: Range[], names: string[]}} Descent
 * @typedef {{scenes: Record<string, Scene>, at: [number, number, number], names: string[],
 *   ranges: Range[]}} Deepen
 * @typedef {{a: number[], W: number[][], dz: number[], names: string[], ranges: Range[]}} Layer
 * @typedef {{question: string, options?: {text: string, why: string}[], answer: number, number: number,
 *   why: string, wrong: [number, string][], otherwise: string}} Quiz
 */

/**
 * @template S
 * @typedef {{scene: S, el: HTMLElement, model: any, signal: AbortSignal, refs: string[],
 *   getModel: (ref: string) => Promise<any>}} Context
 */

const KINDS = {
  graph: graphView,
  gate: gateView,
  descent: descentView,
  layer: layerView,
  deepen: deepenView,
  album: albumView,
  order: orderView,
  quiz: quizView,
};

/**
 * Draw the view into el; returns what removes it.
 * @param {{model: any, el: HTMLElement, host?: any, signal?: AbortSignal}} context
 */
async function render({ model, el, host, signal }) {
  const scene = model.get("scene"), end = new AbortController();
  signal?.addEventListener("abort", () => end.abort());
  el.classList.add("ck-view");
  el.addEventListener("keydown", (event) => event.stopPropagation(), { signal: end.signal }); // or Lab takes the keys
  const stop = await KINDS[scene.kind]({
    scene,
    el,
    model,
    signal: end.signal,
    refs: model.get("sliders") ?? [],
    getModel: (ref) => host.getModel(ref),
  });
  return () => {
    stop();
    end.abort();
  };
}

export default { render };
