// Let numbers follow sliders.

import { h, setText } from "./dom.js";
import { formatNumber } from "./format.js";

/** @import { Range } from "./types.js" */

/**
 * Let `at[k]` follow the k-th ipywidgets slider.
 * @param {Promise<any>[]} models
 * @param {number[]} at
 * @param {() => void} changed
 * @param {AbortSignal} signal
 * @returns {Promise<((x: number) => void)[]>} a function for each slider that moves it
 */
export const followWidgets = (models, at, changed, signal) =>
  Promise.all(models.map(async (model, k) => {
    const slider = await model;
    const moved = () => {
      at[k] = slider.get("value");
      changed();
    };
    at[k] = slider.get("value");
    slider.on("change:value", moved);
    signal.addEventListener("abort", () => slider.off("change:value", moved));
    return (x) => {
      slider.set("value", x);
      slider.save_changes();
    };
  }));

/**
 * Let `at[k]` follow the k-th slider that the view itself draws, on a page without ipywidgets.
 * @param {HTMLElement} el
 * @param {string[]} names
 * @param {Range[]} ranges
 * @param {number[]} at
 * @param {() => void} changed
 * @returns {((x: number) => void)[]} a function for each slider that moves it without calling `changed`
 */
export function followOwn(el, names, ranges, at, changed) {
  const sliders = names.map((name, k) =>
    slider(name, at[k], ranges[k], (x) => {
      at[k] = x;
      changed();
    })
  );
  el.prepend(h("div", { class: "ck-inputs" }, ...sliders.map(({ node }) => node)));
  return sliders.map(({ set }) => set);
}

/**
 * @param {string} name
 * @param {number} value
 * @param {Range} range
 * @param {(x: number) => void} moved
 */
function slider(name, value, [min, max, step], moved) {
  const reading = h("span", { class: "ck-read" }, formatNumber(value));
  const input = h("input", { type: "range", min, max, step, value, "aria-label": name });
  input.addEventListener("input", () => {
    setText(reading, formatNumber(Number(input.value)));
    moved(Number(input.value));
  });
  /** @param {number} x */
  const set = (x) => {
    input.value = String(x);
    setText(reading, formatNumber(x));
  };
  return { node: h("label", {}, h("span", {}, name), input, reading), set };
}
