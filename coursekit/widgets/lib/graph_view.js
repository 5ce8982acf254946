// Sliders, one picture, and cards; the last card touched drives the picture.

import { h, scroller } from "./dom.js";
import { inspector } from "./inspector.js";
import { legend, makeButtons, moveByArrows, picture } from "./picture.js";
import { player } from "./player.js";
import { forward } from "./sweeps.js";
import { toolbar } from "./toolbar.js";

/** @import { Card, Context, Scene } from "./types.js" */

/**
 * The players of the cards; the last one touched is active.
 * @param {Card[]} cards
 * @param {number} first index of the card that is active initially
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
function deckOf(cards, first, changed, signal) {
  let active = null;
  const activate = (one) => {
    active = one;
    for (const { node } of players) {
      node.classList.toggle("ck-active", node === one.node && players.length > 1);
    }
    changed();
  };
  const players = cards.map((card) => {
    const one = player(card, () => activate(one), signal);
    for (const event of ["focusin", "pointerdown"]) {
      one.node.addEventListener(event, () => activate(one), { signal });
    }
    return one;
  });
  activate(players[first]);
  const node = h("div", { class: "ck-cards" }, ...players.map((one) => one.node));
  return { node, players, isActive: (one) => one === active };
}

/**
 * Fill a view with a picture and its cards. `active` is the index of the card that drives the
 * picture initially; without `adjoints`, the inspector does not show them.
 * @param {Context<Scene>} context
 * @param {Card[]} cards
 * @param {{active?: number, adjoints?: boolean}} options
 */
export async function graphView({ scene, el, signal, announce, follow }, cards, options = {}) {
  const at = scene.inputs.map((v) => scene.values[v]);
  const canvas = el.appendChild(scroller("Picture")), image = picture(canvas, scene);
  const panel = inspector(scene, options.adjoints ?? true, signal);
  let selected = null, queued = false;
  const repaint = () => {
    if (!queued) requestAnimationFrame(paint);
    queued = true;
  };
  const deck = deckOf(cards, options.active ?? 0, repaint, signal);
  function paint() {
    queued = false;
    const now = { ...forward(scene, at), at };
    for (const one of deck.players) {
      const frame = one.show(now);
      if (!deck.isActive(one)) continue;
      image.paint(now, frame);
      announce(frame.text);
    }
    for (const { g, v } of image.vertices) g.classList.toggle("picked", v === selected);
    if (selected !== null) panel.show(selected, now);
  }
  makeButtons(canvas, image, (v) => `Inspect ${scene.names[v]}`, (v) => {
    selected = v;
    for (const one of deck.players) one.select?.(v);
    repaint();
  }, signal);
  moveByArrows(image, scene.order, signal);
  canvas.before(toolbar(el, canvas, signal));
  el.append(panel.node, legend(scene, "Select a vertex to inspect it."), deck.node);
  const sliders = scene.code ? scene.inputs.map((v) => scene.names[v]) : [];
  await follow(sliders, scene.ranges, at, repaint);
  paint();
}
