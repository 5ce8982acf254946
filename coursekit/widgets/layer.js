// A fully connected layer as a table: z_j at the end of row j, ∂ℓ/∂a_i at the foot of column i.

import { adjointMark, h, keyLine, scroller, setText, valueMark } from "./lib/dom.js";
import { formatNumber } from "./lib/format.js";
import { defineView } from "./lib/view.js";
/** @import { Context } from "./lib/types.js" */
/** @typedef {{a: number[], W: number[][], dz: number[]}} Layer */
/** @typedef {"cell" | "row" | "column"} Kind */

const sub = (k) => "₀₁₂₃₄₅₆₇₈₉"[k + 1];
const sum = (terms) => terms.reduce((total, [x, y]) => total + x * y, 0);
const sumSentence = (terms) => {
  const products = terms.map((factors) => factors.map(formatNumber).join(" × "));
  return `${products.join(" + ")} = ${formatNumber(sum(terms))}`;
};

/** The pairs of factors whose products add up to z_j or to ∂ℓ/∂a_i. */
const rowTerms = ({ W, a }, j) => a.map((x, i) => [W[j][i], x]);
const columnTerms = ({ W, dz }, i) => dz.map((x, j) => [x, W[j][i]]);

/** The sentence about a cell, the end of a row, or the foot of a column.
 * @type {Record<Kind, (layer: Layer, j: number, i: number) => string>} */
const SENTENCES = {
  cell: ({ dz, a }, j, i) =>
    `∂ℓ/∂w${sub(j)}${sub(i)} = ∂ℓ/∂z${sub(j)} · a${sub(i)} = ${sumSentence([[dz[j], a[i]]])}: ` +
    "the adjoint at the head of the edge times the activation at its tail.",
  row: (layer, j) =>
    `z${sub(j)} = Σᵢ w${sub(j)}ᵢ · aᵢ = ${sumSentence(rowTerms(layer, j))}: summed along row ${j + 1}.`,
  column(layer, _, i) {
    const out = layer.dz.map((_, j) => `z${sub(j)}`).join(", ");
    return `∂ℓ/∂a${sub(i)} = Σⱼ ∂ℓ/∂zⱼ · wⱼ${sub(i)} = ${sumSentence(columnTerms(layer, i))}: ` +
      `summed down column ${i + 1}, over out(a${sub(i)}) = {${out}}.`;
  },
};

/** Make the table, and a function that writes its numbers; `choose` is called with a kind, a row and a column.
 * @param {Layer} layer @param {(kind: Kind, j: number | null, i: number | null) => void} choose */
function tableOf(layer, choose) {
  const { a, W, dz } = layer, numbers = [];
  const number = (kind, read) => {
    const node = h("span", { class: kind });
    numbers.push(() => setText(node, formatNumber(read())));
    return node;
  };
  const value = (read) => number("ck-value", read), adjoint = (read) => number("ck-adjoint", read);
  const name = (text) => h("span", { class: "ck-name" }, text);
  const choice = (kind, j, i, ...content) => {
    const data = { "data-kind": kind, "data-row": j, "data-column": i }, click = () => choose(kind, j, i);
    return h("td", {}, h("button", { type: "button", ...data, click }, ...content));
  };
  const head = a.map((_, i) =>
    h("th", { scope: "col", "data-column": i }, name(`a${sub(i)}`), value(() => a[i]))
  );
  const rows = dz.map((_, j) => [
    h("th", { scope: "row", "data-row": j }, name(`∂ℓ/∂z${sub(j)}`), adjoint(() => dz[j])),
    ...a.map((_, i) =>
      choice("cell", j, i, name(`w${sub(j)}${sub(i)}`), value(() => W[j][i]), adjoint(() => dz[j] * a[i]))
    ),
    choice("row", j, null, name(`z${sub(j)}`), value(() => sum(rowTerms(layer, j)))),
  ]);
  const foot = a.map((_, i) =>
    choice("column", null, i, name(`∂ℓ/∂a${sub(i)}`), adjoint(() => sum(columnTerms(layer, i))))
  );
  const lines = [[h("td"), ...head, h("td")], ...rows, [h("td"), ...foot, h("td")]];
  return {
    node: h("table", { class: "ck-layer" }, ...lines.map((line) => h("tr", {}, ...line))),
    paint: () => numbers.forEach((write) => write()),
  };
}

/** Mark the chosen cell, row or column, and the activations and adjoints that it uses. */
function highlight(table, chosen, j, i) {
  for (const node of table.querySelectorAll("button, th")) {
    const { kind, row, column } = node.dataset, inRow = Number(row) === j, inColumn = Number(column) === i;
    const lit = { cell: inRow && inColumn, row: inRow, column: inColumn }[chosen] && Boolean(kind);
    const used = { cell: inRow || inColumn, row: row === undefined, column: column === undefined }[chosen];
    node.classList.toggle("ck-lit", lit);
    node.classList.toggle("ck-used", used && !kind);
    if (kind) node.setAttribute("aria-pressed", String(lit && kind === chosen));
  }
}

export default defineView(/** @param {Context<Layer>} context */ (context) => {
  const { scene, el, at, move, repaint, text, say } = context;
  const layer = structuredClone(scene), { a, W, dz } = layer;
  let [kind, j, i] = /** @type {[Kind, number, number]} */ (["cell", 0, 0]);
  const store = () => [a[i], W[j][i], dz[j]] = at;
  const table = tableOf(layer, (part, row, column) => {
    store();
    [kind, j, i] = [part, row ?? j, column ?? i];
    at.splice(0, 3, a[i], W[j][i], dz[j]);
    at.forEach((x, k) => move[k](x));
    repaint();
  });
  const weight = valueMark("the weight"), adjoint = adjointMark("its adjoint");
  const hint = "Choose a cell, the end of a row or the foot of a column.";
  const key = keyLine`In each cell: ${weight} above, ${adjoint} below. ${hint}`;
  el.append(scroller("Table", table.node), text, key);
  return () => {
    store();
    table.paint();
    highlight(table.node, kind, j, i);
    say(SENTENCES[kind](layer, j, i));
  };
});
