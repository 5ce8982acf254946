// An album: a slider chooses the page, and the meters are below it.

import { meter } from "./lib/bars.js";
import { scroller } from "./lib/dom.js";
import { defineView } from "./lib/view.js";
/** @import { Context } from "./lib/types.js" */
/** @typedef {{svg: string, amounts: number[], texts: string[]}} Page */
/** @typedef {{pages: Page[], meters: string[]}} Album */

export default defineView(/** @param {Context<Album>} context */ ({ scene, el, at, say }) => {
  const canvas = el.appendChild(scroller("Picture")), [slider] = scene.sliders;
  const meters = scene.meters.map((name) => meter(el, name));
  return () => {
    const { svg, amounts, texts } = scene.pages[at[0] - slider.min], most = Math.max(...amounts);
    canvas.innerHTML = svg; // our own markup; every label in it is escaped
    meters.forEach((set, i) => set((100 * amounts[i]) / most, texts[i]));
    say(`${slider.name} = ${at[0]}: ${scene.meters.map((name, i) => `${name} ${texts[i]}`).join(", ")}`);
  };
});
