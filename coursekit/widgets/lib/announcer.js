// A hidden line that screen readers announce half a second after the last change.

import { h, setText } from "./dom.js";

/**
 * @param {HTMLElement} el
 * @param {AbortSignal} signal
 * @returns {(text: string) => void}
 */
export function announcer(el, signal) {
  let line = null, timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (text) => {
    line ??= el.appendChild(h("div", { class: "ck-live", role: "status", "aria-live": "polite" }));
    clearTimeout(timer);
    timer = setTimeout(() => setText(line, text), 500);
  };
}
