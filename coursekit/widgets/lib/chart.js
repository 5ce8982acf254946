// A chart: its axes are drawn once; curves, dots and marks are redrawn in place.

import { setAttributes, svg } from "./dom.js";
import { formatNumber } from "./format.js";
/** @import { Point } from "./types.js" */

const WIDTH = 420, LEFT = 34, RIGHT = 8, TOP = 8, BOTTOM = 26; // pixels: width and margins

/** A chart with these ranges of x and y. `line`, `dots`, `disc` and `square` each add a part, and return the
 * function that redraws it.
 * @param {Point} xs @param {Point} ys @param {string} name @param {number} height */
export function chart([x0, x1], [y0, y1], name, height = 220) {
  // a nested svg clips everything outside the axes
  const area = { x: LEFT, y: TOP, width: WIDTH - LEFT - RIGHT, height: height - BOTTOM - TOP };
  const px = (x) => LEFT + ((x - x0) / (x1 - x0)) * area.width;
  const py = (y) => TOP + ((y1 - y) / (y1 - y0)) * area.height;
  const at = ([x, y]) => [px(x), py(y)].map((c) => Number(Math.max(-1e4, Math.min(1e4, c)).toFixed(1)));
  const inner = svg("svg", { ...area, viewBox: Object.values(area).join(" ") });
  const viewBox = `0 0 ${WIDTH} ${height}`;
  const node = svg("svg", { class: "ck-chart", viewBox, role: "img", "aria-label": name });
  node.append(...axes([x0, x1], [y0, y1], px, py), inner);
  const path = (kind, command) => {
    const part = inner.appendChild(svg("path", { class: kind })), write = (p, k) => command(at(p).join(), k);
    return (points) => part.setAttribute("d", points.map(write).join(""));
  };
  const mark = (tag, attributes, place) => {
    const part = inner.appendChild(svg(tag, attributes));
    return (x, y) => setAttributes(part, place(...at([x, y])));
  };
  return {
    node,
    line: (kind) => path(kind, (point, k) => `${k ? "L" : "M"}${point}`),
    dots: (kind) => path(kind, (point) => `M${point}h0`),
    disc: (kind) => mark("circle", { class: kind, r: 5 }, (cx, cy) => ({ cx, cy })),
    square: (kind) =>
      mark("rect", { class: kind, width: 9, height: 9 }, (x, y) => ({ x: x - 4.5, y: y - 4.5 })),
  };
}

/** A label at every second x, a label and a grid line at every y, and the line x = 0. */
function axes([x0, x1], [y0, y1], px, py) {
  const nodes = [], bottom = py(y0), right = WIDTH - RIGHT;
  for (let x = Math.ceil(x0); x <= x1; x += 2) {
    nodes.push(svg("text", { x: px(x), y: bottom + BOTTOM - 8 }, formatNumber(x)));
  }
  for (let y = Math.ceil(y0); y <= y1; y += 1) {
    nodes.push(
      svg("line", { class: "ck-grid", x1: LEFT, x2: right, y1: py(y), y2: py(y) }),
      svg("text", { x: LEFT - 12, y: py(y) + 4 }, formatNumber(y)),
    );
  }
  return [...nodes, svg("line", { class: "ck-zero", x1: px(0), x2: px(0), y1: TOP, y2: bottom })];
}
