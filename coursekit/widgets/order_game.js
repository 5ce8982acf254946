// The order game: finish a vertex whose out-neighbours are all finished.

import { h } from "./lib/dom.js";
import { formatNumber, plural } from "./lib/format.js";
import { legend, makeButtons, picture } from "./lib/picture.js";
import { defineView } from "./lib/view.js";
/** @import { Context, Scene } from "./lib/types.js" */

/** The state of a game: the finished vertices in order, and how often there was a choice.
 * @param {Scene} scene */
export function orderGame({ names, edges, out, partials, loss }) {
  const adjoints = names.map((_, v) => v === loss ? 1 : null), order = [loss];
  let choices = 0;
  const missing = (v) => out[v].filter((k) => adjoints[edges[k][1]] === null);
  const ready = () => names.filter((_, v) => adjoints[v] === null && missing(v).length === 0).length;
  return {
    adjoints,
    order,
    missing,
    choices: () => choices,
    isOver: () => !adjoints.includes(null),
    /** @param {number} v a vertex that is ready */
    finish(v) {
      if (ready() > 1) choices += 1;
      adjoints[v] = out[v].reduce((sum, k) => sum + adjoints[edges[k][1]] * partials[k], 0);
      order.push(v);
    },
  };
}

/** @param {Scene} scene @param {ReturnType<typeof orderGame>} game @param {number} v */
function earlySentence({ names, edges, loss }, game, v) {
  const heads = game.missing(v).map((k) => names[edges[k][1]]), one = heads.length === 1;
  const needed = `the adjoint${one ? "" : "s"} of ${heads.join(" and ")}, which ${one ? "is" : "are"}`;
  return `Not yet: ∂${names[loss]}/∂${names[v]} needs ${needed} still unknown.`;
}

/** @param {Scene} scene @param {ReturnType<typeof orderGame>} game @param {number} v */
function finishedSentence({ names, edges, out, partials, loss }, { adjoints, order, choices, isOver }, v) {
  const term = (k) => `${formatNumber(adjoints[edges[k][1]])} × ${formatNumber(partials[k])}`;
  const sum = out[v].map(term).join(" + ") || "an empty sum";
  const finished = `∂${names[loss]}/∂${names[v]} = ${sum} = ${formatNumber(adjoints[v])}.`;
  if (!isOver()) return finished;
  const remark = choices()
    ? `At ${plural(choices(), "step")}, more than one choice was right, so there are other such orders.`
    : "At each step, only one choice was right.";
  const all = order.map((u) => names[u]).join(", ");
  return `${finished} Finished in the order ${all}, a reverse topological order. ${remark}`;
}

export default defineView(/** @param {Context<Scene>} context */ ({ scene, el, text, say }) => {
  const canvas = el.appendChild(h("div", { class: "ck-scroll" })), image = picture(canvas, scene);
  const { names, loss } = scene, again = h("button", { type: "button", click: start }, "Start again");
  el.append(legend(scene), text, again);
  let game;
  const numberOf = (v) => game.adjoints[v] === null ? "not computed" : formatNumber(game.adjoints[v]);
  const label = (v) => `${names[v]}, ${numberOf(v)}`;

  function paint(sentence, highlight = [], wrong = []) {
    image.paint(scene, { highlight, below: game.adjoints, wrong });
    for (const { g, v } of image.vertices) {
      g.setAttribute("aria-label", label(v));
      g.classList.toggle("done", game.adjoints[v] !== null);
    }
    say(sentence);
  }
  function choose(v) {
    if (game.adjoints[v] !== null) return paint(`${names[v]} is finished already: ${numberOf(v)}.`);
    if (game.missing(v).length) return paint(earlySentence(scene, game, v), game.missing(v), [v]);
    game.finish(v);
    return paint(finishedSentence(scene, game, v), scene.out[v]);
  }
  function start() {
    game = orderGame(scene);
    paint(
      `∂${names[loss]}/∂${names[loss]} = 1. Which vertex can be finished next? Choose it in the picture.`,
    );
  }
  start();
  makeButtons(canvas, image, label, choose);
});
