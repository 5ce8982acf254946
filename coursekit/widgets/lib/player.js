// A card on the page: its controls, its steps, its code, and a sentence about the current step.

import { button, h, onAction, select, setIcon, setText } from "./dom.js";
import { formatNumber } from "./format.js";

/** @import { Card, Frame, Numbers } from "./types.js" */

const STEP_TIME = 900; // milliseconds at speed 1

/**
 * A timer that calls `tick` at intervals; the button shows whether it is running.
 * @param {HTMLButtonElement} toggle
 * @param {() => void} tick
 * @param {AbortSignal} signal
 */
function metronome(toggle, tick, signal) {
  let timer = null;
  const stop = () => {
    clearInterval(timer ?? undefined);
    timer = null;
    setIcon(toggle, "play", "Play");
  };
  signal.addEventListener("abort", stop);
  return {
    stop,
    /** @param {number} interval in milliseconds */
    start(interval) {
      stop();
      setIcon(toggle, "pause", "Pause");
      timer = setInterval(tick, interval);
    },
    isRunning: () => timer !== null,
  };
}

/**
 * Buttons, a slider and a speed menu that control numbered steps; `moved` is called at each step.
 * @param {() => void} moved
 * @param {AbortSignal} signal
 */
function stepper(moved, signal) {
  const first = button("first", "First step"), back = button("back", "Step back");
  const toggle = button("play", "Play"), next = button("next", "Step forward");
  const range = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  const speed = select("Speed", [0.5, 1, 2, 4].map((x) => [x, `${formatNumber(x)}×`]), 1);
  const node = h("div", { class: "ck-bar" }, first, back, toggle, next, range, speed);
  let step = 0, length = 0;
  const moveTo = (k, quiet = false) => {
    step = Math.max(0, Math.min(length, k));
    range.value = String(step);
    range.setAttribute("aria-valuetext", `Step ${step} of ${length}`);
    for (const atStart of [first, back]) atStart.setAttribute("aria-disabled", String(step === 0));
    next.setAttribute("aria-disabled", String(step === length));
    if (!quiet) moved();
  };
  const clock = metronome(toggle, () => {
    moveTo(step + 1);
    if (step === length) clock.stop();
  }, signal);
  const play = () => {
    if (step === length) moveTo(0);
    clock.start(STEP_TIME / Number(speed.value));
  };
  const stopAt = (k, quiet = false) => {
    clock.stop();
    moveTo(k, quiet);
  };
  onAction(node, {
    play: () => (clock.isRunning() ? clock.stop() : play()),
    first: () => stopAt(0),
    back: () => stopAt(step - 1),
    next: () => stopAt(step + 1),
  }, signal);
  range.addEventListener("input", () => stopAt(Number(range.value)), { signal });
  speed.addEventListener("change", () => clock.isRunning() && play(), { signal });
  /** @param {number} steps @param {number} start @param {boolean} quiet */
  const reset = (steps, start, quiet) => {
    length = steps;
    range.max = String(steps);
    stopAt(start, quiet);
  };
  return { node, step: () => step, reset };
}

/** Lines of code; `mark` highlights the current one. */
function listing() {
  const node = h("pre", { class: "ck-code", tabindex: 0, "aria-label": "Code; scrolls sideways" });
  return {
    node,
    /** @param {string[]} source */
    show(source) {
      node.replaceChildren(...source.map((line) => h("span", {}, `${line}\n`)));
      node.hidden = !source.length;
    },
    /** @param {number | null | undefined} current */
    mark(current) {
      Array.from(node.children).forEach((line, i) => line.classList.toggle("now", i === current));
    },
  };
}

/**
 * Make a card's element; `moved` is called at each step, and `show` paints the current step.
 * @param {Card} card
 * @param {() => void} moved
 * @param {AbortSignal} signal
 */
export function player(card, moved, signal) {
  const steps = stepper(moved, signal), code = listing();
  const text = h("p", { class: "ck-say" }), cost = h("p", { class: "ck-count" });
  const title = card.title ? [h("strong", {}, card.title)] : [];
  const node = h(
    "div",
    { class: "ck-card", role: "group", "aria-label": card.title || "Algorithm" },
    h("div", { class: "ck-head" }, ...title, ...(card.controls ?? [])),
    ...(card.hasSteps === false ? [] : [steps.node]),
    ...(card.body ? [card.body] : []),
    code.node,
    text,
    cost,
  );
  function restart(quiet) {
    code.show(card.source ?? []);
    steps.reset(card.length, card.start, quiet);
  }
  card.connect?.(() => restart(false), () => node.closest(".ck-view"));
  restart(true);
  return {
    node,
    select: card.select,
    /** @param {Numbers} now @returns {Frame} */
    show(now) {
      const frame = card.frame(steps.step(), now);
      setText(text, frame.text);
      setText(cost, frame.cost);
      code.mark(frame.line);
      return frame;
    },
  };
}
