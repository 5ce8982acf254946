// A card on the page: its controls, its steps, its code, and a sentence about the current step.

import { button, h, select, setFace, setText } from "./dom.js";
import { formatNumber } from "./format.js";
/** @import { Card, Frame, Numbers } from "./types.js" */

const STEP_TIME = 900; // milliseconds at speed 1

/** Buttons, a slider and a speed menu that control numbered steps; `moved` is called after each move.
 * @param {() => void} moved @param {AbortSignal} signal */
function stepper(moved, signal) {
  let step = 0, length = 0, timer = null;
  const first = button("first", "First step", () => stopAt(0));
  const back = button("back", "Step back", () => stopAt(step - 1));
  const toggle = button("play", "Play", () => timer === null ? play() : stop());
  const next = button("next", "Step forward", () => stopAt(step + 1));
  const range = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  const speed = select("Speed", [0.5, 1, 2, 4].map((x) => [x, `${formatNumber(x)}×`]), 1);
  range.addEventListener("input", () => stopAt(Number(range.value)));
  speed.addEventListener("change", () => timer !== null && play());
  signal.addEventListener("abort", stop);

  function stop() {
    clearInterval(timer ?? undefined);
    timer = null;
    setFace(toggle, "play", "Play");
  }
  function play() {
    stop();
    if (step === length) moveTo(0);
    setFace(toggle, "pause", "Pause");
    timer = setInterval(() => {
      moveTo(step + 1);
      if (step === length) stop();
    }, STEP_TIME / Number(speed.value));
  }
  function show(k) {
    step = Math.max(0, Math.min(length, k));
    range.value = String(step);
    range.setAttribute("aria-valuetext", `Step ${step} of ${length}`);
    for (const atStart of [first, back]) atStart.setAttribute("aria-disabled", String(step === 0));
    next.setAttribute("aria-disabled", String(step === length));
  }
  function moveTo(k) {
    show(k);
    moved();
  }
  function stopAt(k) {
    stop();
    moveTo(k);
  }
  return {
    node: h("div", { class: "ck-bar" }, first, back, toggle, next, range, speed),
    step: () => step,
    /** @param {number} steps @param {number} start */
    restart(steps, start) {
      length = steps;
      range.max = String(steps);
      stop();
      show(start);
    },
  };
}

/** Make a card's element; `moved` is called when its reader uses it, and `show` paints the current step.
 * @param {Card} card @param {() => void} moved @param {AbortSignal} signal */
export function player(card, moved, signal) {
  const stepsBar = stepper(moved, signal);
  const code = h("pre", { class: "ck-code", tabindex: 0, "aria-label": "Code; scrolls sideways" });
  const text = h("p", { class: "ck-say" }), cost = h("p", { class: "ck-count" });
  const title = card.title && h("strong", {}, card.title);
  const head = h("div", { class: "ck-head" }, title, ...(card.controls ?? []));
  const attributes = { class: "ck-card", role: "group", "aria-label": card.title || "Algorithm" };
  const node = h("div", attributes, head, card.steps && stepsBar.node, card.body, code, text, cost);
  function restart() {
    const { length, start, source = [] } = card.steps?.() ?? { length: 0, start: 0 };
    code.replaceChildren(...source.map((line) => h("span", {}, `${line}\n`)));
    code.hidden = !source.length;
    stepsBar.restart(length, start);
  }
  head.addEventListener("input", () => {
    restart();
    moved();
  });
  restart();
  return {
    node,
    /** @param {Numbers} now @returns {Frame} */
    show(now) {
      const frame = card.frame(stepsBar.step(), now);
      setText(text, frame.text);
      setText(cost, frame.cost);
      Array.from(code.children).forEach((line, k) => line.classList.toggle("now", k === frame.line));
      return frame;
    },
  };
}
