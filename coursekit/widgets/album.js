// An album: a slider chooses the page, and the meters are below it.

import { meter } from "./lib/bars.js";
import { scroller } from "./lib/dom.js";
import { defineView } from "./lib/view.js";

/** @import { Context, Point } from "./lib/types.js" */

/**
 * @typedef {{pages: {svg: string, amounts: number[], texts: string[]}[], range: Point, label: string,
 *   meters: string[], start: number}} Album
 */

export default defineView(
  /** @param {Context<Album>} context */
  async ({ scene, el, announce, follow }) => {
    const canvas = el.appendChild(scroller("Picture"));
    const meters = scene.meters.map((name) => meter(el, name));
    const at = [scene.start];
    function paint() {
      const { svg, amounts, texts } = scene.pages[at[0] - scene.range[0]], most = Math.max(...amounts);
      canvas.innerHTML = svg; // our own markup; every label in it is escaped
      meters.forEach((set, i) => set((100 * amounts[i]) / most, texts[i]));
      announce(
        `${scene.label} = ${at[0]}: ${scene.meters.map((name, i) => `${name} ${texts[i]}`).join(", ")}`,
      );
    }
    await follow([scene.label], [[...scene.range, 1]], at, paint);
    paint();
  },
);
