import { h, select } from "./dom.js";

/** @import { Scene } from "./types.js" */

/**
 * A labelled menu of vertices, and a function that returns the selected vertex.
 * @param {Scene} scene
 * @param {number[]} vertices
 * @param {string} label
 * @param {number} selected
 */
export function vertexMenu(scene, vertices, label, selected = vertices[0]) {
  const menu = select(label, vertices.map((v) => [v, scene.names[v]]), selected);
  return { menu, node: h("label", {}, "v ", menu), vertex: () => Number(menu.value) };
}
