// Sliders, one picture, and cards; the last card touched drives the picture.

import { button, h, scroller, select, setFace, setText } from "./dom.js";
import { formatNumber } from "./format.js";
import { inspector } from "./inspector.js";
import { legend, makeButtons, moveByArrows, picture } from "./picture.js";
import { forward } from "./sweeps.js";
import { toolbar } from "./toolbar.js";
/** @import { Card, Context, Scene } from "./types.js" */

const STEP_TIME = 900; // milliseconds at speed 1

/** Fill a view with a picture and its cards; return the function that paints it. `active` is the index of the
 * card that drives the picture initially; without `adjoints`, the inspector does not show them.
 * @param {Context<Scene>} context @param {Card[]} cards
 * @param {{active?: number, adjoints?: boolean}} options */
export function graphView(context, cards, { active = 0, adjoints = true } = {}) {
  const { scene, el, at, repaint, say, signal } = context;
  const canvas = el.appendChild(scroller("Picture")), image = picture(canvas, scene);
  const panel = inspector(scene, adjoints);
  let selected = null;
  const players = cards.map((card, k) => {
    const activate = () => {
      active = k;
      repaint();
    };
    return player(card, activate, signal);
  });
  makeButtons(canvas, image, (v) => `Inspect ${scene.names[v]}`, (v) => {
    selected = v;
    for (const card of cards) card.select?.(v);
    repaint();
  });
  moveByArrows(image, scene.order);
  canvas.before(toolbar(el, canvas));
  const deck = h("div", { class: "ck-cards" }, ...players.map(({ node }) => node));
  el.append(panel.node, legend(scene, "Select a vertex to inspect it."), deck);
  return () => {
    const now = { ...forward(scene, at), at };
    players.forEach((one, k) => {
      const frame = one.show(now);
      one.node.classList.toggle("ck-active", k === active && cards.length > 1);
      if (k !== active) return;
      image.paint(now, frame);
      say(frame.text);
    });
    for (const { g, v } of image.vertices) g.classList.toggle("picked", v === selected);
    if (selected !== null) panel.show(selected, now);
  };
}

/** Buttons, a slider and a speed menu that control numbered steps; `moved` is called after each move. */
function stepper(moved, signal) {
  let step = 0, length = 0, timer = null;
  const first = button("first", "First step", () => stopAt(0));
  const back = button("back", "Step back", () => stopAt(step - 1));
  const toggle = button("play", "Play", () => timer === null ? play() : stop());
  const next = button("next", "Step forward", () => stopAt(step + 1));
  const input = () => stopAt(Number(range.value));
  const range = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step", input });
  const speed = select("Speed", [0.5, 1, 2, 4].map((x) => [x, `${formatNumber(x)}×`]), 1);
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
    restart(steps, start) {
      length = steps;
      range.max = String(steps);
      stop();
      show(start);
    },
  };
}

/** A card's element: its controls, its steps, its code, and a sentence about the current step. `moved` is called
 * when the reader uses the card, and `show` paints the current step.
 * @param {Card} card @param {() => void} moved @param {AbortSignal} signal */
function player(card, moved, signal) {
  const stepsBar = stepper(moved, signal);
  const code = h("pre", { class: "ck-code", tabindex: 0, "aria-label": "Code; scrolls sideways" });
  const text = h("p", { class: "ck-say" }), cost = h("p", { class: "ck-count" });
  const title = card.title && h("strong", {}, card.title);
  const input = () => {
    restart();
    moved();
  };
  const head = h("div", { class: "ck-head", input }, title, ...(card.controls ?? []));
  const label = card.title || "Algorithm", used = { focusin: moved, pointerdown: moved };
  const parts = [head, card.steps && stepsBar.node, card.body, code, text, cost];
  function restart() {
    const { length, start, source = [] } = card.steps?.() ?? { length: 0, start: 0 };
    code.replaceChildren(...source.map((line) => h("span", {}, `${line}\n`)));
    code.hidden = !source.length;
    stepsBar.restart(length, start);
  }
  restart();
  return {
    node: h("div", { class: "ck-card", role: "group", "aria-label": label, ...used }, ...parts),
    show(now) {
      const frame = card.frame(stepsBar.step(), now);
      setText(text, frame.text);
      setText(cost, frame.cost);
      Array.from(code.children).forEach((line, k) => line.classList.toggle("now", k === frame.line));
      return frame;
    },
  };
}
