// Predict, lock, reveal: the explanations appear once an answer is locked.

import { h, setText } from "./lib/dom.js";
import { formatNumber } from "./lib/format.js";
import { parseNumber } from "./lib/parse_number.js";
import { defineView } from "./lib/view.js";

/** @import { Context } from "./lib/types.js" */

/**
 * A question with options, or with a number as its answer.
 * @typedef {{question: string, options?: {text: string, why: string}[], answer: number, number: number,
 *   why: string, wrong: [number, string][], otherwise: string}} Quiz
 */

let groups = 0; // number of groups of radio buttons so far: makes their names unique on the page

/**
 * Radio buttons, one for each option.
 * @param {Quiz} scene
 * @param {(complete: boolean) => void} ready
 * @param {AbortSignal} signal
 */
function optionFields({ options, answer }, ready, signal) {
  const name = `ck-quiz-${(groups += 1)}`;
  const rows = options.map(({ text, why }, i) => {
    const radio = h("input", { type: "radio", name, value: i });
    const note = h("span", { class: "ck-why", hidden: true });
    const node = h("div", { class: "ck-option" }, h("label", {}, radio, h("span", {}, text)), note);
    radio.addEventListener("change", () => ready(true), { signal });
    return { radio, note, why, node };
  });
  return {
    nodes: rows.map(({ node }) => node),
    value: () => rows.findIndex(({ radio }) => radio.checked),
    /** @param {number} chosen */
    reveal(chosen) {
      rows.forEach(({ radio, note, why, node }, i) => {
        radio.disabled = true;
        radio.checked = i === chosen;
        setText(note, `${i === answer ? "✓ Right." : "✗ No."} ${why}`);
        note.hidden = false;
        node.classList.add(i === answer ? "ck-right" : "ck-wrong");
      });
      if (chosen === answer) return "Your prediction was right.";
      return `You predicted “${options[chosen].text}”; the answer is “${options[answer].text}”.`;
    },
  };
}

/**
 * A field for a number; each number that a misconception leads to has its own explanation.
 * @param {Quiz} scene
 * @param {(complete: boolean) => void} ready
 * @param {() => void} submit
 * @param {AbortSignal} signal
 */
function numberField(scene, ready, submit, signal) {
  const attributes = { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Your number" };
  const field = h("input", attributes), note = h("p", { class: "ck-note" });
  field.addEventListener("input", () => {
    const complete = parseNumber(field.value) !== null;
    ready(complete);
    const help = "Enter a number: 5, −0.5, 1/2, 2^18 or 262,144.";
    setText(note, complete || !field.value.trim() ? "" : help);
  }, { signal });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && parseNumber(field.value) !== null) submit();
  }, { signal });
  const same = (x, y) => Math.abs(x - y) <= 1e-3 * Math.max(Math.abs(y), 1e-6);
  return {
    nodes: [field, note],
    value: () => field.value.trim(),
    /** @param {string} typed */
    reveal(typed) {
      const value = parseNumber(typed), right = same(value, scene.number);
      const mistake = scene.wrong.find(([x]) => same(value, x));
      field.value = typed;
      field.disabled = true;
      setText(note, right ? `✓ Right. ${scene.why}` : `✗ ${mistake ? mistake[1] : scene.otherwise}`);
      if (right) return "Your prediction was right.";
      return `You predicted ${formatNumber(value)}; the answer is ${
        formatNumber(scene.number)
      }. ${scene.why}`;
    },
  };
}

export default defineView(
  /** @param {Context<Quiz>} context */
  ({ scene, el, signal, model }) => {
    const lock = h("button", { type: "button", disabled: true }, "Lock my answer");
    const verdict = h("p", { class: "ck-say", role: "status", tabindex: -1 });
    const ready = (complete) => {
      lock.disabled = !complete;
    };
    const fields = scene.options
      ? optionFields(scene, ready, signal)
      : numberField(scene, ready, () => lock.click(), signal);
    const reveal = (answer) => {
      lock.hidden = true;
      setText(verdict, /** @type {any} */ (fields).reveal(answer));
    };
    const legend = h("legend", {}, scene.question);
    el.append(h("fieldset", { class: "ck-quiz" }, legend, ...fields.nodes, lock, verdict));
    const trait = scene.options ? "chosen_option" : "typed_answer";
    lock.addEventListener("click", () => {
      const answer = fields.value();
      reveal(answer);
      verdict.focus(); // the button disappears: without this, keyboard users would be sent back to the top
      model.set(trait, answer);
      model.save_changes();
    }, { signal });
    const earlier = model.get(trait);
    if (scene.options ? earlier >= 0 : earlier) reveal(earlier);
  },
);
