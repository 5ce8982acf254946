// Highlight out(v) for a chosen v; the partials can be hidden.

import { h } from "./lib/dom.js";
import { plural } from "./lib/format.js";
import { graphView } from "./lib/graph_view.js";
import { vertexMenu } from "./lib/vertex_menu.js";
import { defineView } from "./lib/view.js";

/** @import { Card, Scene } from "./lib/types.js" */

/**
 * @param {Scene} scene
 * @returns {Card}
 */
function outCard(scene) {
  const { names, out, edges } = scene, { menu, node, vertex } = vertexMenu(scene, scene.order, "out of");
  const partials = h("input", { type: "checkbox", checked: true });
  return {
    title: "out(v)",
    length: 0,
    start: 0,
    hasSteps: false,
    controls: [node, h("label", {}, partials, " local partials")],
    connect(changed, view) {
      menu.addEventListener("change", changed);
      partials.addEventListener("change", () => view().classList.toggle("ck-bare", !partials.checked));
    },
    select(v) {
      menu.value = String(v);
    },
    frame() {
      const v = vertex(), heads = out[v].map((k) => names[edges[k][1]]);
      const text = heads.length
        ? `out(${names[v]}) = {${heads.join(", ")}}: the vertices computed from ${names[v]}.`
        : `out(${names[v]}) = ∅: nothing is computed from ${names[v]}.`;
      return {
        highlight: out[v],
        below: names.map(() => null),
        text,
        cost: `${plural(edges.length, "edge")} in all.`,
      };
    },
  };
}

export default defineView((context) => graphView(context, [outCard(context.scene)], { adjoints: false }));
