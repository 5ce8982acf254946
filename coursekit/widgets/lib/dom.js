// Create elements with attributes and children; strings become text, never markup.

/** Make the function that creates the elements of a namespace; it skips a child that is "" or undefined.
 * @param {string} namespace
 * @returns {(tag: string, attributes?: Record<string, any>, ...children: (Node | string | undefined)[]) => any} */
const creator = (namespace) => (tag, attributes = {}, ...children) => {
  const node = document.createElementNS(namespace, tag);
  setAttributes(node, attributes);
  node.append(...children.filter(Boolean));
  return node;
};
export const h = creator("http://www.w3.org/1999/xhtml");
export const svg = creator("http://www.w3.org/2000/svg");

/** Set attributes: `true` sets an empty one, `false` or `null` sets none, and a function listens to this event.
 * @param {Element} node @param {Record<string, any>} attributes */
export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Set the text of a node if it differs; skip a missing node.
 * @param {Node | null} node @param {string} text */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

const ICONS = {
  first: "M2 2h2v10H2zM13 2v10L5 7z",
  back: "M11 2v10L3 7z",
  play: "M3 2v10l8-5z",
  pause: "M3 2h3v10H3zM8 2h3v10H8z",
  next: "M3 2v10l6-5zM10 2h2v10h-2z",
  out: "M1 6h12v2H1z",
  in: "M6 1h2v5h5v2H8v5H6V8H1V6h5z",
  full: "M1 1h5v2H3v3H1zM8 1h5v5h-2V3H8zM1 8h2v3h3v2H1zM11 8h2v5H8v-2h3z",
};

/** A button that shows an icon, or else a short text.
 * @param {string} face @param {string} label @param {() => unknown} act @returns {HTMLButtonElement} */
export function button(face, label, act) {
  const node = h("button", { type: "button", click: () => act() });
  setFace(node, face, label);
  return node;
}

/** @param {HTMLButtonElement} node @param {string} face @param {string} label */
export function setFace(node, face, label) {
  const icon = `<svg viewBox="0 0 14 14" aria-hidden="true"><path d="${ICONS[face]}"/></svg>`;
  if (face in ICONS) node.innerHTML = icon;
  else setText(node, face);
  setAttributes(node, { "aria-label": label, title: label });
}

/** A menu of [value, text] pairs.
 * @param {string} label @param {[value: any, text: string][]} options @param {any} selected
 * @returns {HTMLSelectElement} */
export function select(label, options, selected = options[0]?.[0]) {
  const nodes = options.map(([value, text]) => h("option", { value, selected: value === selected }, text));
  return h("select", { "aria-label": label }, ...nodes);
}

/** A container that scrolls sideways, also by keyboard.
 * @param {string} name @param {Node[]} children @returns {HTMLElement} */
export function scroller(name, ...children) {
  const label = `${name}; scrolls sideways`;
  return h("div", { class: "ck-scroll", tabindex: 0, role: "group", "aria-label": label }, ...children);
}

/** A line that explains colours: keyLine`${valueMark("●")} is the start`.
 * @param {TemplateStringsArray} texts @param {(Node | string)[]} marks */
export const keyLine = (texts, ...marks) =>
  h("p", { class: "ck-key" }, ...texts.flatMap((text, k) => [text, marks[k] ?? ""]));

/** @param {string} text */
export const valueMark = (text) => h("b", { class: "ck-value" }, text);

/** @param {string} text */
export const adjointMark = (text) => h("b", { class: "ck-adjoint" }, text);
