// The panel for one vertex: its formula with numbers filled in, its adjoint as a sum, and a nudge.

import { h, setText } from "./dom.js";
import { formatNumber } from "./format.js";
import { OPS } from "./operations.js";
import { changeOf, reverse } from "./sweeps.js";
/** @import { Numbers, Scene } from "./types.js" */

/** The formula of v; `textOf` returns the name or the number to write for an operand. */
function formulaOf(scene, v, textOf) {
  const [op, ...operands] = scene.code[v];
  const texts = operands.map((i) => (i < 0 ? formatNumber(scene.constants[-i - 1]) : textOf(i)));
  const { symbol, infix } = OPS[op];
  if (infix) return texts.join(` ${symbol} `);
  return symbol === "−" ? `−${texts[0]}` : `${symbol}(${texts.join(", ")})`;
}

/** For example, "c = a + b = 2 + 1 = 3".
 * @param {Scene} scene @param {number} v @param {Numbers} now */
function valueSentence(scene, v, now) {
  const { names, code } = scene, value = now.values.length ? ` = ${formatNumber(now.values[v])}` : "";
  if (!code || code[v][0] === null) return `${names[v]}${value}`;
  const numbers = formulaOf(scene, v, (i) => formatNumber(now.values[i]));
  return `${names[v]} = ${formulaOf(scene, v, (i) => names[i])} = ${numbers}${value}`;
}

/** For example, "∂ℓ/∂b = ∂ℓ/∂c · ∂c/∂b + ∂ℓ/∂d · ∂d/∂b = 2 × 1 + 3 × 1 = 5".
 * @param {Scene} scene @param {number} v @param {Numbers} now @param {number[]} adjoints */
function adjointSentence(scene, v, now, adjoints) {
  const { names, edges, loss } = scene, d = (u, w) => `∂${names[u]}/∂${names[w]}`;
  if (v === loss) return `${d(loss, v)} = 1.`;
  const terms = scene.out[v].map((k) => ({ u: edges[k][1], partial: now.partials[k] }));
  if (!terms.length) return `${d(loss, v)} = 0, the empty sum: nothing uses ${names[v]}.`;
  const symbols = terms.map(({ u }) => `${d(loss, u)} · ${d(u, v)}`).join(" + ");
  const numbers = terms.map(({ u, partial }) => `${formatNumber(adjoints[u])} × ${formatNumber(partial)}`);
  return `${d(loss, v)} = ${symbols} = ${numbers.join(" + ")} = ${formatNumber(adjoints[v])}`;
}

/** For example, "ℓ changes by 0.51; ∂ℓ/∂b × 0.1 predicts 0.5, off by 0.01." */
function nudgeSentence({ names, loss }, v, change, adjoint, delta) {
  const predicted = adjoint * delta, error = change - predicted;
  return `${names[loss]} changes by ${formatNumber(change)}; ∂${names[loss]}/∂${names[v]} × ` +
    `${formatNumber(delta)} predicts ${formatNumber(predicted)}, ` +
    `${error === 0 ? "exactly" : `off by ${formatNumber(error)}`}.`;
}

/** A slider for a nudge δ, and its number.
 * @param {Node | string} label @param {Record<string, any>} attributes */
export function nudgeSlider(label, attributes = {}) {
  const input = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0.1, ...attributes });
  const amount = h("span", { class: "ck-read" });
  const read = () => {
    setText(amount, formatNumber(Number(input.value)));
    return Number(input.value);
  };
  return { node: h("label", { class: "ck-nudge" }, label, input, amount), read };
}

/** The panel, hidden until `show` is called. Without `adjoints`, it shows only the formula.
 * @param {Scene} scene @param {boolean} adjoints */
export function inspector(scene, adjoints) {
  const formula = h("p"), sum = h("p"), effect = h("p", { role: "status" }), label = h("span");
  const slider = nudgeSlider(label, { input: () => show(latest.v, latest.now) });
  const nudge = h("div", {}, slider.node, effect);
  const node = h("div", { class: "ck-details", hidden: true }, formula, sum, nudge);
  let latest = null;
  /** @param {number} v @param {Numbers} now */
  function show(v, now) {
    latest = { v, now };
    node.hidden = false;
    const adjoint = reverse(scene, now.partials).adjoints;
    setText(formula, valueSentence(scene, v, now));
    setText(sum, adjointSentence(scene, v, now, adjoint));
    sum.hidden = !adjoints;
    nudge.hidden = !adjoints || !scene.code || v === scene.loss;
    if (nudge.hidden) return;
    setText(label, `nudge ${scene.names[v]} by`);
    const delta = slider.read();
    setText(effect, nudgeSentence(scene, v, changeOf(scene, now, v, delta), adjoint[v], delta));
  }
  return { node, show };
}
