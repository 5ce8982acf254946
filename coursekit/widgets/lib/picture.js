// The picture: it is written once, then repainted in place; its vertices can be selected.

import { adjointMark, h, select, setAttributes, setText, valueMark } from "./dom.js";
import { formatNumber } from "./format.js";
import { showWeight } from "./weights.js";
/** @import { Marks, Numbers, Scene } from "./types.js" */

/** Write the picture into el; `paint` changes only text and classes.
 * @param {HTMLElement} el @param {Scene} scene */
export function picture(el, scene) {
  el.innerHTML = scene.svg; // our own markup; every label in it is escaped
  const part = (group, kind) => group.querySelector(`.${kind}`);
  const vertices = numbered(el, "vertex").map((g, v) => (
    { g, v, value: part(g, "value"), adjoint: part(g, "adjoint") }
  ));
  const edges = numbered(el, "edge"), labels = numbered(el, "label");
  let raised = "";
  /** @param {Numbers} now @param {Marks} marks */
  function paint(now, { highlight, below, reading, wrong, unfinished }) {
    const ends = new Set(highlight.flatMap((k) => scene.edges[k])), lit = new Set(highlight);
    for (const { g, v, value, adjoint } of vertices) {
      setText(value, formatNumber(now.values[v]));
      const grows = Boolean(unfinished?.includes(v));
      setText(adjoint, formatNumber(below[v]) + (grows ? " + …" : ""));
      g.classList.toggle("lit", ends.has(v));
      g.classList.toggle("read", reading === v);
      g.classList.toggle("wrong", Boolean(wrong?.includes(v)));
      g.classList.toggle("unfinished", grows);
    }
    edges.forEach((g, k) => {
      g.classList.toggle("lit", lit.has(k));
      if (scene.weights) showWeight(g, now.partials[k]);
    });
    for (const g of labels) {
      const k = Number(g.dataset.label);
      setText(part(g, "partial"), formatNumber(now.partials[k]));
      g.classList.toggle("lit", lit.has(k));
    }
    if (raised !== (raised = highlight.join())) { // draw highlighted edges above the others
      const first = vertices[0].g.parentNode.querySelector("[data-vertex]");
      for (const k of highlight) first.before(edges[k]);
    }
  }
  return { vertices, paint };
}

/** The SVG groups of all vertices, edges or labels of edges, sorted by index. */
const numbered = (el, kind) =>
  [...el.querySelectorAll(`[data-${kind}]`)].sort((a, b) => a.dataset[kind] - b.dataset[kind]);

/** A sentence that explains the numbers of a picture.
 * @param {Scene} scene @param {string} hint */
export function legend({ values, below, hide = [], upward }, hint = "") {
  const [first, second] = upward ? ["left", "right"] : ["above", "below"], parts = [];
  const add = (text, mark) => parts.push([`${parts.length ? "; " : ""}${text}: `, mark]);
  if (values.length && !hide.includes("values")) add(`${first} each vertex`, valueMark("its value"));
  if (!hide.includes("adjoints")) {
    add(`${second} ${parts.length ? "it" : "each vertex"}`, adjointMark(below));
    parts.push([" (– where unknown)", ""]);
  }
  if (!hide.includes("partials")) add("on each edge", "the local partial derivative");
  const [text = "", ...rest] = [...parts.flat(), parts.length ? ". " : "", hint];
  return h("p", { class: "ck-key" }, text && text[0].toUpperCase() + text.slice(1), ...rest);
}

/** A labelled menu of vertices, and functions that return and change the selected vertex. An empty menu returns 0:
 * then the loss is the only vertex.
 * @param {Scene} scene @param {number[]} vertices @param {string} name @param {string} text
 * @param {number} selected */
export function vertexMenu({ names }, vertices, name, text = "v ", selected = vertices[0]) {
  const menu = select(name, vertices.map((v) => [v, names[v]]), selected);
  const choose = (v) => {
    if (vertices.includes(v)) menu.value = String(v);
  };
  return { node: h("label", {}, text, menu), vertex: () => Number(menu.value), choose };
}

/** Turn the vertices into labelled buttons that call `choose`.
 * @param {HTMLElement} canvas @param {ReturnType<typeof picture>} image
 * @param {(v: number) => string} label @param {(v: number) => void} choose */
export function makeButtons(canvas, image, label, choose) {
  canvas.querySelector("svg").setAttribute("role", "group"); // an image hides its parts from screen readers
  for (const { g, v } of image.vertices) {
    const click = () => choose(v);
    const keydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      click();
    };
    setAttributes(g, { role: "button", tabindex: 0, "aria-label": label(v), click, keydown });
    g.classList.add("choice");
  }
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Make the vertices a single Tab stop; the arrow keys move between them in this order.
 * @param {ReturnType<typeof picture>} image @param {number[]} order */
export function moveByArrows(image, order) {
  order.forEach((v, i) => {
    const { g } = image.vertices[v];
    g.setAttribute("tabindex", i ? "-1" : "0");
    g.addEventListener("keydown", (event) => {
      const next = image.vertices[order[i + STEPS[event.key]]]?.g;
      if (!next) return;
      event.preventDefault();
      g.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
}
