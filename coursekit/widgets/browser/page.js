// Small parts of a page: elements, numbers, buttons, bars, sliders, a voice.

/**
 * x with at most three decimals and a real minus; the twin of `number` in render/text.py.
 * @param {number | null | undefined} x
 * @returns {string}
 */
function number(x) {
  if (x === null || x === undefined) return "–";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "undefined" : x > 0 ? "∞" : "−∞";
  const wide = Math.abs(x) >= 1e6 || (x !== 0 && Math.abs(x) < 0.0005);
  const text = wide ? x.toExponential(1).replace("e+", "e") : String(Number(x.toFixed(3)));
  return text === "-0" ? "0" : text.replaceAll("-", "−");
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
const icon = (name) => `<svg viewBox="0 0 14 14" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
const write = (node, text) => {
  if (node && node.textContent !== text) node.textContent = text;
};

/**
 * An element with attributes and children; text children are text, never markup.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} children
 * @returns {any}
 */
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element with attributes and children.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} children
 * @returns {any}
 */
function g(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * A bar from the middle, to the left where x is negative; `width` in per cent of all.
 * @param {string} name
 * @param {number} x
 * @param {number} width
 * @param {string} text
 * @param {string} kind
 */
function barRow(name, x, width, text, kind = "") {
  return h(
    "div",
    { class: `ck-bar-row ${kind}` },
    h("span", {}, name),
    h(
      "span",
      { class: "ck-axis" },
      h("span", { class: `ck-fill ${x < 0 ? "ck-minus" : ""}`, style: `width:${width}%` }),
    ),
    h("span", { class: "ck-amount" }, text),
  );
}

/**
 * Numbers that follow ipywidgets' sliders, or sliders of the view's own where there are none.
 * @param {Pick<Context<any>, "refs" | "getModel">} context
 * @param {HTMLElement} own
 * @param {string[]} names
 * @param {Range[] | undefined} ranges
 * @param {number[]} at
 * @param {() => void} changed
 * @returns {Promise<((x: number) => void)[]>} what sets each slider
 */
async function follow({ refs, getModel }, own, names, ranges, at, changed) {
  const moved = (k, x) => {
    at[k] = x;
    changed();
  };
  if (!refs.length) {
    return names.map((name, k) => {
      const slider = ownSlider(name, at[k], ranges[k], (x) => moved(k, x));
      own.append(slider.node);
      return slider.set;
    });
  }
  return await Promise.all(refs.map(async (ref, k) => {
    const slider = await getModel(ref);
    at[k] = slider.get("value");
    slider.on("change:value", () => moved(k, slider.get("value")));
    return (x) => {
      slider.set("value", x);
      slider.save_changes();
    };
  }));
}

/**
 * A place that scrolls sideways, by keyboard, too.
 * @param {string} what
 * @param {Node[]} children
 * @returns {HTMLElement}
 */
const scroller = (what, ...children) =>
  h(
    "div",
    { class: "ck-scroll", tabindex: 0, role: "group", "aria-label": `${what}; scrolls sideways` },
    ...children,
  );

/**
 * A named bar from the left; returns what sets its per cent of the track, and its text.
 * @param {HTMLElement} el
 * @param {string} name
 */
function meter(el, name) {
  const bar = h("span", { class: "ck-fill" }), amount = h("span", { class: "ck-amount" });
  el.append(
    h("div", { class: "ck-meter" }, h("span", {}, name), h("span", { class: "ck-track" }, bar), amount),
  );
  return (percent, text) => {
    bar.style.width = `${percent}%`;
    write(amount, text);
  };
}

/**
 * A hidden line that a screen reader speaks once the hand rests.
 * @param {HTMLElement} el
 */
function speaker(el) {
  const live = el.appendChild(h("div", { class: "ck-live", role: "status", "aria-live": "polite" }));
  let rest;
  return {
    say(text) {
      clearTimeout(rest);
      rest = setTimeout(() => write(live, text), 500);
    },
    stop() {
      clearTimeout(rest);
    },
  };
}

/**
 * A button with an icon, or with a short text.
 * @param {string} what
 * @param {string} name
 * @param {string} text
 * @returns {HTMLButtonElement}
 */
function button(what, name, text = "") {
  const node = h("button", { type: "button", "data-do": what, "aria-label": name, title: name }, text);
  if (!text) node.innerHTML = icon(what);
  return node;
}

/**
 * A slider of the view's own, where no ipywidgets are; `set` moves it without a word.
 * @param {string} name
 * @param {number} value
 * @param {Range} range
 * @param {(x: number) => void} moved
 */
function ownSlider(name, value, [min, max, step], moved) {
  const read = h("span", { class: "ck-read" }, number(value));
  const input = h("input", { type: "range", min, max, step, value, "aria-label": name });
  input.addEventListener("input", () => {
    write(read, number(Number(input.value)));
    moved(Number(input.value));
  });
  const set = (x) => {
    input.value = String(x);
    write(read, number(x));
  };
  return { node: h("label", {}, h("span", {}, name), input, read), set };
}
