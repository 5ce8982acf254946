// Highlight out(v) for a chosen v; the partials can be hidden.

import { h } from "./lib/dom.js";
import { plural } from "./lib/format.js";
import { graphView } from "./lib/graph_view.js";
import { vertexMenu } from "./lib/picture.js";
import { defineView } from "./lib/view.js";
/** @import { Card, Scene } from "./lib/types.js" */

/** @param {Scene} scene @returns {Card} */
function outCard(scene) {
  const { names, out, edges } = scene, menu = vertexMenu(scene, scene.order, "out of");
  const change = () => partials.closest(".ck-view").classList.toggle("ck-bare", !partials.checked);
  const partials = h("input", { type: "checkbox", checked: true, change });
  return {
    title: "out(v)",
    controls: [menu.node, h("label", {}, partials, " local partials")],
    select: menu.choose,
    frame() {
      const v = menu.vertex(), heads = out[v].map((k) => names[edges[k][1]]);
      const text = heads.length
        ? `out(${names[v]}) = {${heads.join(", ")}}: the vertices computed from ${names[v]}.`
        : `out(${names[v]}) = ∅: nothing is computed from ${names[v]}.`;
      const cost = `${plural(edges.length, "edge")} in all.`;
      return { highlight: out[v], below: names.map(() => null), text, cost };
    },
  };
}

export default defineView((context) => graphView(context, [outCard(context.scene)], { adjoints: false }));
