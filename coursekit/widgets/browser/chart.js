// Curves: axes once, then paths and marks rewritten in place.

/**
 * A chart with x and y from one end to the other.
 * @param {Point} xs
 * @param {Point} ys
 * @param {string} name
 * @param {number} height
 */
function chart([x0, x1], [y0, y1], name, height = 220) {
  const [width, left, low] = [420, 34, 26];
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - 8);
  const py = (y) => 8 + ((y1 - y) / (y1 - y0)) * (height - low - 8);
  const node = g("svg", {
    class: "ck-chart",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": name,
  });
  for (let x = Math.ceil(x0); x <= x1; x += 2) node.append(g("text", { x: px(x), y: height - 8 }, number(x)));
  for (let y = Math.ceil(y0); y <= y1; y += 1) {
    node.append(
      g("line", { class: "ck-grid", x1: left, x2: width - 8, y1: py(y), y2: py(y) }),
      g("text", { x: left - 12, y: py(y) + 4 }, number(y)),
    );
  }
  node.append(g("line", { class: "ck-zero", x1: px(0), x2: px(0), y1: 8, y2: height - low }));
  // a picture of its own, so that what leaves the axes is cut off there
  const area = { x: left, y: 8, width: width - left - 8, height: height - low - 8 };
  const inner = node.appendChild(g("svg", { ...area, viewBox: Object.values(area).join(" ") }));
  const at = (x, y) => [px(x), py(y)].map((c) => Math.max(-1e4, Math.min(1e4, c)).toFixed(1)).join(",");
  return {
    node,
    line(kind) {
      const path = inner.appendChild(g("path", { class: kind }));
      return (points) =>
        path.setAttribute("d", points.map(([x, y], i) => `${i ? "L" : "M"}${at(x, y)}`).join(""));
    },
    dots(kind) {
      const path = inner.appendChild(g("path", { class: kind }));
      return (points) => path.setAttribute("d", points.map(([x, y]) => `M${at(x, y)}h0`).join(""));
    },
    mark(kind) {
      const mark = inner.appendChild(
        kind === "ck-slope"
          ? g("rect", { class: kind, width: 9, height: 9 })
          : g("circle", { class: kind, r: 5 }),
      );
      return (x, y) => {
        const [cx, cy] = at(x, y).split(",").map(Number);
        for (
          const [key, value] of Object.entries(
            kind === "ck-slope" ? { x: cx - 4.5, y: cy - 4.5 } : { cx, cy },
          )
        ) mark.setAttribute(key, value);
      };
    },
  };
}
