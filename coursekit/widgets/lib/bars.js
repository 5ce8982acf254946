// Show numbers as bars.

import { h, setText } from "./dom.js";

/**
 * A row with a bar that starts in the middle and goes left if x is negative.
 * @param {string} name
 * @param {number} x
 * @param {number} width percentage of the track
 * @param {string} text
 * @param {string} kind an additional class
 */
export const signedBar = (name, x, width, text, kind = "") =>
  h(
    "div",
    { class: `ck-bar-row ${kind}` },
    h("span", {}, name),
    h(
      "span",
      { class: "ck-axis" },
      h("span", { class: `ck-fill ${x < 0 ? "ck-minus" : ""}`, style: `width:${width}%` }),
    ),
    h("span", { class: "ck-amount" }, text),
  );

/**
 * Append a bar that starts on the left; return the function that sets its percentage and its text.
 * @param {HTMLElement} el
 * @param {string} name
 */
export function meter(el, name) {
  const bar = h("span", { class: "ck-fill" }), amount = h("span", { class: "ck-amount" });
  el.append(
    h("div", { class: "ck-meter" }, h("span", {}, name), h("span", { class: "ck-track" }, bar), amount),
  );
  /** @param {number} percent @param {string} text */
  return (percent, text) => {
    bar.style.width = `${percent}%`;
    setText(amount, text);
  };
}
