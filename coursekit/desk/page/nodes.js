// Builds the nodes of coursekit/desk/content.py: elements of known tags, text, formulas, pictures.

const TAGS = new Set(
  ("p strong em s code pre ul ol li blockquote hr br table thead tbody tr th td").split(" "),
);
const SVG = "http://www.w3.org/2000/svg";
const EM = 10; // units of a formula's outline in one em

/**
 * Replace an element's content by nodes. Text is only ever text, never HTML.
 * @param {Element} element
 * @param {any[]} nodes
 */
export function show(element, nodes) {
  element.replaceChildren(...nodes.map(build));
}

function build(node) {
  if (typeof node === "string") return document.createTextNode(node);
  if (node.picture) return picture(node);
  if (node.formula) return formula(node);
  const element = document.createElement(TAGS.has(node.tag) ? node.tag : "span");
  element.dir = "auto";
  show(element, node.of);
  return node.tag === "table" ? scrollable(element) : element;
}

/** Wrap a table that may be wider than the page; the keyboard can scroll it. */
function scrollable(table) {
  const frame = document.createElement("div");
  frame.className = "wide";
  frame.tabIndex = 0;
  frame.role = "group";
  frame.ariaLabel = "Table";
  frame.append(table);
  return frame;
}

function picture({ picture, alt }) {
  const image = document.createElement("img");
  image.src = picture;
  image.alt = alt;
  return image;
}

function formula({ formula, display, path, left, top, width, height }) {
  const svg = document.createElementNS(SVG, "svg");
  const outline = document.createElementNS(SVG, "path");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", formula);
  svg.setAttribute("class", display ? "formula display" : "formula");
  svg.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
  svg.setAttribute("width", `${width / EM}em`);
  svg.setAttribute("height", `${height / EM}em`);
  if (!display) svg.style.verticalAlign = `${-(top + height) / EM}em`;
  outline.setAttribute("d", path);
  svg.append(outline);
  return svg;
}
