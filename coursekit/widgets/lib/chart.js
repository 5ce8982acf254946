// A chart: its axes are drawn once; curves, dots and marks are redrawn in place.

import { setAttributes, svg } from "./dom.js";
import { formatNumber } from "./format.js";

/** @import { Point } from "./types.js" */

const WIDTH = 420, LEFT = 34, RIGHT = 8, TOP = 8, BOTTOM = 26; // pixels: width and margins

/**
 * A chart with these ranges of x and y. `line`, `dots`, `disc` and `square` each add a part, and return
 * the function that redraws it.
 * @param {Point} xs
 * @param {Point} ys
 * @param {string} name
 * @param {number} height
 */
export function chart([x0, x1], [y0, y1], name, height = 220) {
  const px = (x) => LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const py = (y) => TOP + ((y1 - y) / (y1 - y0)) * (height - BOTTOM - TOP);
  const at = (x, y) => [px(x), py(y)].map((c) => Math.max(-1e4, Math.min(1e4, c)).toFixed(1)).join(",");
  const viewBox = `0 0 ${WIDTH} ${height}`;
  const node = svg("svg", { class: "ck-chart", viewBox, role: "img", "aria-label": name });
  node.append(...ticks([x0, x1], [y0, y1], px, py, height));
  // a nested svg clips everything outside the axes
  const area = { x: LEFT, y: TOP, width: WIDTH - LEFT - RIGHT, height: height - BOTTOM - TOP };
  const inner = node.appendChild(svg("svg", { ...area, viewBox: Object.values(area).join(" ") }));
  const path = (kind) => inner.appendChild(svg("path", { class: kind }));
  return {
    node,
    line(kind) {
      const line = path(kind);
      return (points) =>
        line.setAttribute("d", points.map(([x, y], i) => `${i ? "L" : "M"}${at(x, y)}`).join(""));
    },
    dots(kind) {
      const dots = path(kind);
      return (points) => dots.setAttribute("d", points.map(([x, y]) => `M${at(x, y)}h0`).join(""));
    },
    disc(kind) {
      const disc = inner.appendChild(svg("circle", { class: kind, r: 5 }));
      return (x, y) => {
        const [cx, cy] = at(x, y).split(",");
        setAttributes(disc, { cx, cy });
      };
    },
    square(kind) {
      const square = inner.appendChild(svg("rect", { class: kind, width: 9, height: 9 }));
      return (x, y) => {
        const [cx, cy] = at(x, y).split(",").map(Number);
        setAttributes(square, { x: cx - 4.5, y: cy - 4.5 });
      };
    },
  };
}

/** The axes: a label at every second x, a label and a grid line at every y, and the line x = 0. */
function ticks([x0, x1], [y0, y1], px, py, height) {
  const nodes = [], right = WIDTH - RIGHT;
  for (let x = Math.ceil(x0); x <= x1; x += 2) {
    nodes.push(svg("text", { x: px(x), y: height - 8 }, formatNumber(x)));
  }
  for (let y = Math.ceil(y0); y <= y1; y += 1) {
    nodes.push(
      svg("line", { class: "ck-grid", x1: LEFT, x2: right, y1: py(y), y2: py(y) }),
      svg("text", { x: LEFT - 12, y: py(y) + 4 }, formatNumber(y)),
    );
  }
  nodes.push(svg("line", { class: "ck-zero", x1: px(0), x2: px(0), y1: TOP, y2: height - BOTTOM }));
  return nodes;
}
