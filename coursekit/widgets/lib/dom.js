// Create elements with attributes and children; strings become text, never markup.

/**
 * Create an HTML element.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

/**
 * Create an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} children
 * @returns {any}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

/**
 * Set attributes; `true` sets an empty one, and `false` or `null` sets none.
 * @param {Element} node
 * @param {Record<string, any>} attributes
 */
export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Set the text of a node if it differs; skip a missing node.
 * @param {Node | null} node
 * @param {string} text
 */
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

/**
 * A button that performs `action`, with an icon or a short label.
 * @param {string} action
 * @param {string} label
 * @param {string} text
 * @returns {HTMLButtonElement}
 */
export function button(action, label, text = "") {
  const node = h("button", { type: "button", "data-do": action }, text);
  if (text) setLabel(node, label);
  else setIcon(node, action, label);
  return node;
}

/**
 * @param {HTMLButtonElement} node
 * @param {string} icon
 * @param {string} label
 */
export function setIcon(node, icon, label) {
  node.innerHTML = `<svg viewBox="0 0 14 14" aria-hidden="true"><path d="${ICONS[icon]}"/></svg>`;
  setLabel(node, label);
}

function setLabel(node, label) {
  node.setAttribute("aria-label", label);
  node.title = label;
}

/**
 * Call the handler that a clicked button names in `data-do`.
 * @param {HTMLElement} node
 * @param {Record<string, () => unknown>} handlers
 * @param {AbortSignal} signal
 */
export function onAction(node, handlers, signal) {
  node.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    handlers[target.closest("[data-do]")?.getAttribute("data-do")]?.();
  }, { signal });
}

/**
 * A menu of [value, text] pairs.
 * @param {string} label
 * @param {[value: any, text: string][]} options
 * @param {any} selected
 * @returns {HTMLSelectElement}
 */
export function select(label, options, selected = options[0]?.[0]) {
  return h(
    "select",
    { "aria-label": label },
    ...options.map(([value, text]) => h("option", { value, selected: value === selected }, text)),
  );
}

/**
 * A container that scrolls sideways, also by keyboard.
 * @param {string} name
 * @param {Node[]} children
 * @returns {HTMLElement}
 */
export const scroller = (name, ...children) =>
  h(
    "div",
    { class: "ck-scroll", tabindex: 0, role: "group", "aria-label": `${name}; scrolls sideways` },
    ...children,
  );
