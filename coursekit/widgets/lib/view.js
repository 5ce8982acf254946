// The code that every view shares: the render function that anywidget calls, sliders, and announcements.

import { h, setText } from "./dom.js";
import { formatNumber } from "./format.js";
/** @import { Context } from "./types.js" */

/** Make the default export of a view's module. `fill` fills the element once; it may return a function that
 * paints, which is called first and again in the next frame after a slider moves or `repaint` is called.
 * @template S
 * @param {(context: Context<S>) => any} fill */
export const defineView = (fill) => ({
  /** @param {{model: any, el: HTMLElement, host?: any, signal?: AbortSignal}} context */
  async render({ model, el, host, signal: outer }) {
    const end = new AbortController(), { signal } = end;
    outer?.addEventListener("abort", () => end.abort());
    el.classList.add("ck-view");
    el.addEventListener("keydown", (event) => event.stopPropagation(), { signal }); // or JupyterLab reacts
    const scene = model.get("scene"), at = scene.sliders.map(({ value }) => value), move = [];
    const text = h("p", { class: "ck-say" }), announce = announcer(el, signal);
    const say = (sentence) => {
      setText(text, sentence);
      announce(sentence);
    };
    let frame = 0;
    const repaint = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => paint?.());
    };
    const moved = (k, x) => {
      at[k] = x;
      repaint();
    };
    const paint = fill({ scene, el, model, at, move, repaint, text, say, signal });
    const models = await Promise.all(model.get("sliders").map((reference) => host.getModel(reference)));
    models.forEach((slider, k) => at[k] = slider.get("value"));
    if (models.length) move.push(...followWidgets(models, moved, signal));
    else move.push(...addSliders(el, scene.sliders, moved));
    paint?.();
    return () => end.abort();
  },
});

/** Follow ipywidgets sliders, directly in the browser; return a function for each slider that moves it. */
const followWidgets = (models, moved, signal) =>
  models.map((slider, k) => {
    const follow = () => moved(k, slider.get("value"));
    slider.on("change:value", follow);
    signal.addEventListener("abort", () => slider.off("change:value", follow));
    return (x) => {
      slider.set("value", x);
      slider.save_changes();
    };
  });

/** Draw sliders on a page without ipywidgets; return for each a function that sets it without calling `moved`. */
function addSliders(el, sliders, moved) {
  const rows = sliders.map(({ name, ...range }, k) => {
    const reading = h("span", { class: "ck-read" }, formatNumber(range.value));
    const slid = () => {
      setText(reading, formatNumber(Number(slider.value)));
      moved(k, Number(slider.value));
    };
    const slider = h("input", { type: "range", ...range, "aria-label": name, input: slid });
    const move = (x) => {
      slider.value = String(x);
      setText(reading, formatNumber(x));
    };
    return { node: h("label", {}, h("span", {}, name), slider, reading), move };
  });
  if (rows.length) el.prepend(h("div", { class: "ck-inputs" }, ...rows.map(({ node }) => node)));
  return rows.map(({ move }) => move);
}

/** A hidden line that screen readers announce half a second after the last change. */
function announcer(el, signal) {
  let line = null, timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (text) => {
    line ??= el.appendChild(h("div", { class: "ck-live", role: "status", "aria-live": "polite" }));
    clearTimeout(timer);
    timer = setTimeout(() => setText(line, text), 500);
  };
}
