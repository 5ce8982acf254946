// Predict, lock, reveal: the explanations appear once an answer is locked.

import { h, setText } from "./lib/dom.js";
import { formatNumber } from "./lib/format.js";
import { defineView } from "./lib/view.js";
/** @import { Context } from "./lib/types.js" */

/** A question with options, or with a number as its answer.
 * @typedef {{question: string, options?: {text: string, why: string}[], answer: number, number: number,
 *   why: string, wrong: [number, string][], otherwise: string}} Quiz */

let groups = 0; // number of groups of radio buttons so far: makes their names unique on the page

/** Radio buttons, one for each option; `value` is the current answer; `reveal` explains every option and judges one.
 * @param {Quiz} scene @param {(complete: boolean) => void} ready */
function optionFields({ options, answer }, ready) {
  const name = `ck-quiz-${(groups += 1)}`;
  const rows = options.map(({ text, why }, i) => {
    const radio = h("input", { type: "radio", name, value: i, change: () => ready(true) });
    const note = h("span", { class: "ck-why", hidden: true });
    const node = h("div", { class: "ck-option" }, h("label", {}, radio, h("span", {}, text)), note);
    return { radio, note, text, why, node };
  });
  return {
    nodes: rows.map(({ node }) => node),
    value: () => rows.find(({ radio }) => radio.checked).text,
    reveal(chosen) {
      rows.forEach(({ radio, note, text, why, node }, i) => {
        radio.disabled = true;
        radio.checked = text === chosen;
        setText(note, `${i === answer ? "✓ Right." : "✗ No."} ${why}`);
        note.hidden = false;
        node.classList.add(i === answer ? "ck-right" : "ck-wrong");
      });
      const right = options[answer].text;
      return chosen === right
        ? "Your prediction was right."
        : `You predicted “${chosen}”; the answer is “${right}”.`;
    },
  };
}

const NUMBER = "-?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
const EXPRESSION = new RegExp(`^(${NUMBER})\\s*(?:(/|\\^|\\*\\*)\\s*(${NUMBER})|(%))?$`, "i");

/** Parse a number as people write it (−3, 1/2, 0,5, 262,144, 2^18, 1.5e3, 5 %); return null for anything else.
 * @param {string} text @returns {number | null} */
export function parseNumber(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/(\d)[\s’'_](?=\d{3}(\D|$))/g, "$1")
    .replace(/^(-?\d{1,3})((,\d{3})+)(?=$|\.)/, (_, head, groups) => head + groups.replaceAll(",", ""))
    .replace(",", ".");
  const match = plain.match(EXPRESSION);
  if (!match) return null;
  const [, x, sign, y, percent] = match, value = Number(x);
  const result = percent ? value / 100 : sign === "/" ? value / Number(y) : sign ? value ** Number(y) : value;
  return Number.isFinite(result) ? result : null;
}

/** A field for a number; each number that a misconception leads to has its own explanation.
 * @param {Quiz} scene @param {(complete: boolean) => void} ready @param {() => void} submit */
function numberField(scene, ready, submit) {
  const isComplete = () => parseNumber(field.value) !== null;
  const input = () => {
    ready(isComplete());
    const help = "Enter a number: 5, −0.5, 1/2, 2^18 or 262,144.";
    setText(note, isComplete() || !field.value.trim() ? "" : help);
  };
  const keydown = ({ key }) => key === "Enter" && isComplete() && submit();
  const attributes = { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Your number" };
  const field = h("input", { ...attributes, input, keydown }), note = h("p", { class: "ck-note" });
  const same = (x, y) => Math.abs(x - y) <= 1e-3 * Math.max(Math.abs(y), 1e-6);
  return {
    nodes: [field, note],
    value: () => field.value.trim(),
    reveal(typed) {
      const value = parseNumber(typed), right = same(value, scene.number);
      const mistake = scene.wrong.find(([x]) => same(value, x));
      field.value = typed;
      field.disabled = true;
      setText(note, right ? `✓ Right. ${scene.why}` : `✗ ${mistake ? mistake[1] : scene.otherwise}`);
      if (right) return "Your prediction was right.";
      const answer = formatNumber(scene.number);
      return `You predicted ${formatNumber(value)}; the answer is ${answer}. ${scene.why}`;
    },
  };
}

export default defineView(/** @param {Context<Quiz>} context */ ({ scene, el, model }) => {
  const verdict = h("p", { class: "ck-say", role: "status", tabindex: -1 });
  const ready = (complete) => lock.disabled = !complete;
  const fields = scene.options ? optionFields(scene, ready) : numberField(scene, ready, () => lock.click());
  const reveal = (answer) => {
    lock.hidden = true;
    setText(verdict, fields.reveal(answer));
  };
  const click = () => {
    const answer = fields.value();
    reveal(answer);
    verdict.focus(); // the button disappears: without this, keyboard users would be sent back to the top
    model.set("answer", answer);
    model.save_changes();
  };
  const lock = h("button", { type: "button", disabled: true, click }, "Lock my answer");
  const legend = h("legend", {}, scene.question);
  el.append(h("fieldset", { class: "ck-quiz" }, legend, ...fields.nodes, lock, verdict));
  const earlier = model.get("answer");
  if (earlier !== null) reveal(earlier);
});
