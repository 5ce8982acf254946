// Sliders, one picture, and cards; the card touched last drives the picture.

import { h, scroller } from "./dom.js";
import { inspector } from "./inspector.js";
import { legend, makeButtons, moveByArrows, picture } from "./picture.js";
import { player } from "./player.js";
import { forward } from "./sweeps.js";
import { toolbar } from "./toolbar.js";

/** @import { Card, Context, Scene } from "./types.js" */

/**
 * Fill a view with a picture and its cards. `active` is the card that drives it at first; without
 * `adjoints` the panel about a vertex leaves them out.
 * @param {Context<Scene>} context
 * @param {Card[]} cards
 * @param {{active?: number, adjoints?: boolean}} options
 */
export async function graphView({ scene, el, signal, announce, follow }, cards, options = {}) {
  const at = scene.inputs.map((v) => scene.values[v]);
  const canvas = el.appendChild(scroller("Picture")), image = picture(canvas, scene);
  const panel = inspector(scene, options.adjoints ?? true, signal);
  let selected = null, queued = false, active = null;

  function paint() {
    queued = false;
    const now = { ...forward(scene, at), at };
    for (const one of players) {
      const frame = one.show(now);
      if (one !== active) continue;
      image.paint(now, frame);
      announce(frame.text);
    }
    for (const { g, v } of image.vertices) g.classList.toggle("picked", v === selected);
    if (selected !== null) panel.show(selected, now);
  }
  function repaint() {
    if (!queued) requestAnimationFrame(paint);
    queued = true;
  }
  function activate(one) {
    active = one;
    for (const { node } of players) {
      node.classList.toggle("ck-active", node === one.node && players.length > 1);
    }
    repaint();
  }
  const players = cards.map((card) => {
    const one = player(card, () => activate(one), signal);
    for (const event of ["focusin", "pointerdown"]) {
      one.node.addEventListener(event, () => activate(one), { signal });
    }
    return one;
  });
  makeButtons(canvas, image, (v) => `Inspect ${scene.names[v]}`, (v) => {
    selected = v;
    for (const one of players) one.select?.(v);
    repaint();
  }, signal);
  moveByArrows(image, scene.order, signal);
  canvas.before(toolbar(el, canvas, signal));
  const hint = legend(scene, "Select a vertex to inspect it.");
  el.append(panel.node, hint, h("div", { class: "ck-cards" }, ...players.map(({ node }) => node)));
  activate(players[options.active ?? 0]);
  const sliders = scene.code ? scene.inputs.map((v) => scene.names[v]) : [];
  await follow(sliders, scene.ranges, at, repaint);
  paint();
}
