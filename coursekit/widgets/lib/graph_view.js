// Sliders, one picture, and cards; the last card touched drives the picture.

import { h, scroller } from "./dom.js";
import { inspector } from "./inspector.js";
import { legend, makeButtons, moveByArrows, picture } from "./picture.js";
import { player } from "./player.js";
import { forward } from "./sweeps.js";
import { toolbar } from "./toolbar.js";
/** @import { Card, Context, Scene } from "./types.js" */

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
    const one = player(card, activate, signal);
    for (const event of ["focusin", "pointerdown"]) one.node.addEventListener(event, activate);
    return one;
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
