// Layers that grow in width and depth; one path is highlighted, and its product is added to the sum.

import { meter } from "./lib/bars.js";
import { h, scroller, setText } from "./lib/dom.js";
import { formatNumber, formatWhole } from "./lib/format.js";
import { pathSentence } from "./lib/paths_card.js";
import { picture } from "./lib/picture.js";
import { countPaths, firstPaths, pathSum, readsOf, reverse } from "./lib/sweeps.js";
import { defineView } from "./lib/view.js";

/** @import { Context, Range, Scene } from "./lib/types.js" */

/**
 * @typedef {{scenes: Record<string, Scene>, at: [number, number, number], names: string[],
 *   ranges: Range[]}} Deepen
 */

const perCent = (n) => (100 * Math.log10(n + 1)) / 6; // each sixth of the track is a factor of ten

export default defineView(
  /** @param {Context<Deepen>} context */
  async ({ scene, el, announce, follow }) => {
    const at = [...scene.at], canvas = el.appendChild(scroller("Picture"));
    const pathMeter = meter(el, "paths from v₁,₁ to ℓ"), edgeMeter = meter(el, "edges");
    const text = h("p", { class: "ck-say" }), cost = h("p", { class: "ck-count" });
    const scale = "Both bars are logarithmic: each sixth of the track is a factor of ten.";
    el.append(h("p", { class: "ck-key" }, scale), text, cost);
    let [graph, image] = /** @type {[Scene | null, any]} */ ([null, null]);

    function paint() {
      const [width, depth, wanted] = at, chosen = scene.scenes[`${width},${depth}`];
      if (graph !== chosen) image = picture(canvas, graph = chosen);
      const { edges, partials } = graph, first = graph.order[0], all = Number(countPaths(graph)[first]);
      const paths = firstPaths(graph, first, wanted), path = paths[paths.length - 1];
      const sum = pathSum(paths, partials), total = reverse(graph, partials, readsOf(graph)).adjoints[first];
      image.paint(graph, { highlight: path, below: graph.names.map((_, v) => v === first ? sum : null) });
      pathMeter(perCent(all), formatWhole(all));
      edgeMeter(perCent(edges.length), formatWhole(edges.length));
      const sentence = `Path ${paths.length} of ${formatWhole(all)}: ` +
        `${pathSentence(graph, first, path, partials)}. ` +
        `Sum so far ${formatWhole(sum)}; over all paths ${formatWhole(total)}.`;
      setText(text, sentence);
      setText(
        cost,
        `Partials read path by path: ${formatWhole(all * depth)} for v₁,₁ alone. ` +
          `By backpropagation: ${formatNumber(edges.length)} for all vertices.`,
      );
      announce(sentence);
    }
    await follow(scene.names, scene.ranges, at, paint);
    paint();
  },
);
