// Layers that grow in width and depth; one path is highlighted, and its product is added to the sum.

import { meter } from "./lib/bars.js";
import { h, keyLine, scroller, setText } from "./lib/dom.js";
import { formatNumber, formatWhole } from "./lib/format.js";
import { picture } from "./lib/picture.js";
import { countPaths, firstPaths, pathSentence, pathSum, reverse } from "./lib/sweeps.js";
import { defineView } from "./lib/view.js";
/** @import { Context, Scene } from "./lib/types.js" */
/** @typedef {{scenes: Record<string, Scene>}} Sizes */

const perCent = (n) => (100 * Math.log10(n + 1)) / 6; // each sixth of the track is a factor of ten

export default defineView(/** @param {Context<Sizes>} context */ ({ scene, el, at, text, say }) => {
  const canvas = el.appendChild(scroller("Picture")), cost = h("p", { class: "ck-count" });
  const pathMeter = meter(el, "paths from v₁,₁ to ℓ"), edgeMeter = meter(el, "edges");
  el.append(keyLine`Both bars are logarithmic: each sixth of the track is a factor of ten.`, text, cost);
  let [graph, image] = /** @type {[Scene | null, any]} */ ([null, null]);
  return () => {
    const [width, depth, wanted] = at, chosen = scene.scenes[`${width},${depth}`];
    if (graph !== chosen) image = picture(canvas, graph = chosen);
    const { edges, partials } = graph, first = graph.order[0], all = Number(countPaths(graph)[first]);
    const paths = firstPaths(graph, first, wanted), path = paths[paths.length - 1];
    const sum = pathSum(paths, partials), total = reverse(graph, partials).adjoints[first];
    image.paint(graph, { highlight: path, below: graph.names.map((_, v) => v === first ? sum : null) });
    pathMeter(perCent(all), formatWhole(all));
    edgeMeter(perCent(edges.length), formatWhole(edges.length));
    say(
      `Path ${paths.length} of ${formatWhole(all)}: ${pathSentence(graph, first, path, partials)}. ` +
        `Sum so far ${formatWhole(sum)}; over all paths ${formatWhole(total)}.`,
    );
    setText(
      cost,
      `Partials read path by path: ${formatWhole(all * depth)} for v₁,₁ alone. ` +
        `By backpropagation: ${formatNumber(edges.length)} for all vertices.`,
    );
  };
});
