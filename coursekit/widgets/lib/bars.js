// Show numbers as bars.

import { h, setText } from "./dom.js";

/** A row with a bar that starts in the middle, and goes left if x is negative; `width` is in percent.
 * @param {string} name @param {number} x @param {number} width @param {string} text @param {string} kind */
export function signedBar(name, x, width, text, kind = "") {
  const fill = h("span", { class: `ck-fill ${x < 0 ? "ck-minus" : ""}`, style: `width:${width}%` });
  const axis = h("span", { class: "ck-axis" }, fill), amount = h("span", { class: "ck-amount" }, text);
  return h("div", { class: `ck-bar-row ${kind}` }, h("span", {}, name), axis, amount);
}

/** Append a bar that starts on the left; return the function that sets its percentage and its text.
 * @param {HTMLElement} el @param {string} name */
export function meter(el, name) {
  const fill = h("span", { class: "ck-fill" }), amount = h("span", { class: "ck-amount" });
  const track = h("span", { class: "ck-track" }, fill);
  el.append(h("div", { class: "ck-meter" }, h("span", {}, name), track, amount));
  /** @param {number} percent @param {string} text */
  return (percent, text) => {
    fill.style.width = `${percent}%`;
    setText(amount, text);
  };
}
