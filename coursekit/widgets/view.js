// The view in the page: both sweeps, the picture repainted in place, cards with steps, a quiz.
// OPS, the table of operations, stands above: it is written from Python's table.

/**
 * @typedef {{names: string[], edges: [number, number][], out: number[][], loss: number,
 *   order: number[], inputs: number[], values: number[], partials: number[], svg: string,
 *   code?: [string | null, ...number[]][], constants?: number[],
 *   ranges?: [number, number, number][], kind: string, cards?: any[]}} Scene
 * @typedef {{lit: number[], below: (number | null)[], say: string, count: string,
 *   read?: number | null, unfinished?: number[], line?: number | null}} Frame
 * @typedef {{title: string, length: number, start: number, at: (k: number, now: Numbers) => Frame,
 *   head?: HTMLElement[], body?: HTMLElement, source?: string[], still?: boolean,
 *   choose?: (repaint: () => void, view: () => HTMLElement) => void, pick?: (v: number) => void}} Card
 * @typedef {{values: number[], partials: number[], at?: number[]}} Numbers
 */

// ---- numbers

/** x with at most three decimals and a real minus; the twin of `number` in render/text.py. */
export function number(x) {
  if (x === null || x === undefined) return "–";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "undefined" : x > 0 ? "∞" : "−∞";
  const wide = Math.abs(x) >= 1e6 || (x !== 0 && Math.abs(x) < 0.0005);
  const text = wide ? x.toExponential(1).replace("e+", "e") : String(Number(x.toFixed(3)));
  return text === "-0" ? "0" : text.replaceAll("-", "−");
}

// ---- the two sweeps, and the paths

/** The value at each vertex and one local partial on each edge; a nudge moves one value by delta. */
export function forward(scene, inputs, nudge = null) {
  if (!scene.code) return { values: scene.values, partials: scene.partials };
  const values = [];
  const operand = (i) => (i < 0 ? scene.constants[-i - 1] : values[i]);
  let next = 0;
  for (const [op, ...operands] of scene.code) {
    const value = op === null ? inputs[next++] : OPS[op].value(...operands.map(operand));
    values.push(nudge?.v === values.length ? value + nudge.delta : value);
  }
  const partials = scene.edges.map(([tail, head]) => {   // x·x is one edge, fed to both arguments
    const [op, ...operands] = scene.code[head], [x, y, z] = operands.map(operand);
    return operands.reduce((sum, i, slot) =>
      i === tail ? sum + OPS[op].partials[slot](x, y, z, values[head]) : sum, 0);
  });
  return { values, partials };
}

/** How the loss changes when the value at v moves by delta, and all else follows. */
export const changeOf = (scene, now, v, delta) => forward(scene, now.at, { v, delta }).values[scene.loss] - now.values[scene.loss];

/** Each edge once, as backprop reads them: tails in reverse topological order. */
export const readsOf = (scene) => [...scene.order].reverse().flatMap((v) => scene.out[v]);

/** The adjoints after the first `steps` reads; what is not known yet is null. */
export function reverse(scene, partials, reads, steps = reads.length) {
  const adjoints = new Array(scene.names.length).fill(null);
  const reached = steps === reads.length ? -1 : scene.edges[reads[steps]][0];
  for (const v of [...scene.order].reverse()) {   // before the tail reached, all are finished
    if (v === reached) break;
    adjoints[v] = v === scene.loss ? 1 : 0;
  }
  let before = null;
  reads.slice(0, steps).forEach((k) => {
    const [tail, head] = scene.edges[k];
    before = adjoints[tail] ?? 0;
    adjoints[tail] = before + adjoints[head] * partials[k];
  });
  return { adjoints, before };
}

/** All paths from a vertex to the loss, each a list of edges, depth first. */
export function* pathsFrom(scene, v, path = []) {
  if (v === scene.loss) yield path;
  for (const k of scene.out[v]) yield* pathsFrom(scene, scene.edges[k][1], [...path, k]);
}

/** How many paths lead from each vertex to the loss: exact, since they can be many. */
export function countPaths(scene) {
  const counts = new Array(scene.names.length).fill(0n);
  counts[scene.loss] = 1n;
  for (const v of [...scene.order].reverse())
    for (const k of scene.out[v]) counts[v] += counts[scene.edges[k][1]];
  return counts;
}

// ---- small parts of a page

const ICONS = {
  first: "M2 2h2v10H2zM13 2v10L5 7z", back: "M11 2v10L3 7z", play: "M3 2v10l8-5z",
  pause: "M3 2h3v10H3zM8 2h3v10H8z", next: "M3 2v10l6-5zM10 2h2v10h-2z",
  out: "M1 6h12v2H1z", in: "M6 1h2v5h5v2H8v5H6V8H1V6h5z",
  full: "M1 1h5v2H3v3H1zM8 1h5v5h-2V3H8zM1 8h2v3h3v2H1zM11 8h2v5H8v-2h3z",
};
const icon = (name) => `<svg viewBox="0 0 14 14" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
const write = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

/** An element with attributes and children; text children are text, never markup. */
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes and children. */
function g(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A bar from the middle, to the left where x is negative; `width` in per cent of all. */
function barRow(name, x, width, text, kind = "") {
  return h("div", { class: `ck-bar-row ${kind}` }, h("span", {}, name),
    h("span", { class: "ck-axis" }, h("span", { class: `ck-fill ${x < 0 ? "ck-minus" : ""}`, style: `width:${width}%` })),
    h("span", { class: "ck-amount" }, text));
}

/** Numbers that follow ipywidgets' sliders, or sliders of the view's own where there are none. */
async function follow({ refs, getModel }, own, names, ranges, at, changed) {
  if (!refs.length) names.forEach((name, k) => own.append(ownSlider(name, at[k], ranges[k], (x) => { at[k] = x; changed(); })));
  await Promise.all(refs.map(async (ref, k) => {
    const slider = await getModel(ref);
    at[k] = slider.get("value");
    slider.on("change:value", () => { at[k] = slider.get("value"); changed(); });
  }));
}

/** A hidden line that a screen reader speaks once the hand rests. */
function speaker(el) {
  const live = el.appendChild(h("div", { class: "ck-live", role: "status", "aria-live": "polite" }));
  let rest;
  return { say(text) { clearTimeout(rest); rest = setTimeout(() => write(live, text), 500); },
           stop() { clearTimeout(rest); } };
}

/** A button with an icon, or with a short text. */
function button(what, name, text = "") {
  const node = h("button", { type: "button", "data-do": what, "aria-label": name, title: name }, text);
  if (!text) node.innerHTML = icon(what);
  return node;
}

// ---- tools over a picture: zoom, full screen, copies

/** The picture as a file of its own: light colours, its style within it. */
function standalone(svg) {
  const copy = svg.cloneNode(true), [x, y, width, height] = svg.getAttribute("viewBox").split(" ");
  copy.removeAttribute("style");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.prepend(g("style", {}, PICTURE_CSS), g("rect", { class: "ground", x, y, width, height }));
  return new XMLSerializer().serializeToString(copy);
}

/** An SVG's text as a PNG, three pixels for one. */
async function asPng(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * 3, height: image.height * 3 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Into the clipboard; where a page may not, into a file. Returns what to say. */
async function copyAs(form, svg) {
  const text = standalone(svg);
  const blob = form === "PNG" ? await asPng(text) : new Blob([text], { type: "image/svg+xml" });
  try {
    if (form === "PNG") await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    else await navigator.clipboard.writeText(text);
    return `Copied as ${form}.`;
  } catch {
    const link = h("a", { href: URL.createObjectURL(blob), download: `picture.${form.toLowerCase()}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return `Saved as picture.${form.toLowerCase()}: this page may not use the clipboard.`;
  }
}

/** The tools, above a picture that scrolls. */
function tools(view, canvas, signal) {
  const svg = canvas.querySelector("svg"), said = h("span", { class: "ck-said", role: "status" });
  const node = h("div", { class: "ck-tools" }, button("out", "Zoom out"), button("whole", "Whole picture", "1:1"), button("in", "Zoom in"),
    button("full", "Full screen"), button("SVG", "Copy as SVG", "SVG"), button("PNG", "Copy as PNG", "PNG"), said);
  let zoom = 1;
  const show = (next) => {
    const wide = svg.getBoundingClientRect().width / zoom;   // as it is without zoom
    zoom = Math.max(0.5, Math.min(8, next));
    svg.style.width = zoom === 1 ? "" : `${wide * zoom}px`;
    canvas.classList.toggle("ck-zoomed", zoom !== 1);
  };
  const go = { out: () => show(zoom / 1.25), in: () => show(zoom * 1.25), whole: () => show(1),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen()),
    SVG: async () => write(said, await copyAs("SVG", svg)), PNG: async () => write(said, await copyAs("PNG", svg)) };
  node.addEventListener("click", (event) => go[event.target.closest("[data-do]")?.dataset.do]?.(), { signal });
  canvas.addEventListener("keydown", ({ key }) => ({ "+": go.in, "-": go.out, 0: go.whole })[key]?.(), { signal });
  canvas.addEventListener("pointermove", (event) => {         // drag to pan
    if (zoom === 1 || event.buttons !== 1) return;
    canvas.scrollLeft -= event.movementX;
    canvas.scrollTop -= event.movementY;
  }, { signal });
  return node;
}

// ---- what is behind one vertex

/** How v is computed, with names or numbers for its operands. */
function formulaOf(scene, v, text) {
  const [op, ...operands] = scene.code[v];
  const texts = operands.map((i) => (i < 0 ? number(scene.constants[-i - 1]) : text(i)));
  const { symbol, infix } = OPS[op];
  return infix ? texts.join(` ${symbol} `) : symbol === "−" ? `−${texts[0]}` : `${symbol}(${texts.join(", ")})`;
}

/** A panel: the formula with the numbers in it, the contributions, and a nudge. */
function detailsOf(scene, signal) {
  const { names, edges, loss } = scene, reads = readsOf(scene), d = (u, v) => `∂${names[u]}/∂${names[v]}`;
  const formula = h("p"), sum = h("p"), told = h("p", { role: "status" });
  const delta = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0.1 }), amount = h("span", { class: "ck-read" });
  const asked = h("span"), nudge = h("div", {}, h("label", { class: "ck-nudge" }, asked, delta, amount), told);
  const node = h("div", { class: "ck-details", hidden: true }, formula, sum, nudge);
  let last = null;
  delta.addEventListener("input", () => show(...last), { signal });
  function show(v, now) {
    last = [v, now];
    node.hidden = false;
    const { adjoints } = reverse(scene, now.partials, reads);
    const value = now.values.length ? ` = ${number(now.values[v])}` : "";
    const computed = scene.code && scene.code[v][0] !== null;
    write(formula, computed
      ? `${names[v]} = ${formulaOf(scene, v, (i) => names[i])} = ${formulaOf(scene, v, (i) => number(now.values[i]))}${value}`
      : `${names[v]}${value}`);
    const terms = scene.out[v].map((k) => [edges[k][1], now.partials[k]]);
    write(sum, v === loss ? `${d(loss, v)} = 1.`
      : terms.length === 0 ? `${d(loss, v)} = 0, the empty sum: nothing uses ${names[v]}.`
      : `${d(loss, v)} = ${terms.map(([u]) => `${d(loss, u)} · ${d(u, v)}`).join(" + ")}`
        + ` = ${terms.map(([u, partial]) => `${number(adjoints[u])} × ${number(partial)}`).join(" + ")} = ${number(adjoints[v])}`);
    sum.hidden = scene.cards.every(({ kind }) => kind === "out");   // there adjoints are still to come
    nudge.hidden = sum.hidden || !scene.code || v === loss;
    if (nudge.hidden) return;
    const step = Number(delta.value), predicted = adjoints[v] * step, change = changeOf(scene, now, v, step);
    write(asked, `nudge ${names[v]} by`);
    write(amount, number(step));
    write(told, `${names[loss]} changes by ${number(change)}; ${d(loss, v)} × ${number(step)} predicts ${number(predicted)},`
      + ` ${change === predicted ? "exactly" : `off by ${number(change - predicted)}`}.`);
  }
  return { node, show };
}

/** The picture: written once, then repainted in place. */
function picture(el, scene) {
  el.innerHTML = scene.svg;                       // our own markup, every label in it escaped
  const one = (g, kind) => g.querySelector(`.${kind}`);
  const vertices = [...el.querySelectorAll("[data-vertex]")].map((g) => ({
    g, v: Number(g.dataset.vertex), value: one(g, "value"), adjoint: one(g, "adjoint"), title: one(g, "title") }))
    .sort((a, b) => a.v - b.v);
  const edges = [...el.querySelectorAll("[data-edge]")].map((g) => ({
    g, k: Number(g.dataset.edge), partial: one(g, "partial") })).sort((a, b) => a.k - b.k);
  let above = "";
  return {
    vertices,
    /** @param {Numbers} now @param {Frame} frame */
    paint(now, frame) {
      const lit = new Set(frame.lit), on = new Set(frame.lit.flatMap((k) => scene.edges[k]));
      for (const { g, v, value, adjoint } of vertices) {
        write(value, number(now.values[v]));
        write(adjoint, number(frame.below[v]));
        g.classList.toggle("lit", on.has(v));
        g.classList.toggle("read", frame.read === v);
        g.classList.toggle("unfinished", Boolean(frame.unfinished?.includes(v)));
      }
      for (const { g, k, partial } of edges) {
        write(partial, number(now.partials[k]));
        g.classList.toggle("lit", lit.has(k));
      }
      if (above !== (above = frame.lit.join())) {     // what is lit lies above the other edges
        const first = vertices[0].g.parentNode.querySelector("[data-vertex]");
        for (const k of frame.lit) first.before(edges[k].g);
      }
    },
  };
}

// ---- cards: a title, steps, and what each step shows

const MOST_PATHS = 64;

/** @returns {Card} the sum over paths, one path a step, from a vertex that is picked */
function pathsCard(scene) {
  const { names, edges, loss } = scene, counts = countPaths(scene);
  const sources = scene.inputs.length ? scene.inputs : [scene.order[0]];
  let from = sources[sources.length - 1], paths = [];
  const pick = h("select", { "aria-label": "Paths from" },
    ...scene.order.filter((v) => v !== loss).map((v) => h("option", { value: v }, names[v])));
  pick.value = String(from);
  const walk = () => {
    paths = [];
    for (const path of pathsFrom(scene, from)) if (paths.push(path) === MOST_PATHS) break;
    card.length = paths.length;
    card.start = Math.min(1, paths.length);
  };
  const card = {
    title: "Sum over paths", length: 0, start: 0,
    head: [h("label", {}, "from ", pick)],
    choose(changed) { pick.addEventListener("change", () => { from = Number(pick.value); walk(); changed(); }); },
    at(k, { partials }) {
      const product = (path) => path.reduce((p, e) => p * partials[e], 1);
      const shown = paths.slice(0, k), sum = shown.reduce((s, path) => s + product(path), 0);
      const below = new Array(names.length).fill(null);
      const total = counts[from] > BigInt(paths.length) ? `${counts[from]}, the first ${paths.length} shown` : `${paths.length}`;
      if (k > 0) below[from] = sum;
      const path = paths[k - 1] ?? [];
      const say = k === 0
        ? `No path walked yet from ${names[from]} to ${names[loss]}.`
        : `${[from, ...path.map((e) => edges[e][1])].map((v) => names[v]).join(" → ")}: `
          + `${path.map((e) => number(partials[e])).join(" × ") || "1"} = ${number(product(path))}. Sum so far ${number(sum)}.`;
      const read = shown.reduce((n, p) => n + p.length, 0);
      return { lit: path, below, say, count: `Path ${k} of ${total}. Partials read: ${read}.` };
    },
  };
  walk();
  return card;
}

/** @returns {Card} the reverse sweep, one partial a step */
function sweepCard(scene) {
  const { names, edges, loss } = scene, reads = readsOf(scene);
  return {
    title: "Backpropagation", length: reads.length + 1, start: reads.length + 1,
    at(k, { partials }) {
      const read = Math.min(k, reads.length), { adjoints, before } = reverse(scene, partials, reads, read);
      const count = `Partials read: ${read} of ${reads.length}, each once.`;
      if (k > reads.length) {
        const found = scene.inputs.slice(0, 6).map((v) => `∂${names[loss]}/∂${names[v]} = ${number(adjoints[v])}`);
        return { lit: [], below: adjoints, count, say: `Every adjoint is known: ${found.join(", ")}${scene.inputs.length > 6 ? ", …" : ""}.` };
      }
      if (k === 0) return { lit: [], below: adjoints, count, say: `∂${names[loss]}/∂${names[loss]} = 1; nothing else is known.` };
      const [tail, head] = edges[reads[k - 1]];
      const term = `${number(adjoints[head])} × ${number(partials[reads[k - 1]])}`;
      const sum = before ? `${number(before)} + ${term}` : term;
      return { lit: [reads[k - 1]], read: head, below: adjoints, count,
               say: `∂${names[loss]}/∂${names[tail]} = ${sum} = ${number(adjoints[tail])}, by the edge ${names[tail]} → ${names[head]}.` };
    },
  };
}

/** A menu of vertices. */
function menuOf(scene, vertices, label) {
  const pick = h("select", { "aria-label": label }, ...vertices.map((v) => h("option", { value: v }, scene.names[v])));
  return { pick, node: h("label", {}, "v ", pick), v: () => Number(pick.value) };
}

/** @returns {Card} out(v), lit; the partials can be hidden */
function outCard(scene) {
  const menu = menuOf(scene, scene.order, "out of"), { names, out, edges } = scene;
  const shown = h("input", { type: "checkbox", checked: true });
  const unknown = names.map(() => null);
  return {
    title: "out(v)", length: 0, start: 0, still: true,
    head: [menu.node, h("label", {}, shown, " local partials")],
    choose(changed, pageOf) {
      menu.pick.addEventListener("change", changed);
      shown.addEventListener("change", () => pageOf().classList.toggle("ck-bare", !shown.checked));
    },
    pick(v) { menu.pick.value = String(v); },
    at() {
      const v = menu.v(), heads = out[v].map((k) => names[edges[k][1]]);
      const say = heads.length ? `out(${names[v]}) = {${heads.join(", ")}}: what is computed from ${names[v]}.`
        : `out(${names[v]}) = ∅: nothing is computed from ${names[v]}.`;
      return { lit: out[v], below: unknown, say, count: `${edges.length} edges in all.` };
    },
  };
}

/** @returns {Card} one bar for each route that a nudge of v takes to the loss */
function fanCard(scene) {
  const { names, out, edges, loss } = scene, reads = readsOf(scene);
  const menu = menuOf(scene, scene.order.filter((v) => v !== loss), "Nudged vertex");
  menu.pick.value = String(scene.start);
  const delta = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0.1, "aria-label": "δ" }), amount = h("span", { class: "ck-read" });
  const body = h("div", { class: "ck-bars" });
  return {
    title: "Contributions", length: 0, start: 0, still: true, body,
    head: [menu.node, h("label", { class: "ck-nudge" }, "δ ", delta, amount)],
    choose(changed) { for (const node of [menu.pick, delta]) node.addEventListener("input", changed); },
    pick(v) { if (v !== loss) menu.pick.value = String(v); },
    at(_, now) {
      const v = menu.v(), step = Number(delta.value), { adjoints } = reverse(scene, now.partials, reads);
      const change = changeOf(scene, now, v, step);
      const routes = out[v].map((k) => ({ name: `through ${names[edges[k][1]]}`, x: adjoints[edges[k][1]] * now.partials[k] * step,
        text: `${number(adjoints[edges[k][1]])} × ${number(now.partials[k])} × ${number(step)}` }));
      const rows = [...routes, { name: "added up", x: adjoints[v] * step, text: `${number(adjoints[v])} × ${number(step)}`, total: true },
        { name: `true change of ${names[loss]}`, x: change, text: "", total: true }];
      const most = Math.max(...rows.map(({ x }) => Math.abs(x)), 1e-12);
      write(amount, number(step));
      body.replaceChildren(...rows.map(({ name, x, text, total }) =>
        barRow(name, x, (50 * Math.abs(x)) / most, text ? `${text} = ${number(x)}` : number(x), total ? "ck-total" : "")));
      return { lit: out[v], below: adjoints, say: `${routes.length} route${routes.length === 1 ? "" : "s"} out of ${names[v]}: their contributions add up.`,
               count: `Prediction and change differ by ${number(change - adjoints[v] * step)}.` };
    },
  };
}

/** @returns {Card} recorded runs, one read a step; a menu where there are several */
function runsCard(scene, { runs }) {
  let run = runs[0];
  const menu = h("select", { "aria-label": "Algorithm" }, ...runs.map(({ name }, i) => h("option", { value: i }, name)));
  const take = () => { card.length = run.steps.length; card.start = 0; card.source = run.source; };
  const card = {
    title: runs.length === 1 ? run.name : "", length: 0, start: 0, source: run.source,
    head: runs.length === 1 ? [] : [menu],
    choose(changed) { menu.addEventListener("change", () => { run = runs[Number(menu.value)]; take(); changed(); }); },
    at(k) {
      const red = [...new Set(run.steps.slice(0, k).map((s) => s.unfinished).filter((v) => v !== null))];
      const count = `Read ${k} of ${run.steps.length}.`;
      if (k === 0) return { lit: [], below: scene.names.map(() => null), say: "Nothing is read yet.", count, line: null };
      const { lit, below, head, line, say } = run.steps[k - 1];
      return { lit, below, read: head, unfinished: red, line, say, count };
    },
  };
  take();
  return card;
}

/** A card on the page, with its buttons; `moved` is called at each step. */
function cardView(card, moved, signal) {
  const buttons = { first: button("first", "First step"), back: button("back", "Step back"),
                    play: button("play", "Play"), next: button("next", "Step forward") };
  const range = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  const speed = h("select", { "aria-label": "Speed" }, ...[0.5, 1, 2, 4].map((x) => h("option", { value: x, selected: x === 1 }, `${number(x)}×`)));
  const say = h("p", { class: "ck-say" }), count = h("p", { class: "ck-count" });
  const code = h("pre", { class: "ck-code", tabindex: 0, "aria-label": "Code; scrolls sideways" });
  const node = h("div", { class: "ck-card", role: "group", "aria-label": card.title || "Algorithm" },
    h("div", { class: "ck-head" }, ...(card.title ? [h("strong", {}, card.title)] : []), ...(card.head ?? [])),
    ...(card.still ? [] : [h("div", { class: "ck-bar" }, ...Object.values(buttons), range, speed)]), ...(card.body ? [card.body] : []), code, say, count);
  let step = 0, timer = null, lines = [];

  function moveTo(k, quiet = false) {
    step = Math.max(0, Math.min(card.length, k));
    range.value = String(step);
    range.setAttribute("aria-valuetext", `Step ${step} of ${card.length}`);
    buttons.first.setAttribute("aria-disabled", String(step === 0));
    buttons.back.setAttribute("aria-disabled", String(step === 0));
    buttons.next.setAttribute("aria-disabled", String(step === card.length));
    if (!quiet) moved();
  }
  function play(on = timer === null) {
    clearInterval(timer ?? undefined);
    timer = null;
    if (on) {
      if (step === card.length) moveTo(0);
      timer = setInterval(() => { moveTo(step + 1); if (step === card.length) play(false); }, 900 / Number(speed.value));
    }
    buttons.play.innerHTML = icon(on ? "pause" : "play");
    buttons.play.setAttribute("aria-label", on ? "Pause" : "Play");
    buttons.play.title = on ? "Pause" : "Play";
  }
  function renew(quiet) {
    play(false);
    lines = (card.source ?? []).map((text) => h("span", {}, `${text}\n`));
    code.replaceChildren(...lines);
    code.hidden = !lines.length;
    range.max = String(card.length);
    moveTo(card.start, quiet);
  }
  const go = { first: () => moveTo(0), back: () => moveTo(step - 1), next: () => moveTo(step + 1) };
  node.addEventListener("click", (event) => {
    const what = event.target.closest("[data-do]")?.dataset.do;
    if (what === "play") play(); else if (what) { play(false); go[what](); }
  }, { signal });
  range.addEventListener("input", () => { play(false); moveTo(Number(range.value)); }, { signal });
  speed.addEventListener("change", () => { if (timer !== null) play(true); }, { signal });
  card.choose?.(() => renew(false), () => node.closest(".ck-view"));
  renew(true);
  return {
    node,
    pick: card.pick,
    stop: () => play(false),
    /** @param {Numbers} now @returns {Frame} */
    show(now) {
      const frame = card.at(step, now);
      write(say, frame.say);
      write(count, frame.count);
      lines.forEach((line, i) => line.classList.toggle("now", i === frame.line));
      return frame;
    },
  };
}

// ---- the kinds of view; each returns what stops it

/** Sliders, one picture, cards: the card touched last drives the picture. */
async function graphView({ scene, el, signal, refs, getModel }) {
  const at = scene.inputs.map((v) => scene.values[v]);
  const own = el.appendChild(h("div", { class: "ck-inputs" }));
  const canvas = el.appendChild(h("div", { class: "ck-scroll", tabindex: 0, role: "group", "aria-label": "Picture; scrolls sideways" }));
  const key = el.appendChild(h("p", { class: "ck-key" }));
  const image = picture(canvas, scene), voice = speaker(el), details = detailsOf(scene, signal);
  el.insertBefore(tools(el, canvas, signal), canvas);
  el.insertBefore(details.node, key);
  let picked = null;
  choosable(canvas, image, scene, signal, (v) => { picked = v; for (const { pick } of views) pick?.(v); repaint(); });
  key.append(...(scene.values.length ? ["Above a vertex ", h("b", { class: "ck-value" }, "its value"), ", below it "] : ["Below a vertex "]),
    h("b", { class: "ck-adjoint" }, scene.below), " (– where it is not known), on an edge the local partial derivative. Choose a vertex to see what is behind it.");
  const kinds = { paths: pathsCard, sweep: sweepCard, runs: runsCard, out: outCard, fan: fanCard };
  let queued = false;
  const repaint = () => { if (!queued) { queued = true; requestAnimationFrame(paint); } };
  const views = scene.cards.map((card) => {
    const view = cardView(kinds[card.kind](scene, card), () => { take(view); repaint(); }, signal);
    for (const event of ["focusin", "pointerdown"]) view.node.addEventListener(event, () => { take(view); repaint(); }, { signal });
    return view;
  });
  let active = views[views.length - 1];
  const take = (view) => {
    active = view;
    for (const { node } of views) node.classList.toggle("ck-active", node === view.node && views.length > 1);
  };
  take(scene.cards[0].kind === "runs" ? views[0] : active);
  el.insertBefore(h("div", { class: "ck-cards" }, ...views.map(({ node }) => node)), key.nextSibling);
  function paint() {
    queued = false;
    const now = { ...forward(scene, at), at };
    for (const view of views) {
      const frame = view.show(now);
      if (view === active) { image.paint(now, frame); voice.say(frame.say); }
    }
    for (const { g, v } of image.vertices) g.classList.toggle("picked", v === picked);
    if (picked !== null) details.show(picked, now);
  }
  const sliders = refs.length || scene.ranges ? scene.inputs.map((v) => scene.names[v]) : [];
  await follow({ refs, getModel }, own, sliders, scene.ranges, at, repaint);
  paint();
  return () => { views.forEach((view) => view.stop()); voice.stop(); };
}

/** Vertices that can be chosen: one stop for Tab, arrow keys from one to the next. */
function choosable(canvas, image, scene, signal, choose) {
  canvas.querySelector("svg").setAttribute("role", "group");
  const node = new Map(image.vertices.map(({ g, v }) => [v, g]));
  scene.order.forEach((v, i) => {
    const g = node.get(v);
    for (const [key, value] of Object.entries({ role: "button", tabindex: i ? -1 : 0, "aria-label": `${scene.names[v]}, what is behind it` })) g.setAttribute(key, value);
    g.classList.add("choice");
    g.addEventListener("click", () => choose(v), { signal });
    g.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") choose(v);
      const to = scene.order[i + ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 })[event.key]];
      if (to !== undefined) {
        g.setAttribute("tabindex", "-1");
        node.get(to).setAttribute("tabindex", "0");
        node.get(to).focus();
      }
      if (to !== undefined || event.key === "Enter" || event.key === " ") event.preventDefault();
    }, { signal });
  });
}

/** A slider of the view's own, where no ipywidgets are. */
function ownSlider(name, value, [min, max, step], moved) {
  const read = h("span", { class: "ck-read" }, number(value));
  const input = h("input", { type: "range", min, max, step, value, "aria-label": name });
  input.addEventListener("input", () => { write(read, number(Number(input.value))); moved(Number(input.value)); });
  return h("label", {}, h("span", {}, name), input, read);
}

/** Pictures that follow one slider, with meters under them. */
async function albumView({ scene, el, refs, getModel }) {
  const own = el.appendChild(h("div", { class: "ck-inputs" })), canvas = el.appendChild(h("div", { class: "ck-scroll", tabindex: 0, role: "group", "aria-label": "Picture; scrolls sideways" }));
  const bars = scene.meters.map(({ name }) => {
    const bar = h("span", { class: "ck-fill" }), text = h("span", { class: "ck-amount" });
    el.append(h("div", { class: "ck-meter" }, h("span", {}, name), h("span", { class: "ck-track" }, bar), text));
    return { bar, text };
  });
  const voice = speaker(el);
  function show(k) {
    const page = scene.pages[k - scene.range[0]];
    canvas.innerHTML = page.svg;
    const most = Math.max(...page.amounts);
    bars.forEach(({ bar, text }, i) => {
      bar.style.width = `${(100 * page.amounts[i]) / most}%`;
      write(text, page.texts[i]);
    });
    voice.say(`${scene.label} = ${k}: ${scene.meters.map(({ name }, i) => `${name} ${page.texts[i]}`).join(", ")}`);
  }
  if (refs.length) {
    const slider = await getModel(refs[0]);
    slider.on("change:value", () => show(slider.get("value")));
    show(slider.get("value"));
  } else {
    own.append(ownSlider(scene.label, scene.start, [...scene.range, 1], show));
    show(scene.start);
  }
  return () => voice.stop();
}

/** The game of scene 3: finish a vertex whose out-neighbours are all finished. */
function orderView({ scene, el, signal }) {
  const canvas = el.appendChild(h("div", { class: "ck-scroll" }));
  const say = el.appendChild(h("p", { class: "ck-say" }));
  const again = el.appendChild(h("button", { type: "button" }, "Start again"));
  const image = picture(canvas, scene), voice = speaker(el);
  canvas.querySelector("svg").setAttribute("role", "group");
  const name = (v) => scene.names[v];
  let below, order, choices;
  function paint(text, lit = [], unfinished = []) {
    image.paint(scene, { lit, below, unfinished, say: text, count: "" });
    for (const { g, v } of image.vertices) {
      g.setAttribute("aria-label", `${name(v)}, ${below[v] === null ? "not computed" : number(below[v])}`);
      g.classList.toggle("done", below[v] !== null);
    }
    write(say, text);
    voice.say(text);
  }
  function start() {
    below = scene.names.map(() => null);
    below[scene.loss] = 1;
    order = [scene.loss];
    choices = 0;
    paint(`∂${name(scene.loss)}/∂${name(scene.loss)} = 1. Which vertex can be finished next? Choose it in the picture.`);
  }
  const ready = (v) => below[v] === null && scene.out[v].every((k) => below[scene.edges[k][1]] !== null);
  function choose(v) {
    const missing = scene.out[v].filter((k) => below[scene.edges[k][1]] === null);
    if (below[v] !== null) return paint(`${name(v)} is finished already: ${number(below[v])}.`);
    if (missing.length)
      return paint(`Not yet: ∂ℓ/∂${name(v)} needs the adjoint of ${missing.map((k) => name(scene.edges[k][1])).join(" and of ")}, still unknown.`, missing, [v]);
    if (scene.names.filter((_, u) => ready(u)).length > 1) choices += 1;
    below[v] = scene.out[v].reduce((sum, k) => sum + below[scene.edges[k][1]] * scene.partials[k], 0);
    order.push(v);
    const terms = scene.out[v].map((k) => `${number(below[scene.edges[k][1]])} × ${number(scene.partials[k])}`).join(" + ") || "an empty sum";
    let text = `∂ℓ/∂${name(v)} = ${terms} = ${number(below[v])}.`;
    if (!below.includes(null))
      text += ` Finished, in the order ${order.map(name).join(", ")}: a reverse topological order. `
        + (choices ? `${choices === 1 ? "Once" : `${choices} times`} more than one choice was right, so there is more than one such order.` : "At each moment only one choice was right.");
    return paint(text, scene.out[v]);
  }
  for (const { g, v } of image.vertices) {
    for (const [key, value] of [["role", "button"], ["tabindex", "0"]]) g.setAttribute(key, value);
    g.classList.add("choice");
    g.addEventListener("click", () => choose(v), { signal });
    g.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(v); }
    }, { signal });
  }
  again.addEventListener("click", start, { signal });
  start();
  return () => voice.stop();
}

// ---- curves: axes once, then paths and marks rewritten in place

/** A chart with x and y from one end to the other. */
function chart([x0, x1], [y0, y1], name, height = 220) {
  const [width, left, low] = [420, 34, 26];
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - 8);
  const py = (y) => 8 + ((y1 - y) / (y1 - y0)) * (height - low - 8);
  const node = g("svg", { class: "ck-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name });
  for (let x = Math.ceil(x0); x <= x1; x += 2) node.append(g("text", { x: px(x), y: height - 8 }, number(x)));
  for (let y = Math.ceil(y0); y <= y1; y += 1) node.append(
    g("line", { class: "ck-grid", x1: left, x2: width - 8, y1: py(y), y2: py(y) }), g("text", { x: left - 12, y: py(y) + 4 }, number(y)));
  node.append(g("line", { class: "ck-zero", x1: px(0), x2: px(0), y1: 8, y2: height - low }));
  // a picture of its own, so that what leaves the axes is cut off there
  const area = { x: left, y: 8, width: width - left - 8, height: height - low - 8 };
  const inner = node.appendChild(g("svg", { ...area, viewBox: Object.values(area).join(" ") }));
  const at = (x, y) => [px(x), py(y)].map((c) => Math.max(-1e4, Math.min(1e4, c)).toFixed(1)).join(",");
  return {
    node,
    line(kind) {
      const path = inner.appendChild(g("path", { class: kind }));
      return (points) => path.setAttribute("d", points.map(([x, y], i) => `${i ? "L" : "M"}${at(x, y)}`).join(""));
    },
    dots(kind) {
      const path = inner.appendChild(g("path", { class: kind }));
      return (points) => path.setAttribute("d", points.map(([x, y]) => `M${at(x, y)}h0`).join(""));
    },
    mark(kind) {
      const mark = inner.appendChild(kind === "ck-slope" ? g("rect", { class: kind, width: 9, height: 9 }) : g("circle", { class: kind, r: 5 }));
      return (x, y) => {
        const [cx, cy] = at(x, y).split(",").map(Number);
        for (const [key, value] of Object.entries(kind === "ck-slope" ? { x: cx - 4.5, y: cy - 4.5 } : { cx, cy })) mark.setAttribute(key, value);
      };
    },
  };
}

/** A nonlinearity as a gate: its curve with the tangent, its derivative, and what comes through. */
async function gateView({ scene, el, signal, refs, getModel }) {
  const at = [...scene.at], own = el.appendChild(h("div", { class: "ck-inputs" }));
  const menu = h("select", { "aria-label": "σ" }, ...scene.sigmas.map((name) => h("option", { value: name, selected: name === scene.sigma }, name)));
  const say = h("p", { class: "ck-say" }), key = h("p", { class: "ck-key" }), bars = h("div", { class: "ck-bars" });
  const [[z0, z1]] = scene.ranges, plot = chart([z0, z1], [-1.2, 2.2], "σ and its derivative against z");
  const [curve, slopes, tangent] = ["ck-sigma", "ck-prime", "ck-tangent"].map(plot.line), [dot, square] = ["ck-here", "ck-slope"].map(plot.mark);
  const voice = speaker(el);
  el.append(h("label", {}, "σ ", menu), plot.node, key, h("div", { class: "ck-card" }, bars, say));
  key.append(h("b", { class: "ck-value" }, "σ(z)"), " with its tangent, dashed ", h("b", { class: "ck-adjoint" }, "σ′(z)"), ": the factor on the way back.");
  const row = (name, x, kind) => barRow(name, x, Math.min(50, 25 * Math.abs(x)), number(x), kind);
  function paint() {
    const [z, upstream] = at, op = OPS[menu.value], y = scene.defaults[menu.value];
    const value = (x) => op.value(x, y), prime = (x) => op.partials[0](x, y, undefined, value(x));
    const xs = Array.from({ length: 161 }, (_, i) => z0 + ((z1 - z0) * i) / 160), slope = prime(z), through = upstream * slope;
    curve(xs.map((x) => [x, value(x)]));
    slopes(xs.map((x) => [x, prime(x)]));
    tangent([z - 1, z + 1].map((x) => [x, value(z) + slope * (x - z)]));
    dot(z, value(z));
    square(z, slope);
    bars.replaceChildren(row("∂ℓ/∂a, from above", upstream, ""), row("σ′(z), the gate", slope, "ck-local"), row("∂ℓ/∂z, through it", through, ""));
    const kink = z === 0 && scene.kinks.includes(menu.value) ? " On the kink no number between the two slopes is wrong; the table takes the left one."
      : slope === 0 ? " The gate is shut: nothing comes through." : Math.abs(slope) < 0.05 ? " Nearly shut: σ is flat here." : "";
    write(say, `a = σ(z) = ${number(value(z))}. ∂ℓ/∂z = ${number(upstream)} × ${number(slope)} = ${number(through)}.${kink}`);
    voice.say(say.textContent);
  }
  menu.addEventListener("change", paint, { signal });
  await follow({ refs, getModel }, own, ["z", "∂ℓ/∂a"], scene.ranges, at, paint);
  paint();
  return () => voice.stop();
}

/** w at the start and after each step; the twin of `trajectory` in descent.py. */
export function trajectory({ X, y, order, start }, eta, batch, steps) {
  const ws = [start];
  for (let t = 0; t < steps; t += 1) {
    const [w1, w2] = ws[t], slope = [0, 0];
    for (const i of order.slice(t * batch, (t + 1) * batch)) {
      const off = X[i][0] * w1 + X[i][1] * w2 - y[i];
      slope[0] += (X[i][0] * off) / batch;
      slope[1] += (X[i][1] * off) / batch;
    }
    ws.push([w1 - eta * slope[0], w2 - eta * slope[1]]);
  }
  return ws;
}

/** Steps of descent over the contours of a loss. */
async function descentView({ scene, el, refs, getModel }) {
  const at = [...scene.at], own = el.appendChild(h("div", { class: "ck-inputs" })), { X, y, reach, names } = scene;
  const plot = chart([-reach, reach], [-reach, reach], "Contours of the loss, and the steps over w₁ and w₂", 400);
  for (const points of scene.contours) plot.line("ck-contour")(points);
  const steps = plot.line("ck-steps"), dots = plot.dots("ck-dots"), first = plot.mark("ck-here"), last = plot.mark("ck-slope");
  const say = h("p", { class: "ck-say" }), voice = speaker(el);
  el.append(plot.node, h("p", { class: "ck-key" }, "w₁ to the right, w₂ upwards; on a contour the loss is the same. ", h("b", { class: "ck-value" }, "●"), " the start, ", h("b", { class: "ck-adjoint" }, "■"), " where it is now."), say);
  const loss = ([w1, w2]) => X.reduce((sum, x, i) => sum + (x[0] * w1 + x[1] * w2 - y[i]) ** 2, 0) / (2 * X.length);
  function paint() {
    const [eta, batch, count] = at, ws = trajectory(scene, eta, batch, count), end = ws[ws.length - 1];
    const left = ws.some((w) => Math.max(...w.map(Math.abs)) > reach);
    steps(ws);
    dots(ws);
    first(...scene.start);
    last(...end);
    const before = loss(scene.start), now = loss(end);
    const verdict = now > before ? " It rose: η is too large, each step lands farther up on the other side." : left ? " On its way it left the picture." : "";
    write(say, `After ${count} step${count === 1 ? "" : "s"} of ${batch === X.length ? "gradient descent (the whole batch)" : `stochastic descent, ${batch} of ${X.length} examples a step`}: `
      + `ℓ = ${number(now)}, from ${number(before)}.${verdict}`);
    voice.say(say.textContent);
  }
  await follow({ refs, getModel }, own, names, scene.ranges, at, paint);
  paint();
  return () => voice.stop();
}

let quizzes = 0;

/** A number as people write it: −3, 1/2, 0,5, 262,144, 2^18, 1.5e3, 5 %; null for anything else. */
export function parse(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/(\d)[\s’'_](?=\d{3}(\D|$))/g, "$1")
    .replace(/^(-?\d{1,3})((,\d{3})+)(?=$|\.)/, (_, head, groups) => head + groups.replaceAll(",", "")).replace(",", ".");
  const atom = "-?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
  const found = plain.match(new RegExp(`^(${atom})\\s*(?:(/|\\^|\\*\\*)\\s*(${atom})|(%))?$`, "i"));
  if (!found) return null;
  const [, x, sign, y, percent] = found, value = Number(x);
  const result = percent ? value / 100 : sign === "/" ? value / Number(y) : sign ? value ** Number(y) : value;
  return Number.isFinite(result) ? result : null;
}

/** Predict, lock, reveal: nothing is explained before an answer is locked. */
function quizView({ scene, el, signal, model }) {
  const lock = h("button", { type: "button", disabled: true }, "Lock my answer");
  const verdict = h("p", { class: "ck-say", role: "status" });
  const asked = scene.options ? optionsOf(scene, lock, signal) : numberOf(scene, lock, signal);
  el.append(h("fieldset", { class: "ck-quiz" }, h("legend", {}, scene.question), ...asked.nodes, lock, verdict));
  const reveal = (given) => { lock.hidden = true; write(verdict, asked.reveal(given)); };
  const key = scene.options ? "answer" : "given";
  lock.addEventListener("click", () => {
    const given = asked.given();
    reveal(given);
    model.set(key, given);
    model.save_changes();
  }, { signal });
  const before = model.get(key);
  if (scene.options ? before >= 0 : before) reveal(before);
  return () => {};
}

/** Options of which one is chosen. */
function optionsOf(scene, lock, signal) {
  const group = `ck-quiz-${(quizzes += 1)}`;
  const rows = scene.options.map(({ text, why }, i) => {
    const radio = h("input", { type: "radio", name: group, value: i });
    const note = h("span", { class: "ck-why", hidden: true });
    return { radio, note, why, node: h("div", { class: "ck-option" }, h("label", {}, radio, h("span", {}, text)), note) };
  });
  rows.forEach(({ radio }) => radio.addEventListener("change", () => { lock.disabled = false; }, { signal }));
  return {
    nodes: rows.map(({ node }) => node),
    given: () => rows.findIndex(({ radio }) => radio.checked),
    reveal(chosen) {
      rows.forEach(({ radio, note, why, node }, i) => {
        radio.disabled = true;
        radio.checked = i === chosen;
        write(note, `${i === scene.answer ? "✓ Right." : "✗ No."} ${why}`);
        note.hidden = false;
        node.classList.add(i === scene.answer ? "ck-right" : "ck-wrong");
      });
      return chosen === scene.answer ? "Your prediction was right." : `You predicted “${scene.options[chosen].text}”; it is “${scene.options[scene.answer].text}”.`;
    },
  };
}

/** A field for a number; each number that a misconception leads to has its own answer. */
function numberOf(scene, lock, signal) {
  const field = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Your number" });
  const note = h("p", { class: "ck-note" });
  field.addEventListener("input", () => {
    lock.disabled = parse(field.value) === null;
    write(note, lock.disabled && field.value.trim() ? "A number, please: 5, −0.5, 1/2, 2^18 or 262,144." : "");
  }, { signal });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter" && !lock.disabled) lock.click(); }, { signal });
  const same = (x, y) => Math.abs(x - y) <= 1e-3 * Math.max(Math.abs(y), 1e-6);
  return {
    nodes: [field, note],
    given: () => field.value.trim(),
    reveal(given) {
      const value = parse(given), right = same(value, scene.number);
      const wrong = scene.wrong.find(([x]) => same(value, x));
      field.value = given;
      field.disabled = true;
      write(note, right ? `✓ Right. ${scene.why}` : `✗ ${wrong ? wrong[1] : scene.otherwise}`);
      return right ? "Your prediction was right." : `You predicted ${number(value)}; it is ${number(scene.number)}. ${scene.why}`;
    },
  };
}

const KINDS = { graph: graphView, gate: gateView, descent: descentView, album: albumView, order: orderView, quiz: quizView };

/** Draw the view into el; returns what removes it. */
async function render({ model, el, host, signal }) {
  const scene = model.get("scene"), end = new AbortController();
  signal?.addEventListener("abort", () => end.abort());
  el.classList.add("ck-view");
  el.addEventListener("keydown", (event) => event.stopPropagation(), { signal: end.signal });   // or Lab takes the keys
  const stop = await KINDS[scene.kind]({
    scene, el, model, signal: end.signal, refs: model.get("sliders") ?? [], getModel: (ref) => host.getModel(ref),
  });
  return () => { stop(); end.abort(); };
}

export default { render };
