// The picture: it is written once, then repainted in place; its vertices can be selected.

import { h, setAttributes, setText } from "./dom.js";
import { formatNumber } from "./format.js";

/** @import { Frame, Numbers, Scene } from "./types.js" */

/**
 * Write the picture into el; `paint` changes only text and classes.
 * @param {HTMLElement} el
 * @param {Scene} scene
 */
export function picture(el, scene) {
  el.innerHTML = scene.svg; // our own markup; every label in it is escaped
  const part = (group, kind) => group.querySelector(`.${kind}`);
  const vertices = numbered(el, "vertex").map((g, v) => (
    { g, v, value: part(g, "value"), adjoint: part(g, "adjoint") }
  ));
  const edges = numbered(el, "edge").map((g) => ({ g, partial: part(g, "partial") }));
  let raised = "";
  return {
    vertices,
    /** @param {Pick<Numbers, "values" | "partials">} now @param {Pick<Frame, "highlight" | "below"> & Partial<Frame>} frame */
    paint(now, frame) {
      const highlight = new Set(frame.highlight);
      const ends = new Set(frame.highlight.flatMap((k) => scene.edges[k]));
      for (const { g, v, value, adjoint } of vertices) {
        setText(value, formatNumber(now.values[v]));
        setText(adjoint, formatNumber(frame.below[v]));
        g.classList.toggle("lit", ends.has(v));
        g.classList.toggle("read", frame.reading === v);
        g.classList.toggle("unfinished", Boolean(frame.unfinished?.includes(v)));
      }
      edges.forEach(({ g, partial }, k) => {
        setText(partial, formatNumber(now.partials[k]));
        g.classList.toggle("lit", highlight.has(k));
      });
      if (raised !== (raised = frame.highlight.join())) { // draw highlighted edges above the others
        const first = vertices[0].g.parentNode.querySelector("[data-vertex]");
        for (const k of frame.highlight) first.before(edges[k].g);
      }
    },
  };
}

/**
 * The SVG groups of all vertices or all edges, sorted by index.
 * @param {HTMLElement} el
 * @param {"vertex" | "edge"} kind
 * @returns {any[]}
 */
const numbered = (el, kind) =>
  Array.from(/** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll(`[data-${kind}]`)))
    .sort((a, b) => Number(a.dataset[kind]) - Number(b.dataset[kind]));

/**
 * A sentence that explains the numbers of a picture.
 * @param {Scene} scene
 * @param {string} hint
 */
export const legend = (scene, hint = "") =>
  h(
    "p",
    { class: "ck-key" },
    ...(scene.values.length ? ["Above each vertex: ", h("b", { class: "ck-value" }, "its value"), "; "] : []),
    scene.values.length ? "below it: " : "Below each vertex: ",
    h("b", { class: "ck-adjoint" }, scene.below),
    ` (– where unknown); on each edge: the local partial derivative. ${hint}`,
  );

/**
 * Turn the vertices into labelled buttons that call `choose`.
 * @param {HTMLElement} canvas
 * @param {ReturnType<typeof picture>} image
 * @param {(v: number) => string} label
 * @param {(v: number) => void} choose
 * @param {AbortSignal} signal
 */
export function makeButtons(canvas, image, label, choose, signal) {
  canvas.querySelector("svg").setAttribute("role", "group"); // an image hides its parts from screen readers
  for (const { g, v } of image.vertices) {
    setAttributes(g, { role: "button", tabindex: 0, "aria-label": label(v) });
    g.classList.add("choice");
    g.addEventListener("click", () => choose(v), { signal });
    g.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(v);
    }, { signal });
  }
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Make the vertices a single Tab stop; the arrow keys move between them in this order.
 * @param {ReturnType<typeof picture>} image
 * @param {number[]} order
 * @param {AbortSignal} signal
 */
export function moveByArrows(image, order, signal) {
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
    }, { signal });
  });
}
