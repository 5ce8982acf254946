// The picture: written once, then repainted in place; its vertices can be chosen.

/**
 * The picture: written once, then repainted in place.
 * @param {HTMLElement} el
 * @param {Scene} scene
 */
function picture(el, scene) {
  el.innerHTML = scene.svg; // our own markup, every label in it escaped
  /** @type {(kind: string) => any[]} */
  const all = (kind) => Array.from(el.querySelectorAll(`[data-${kind}]`));
  const one = (g, kind) => g.querySelector(`.${kind}`);
  const vertices = all("vertex").map((g) => ({
    g,
    v: Number(g.dataset.vertex),
    value: one(g, "value"),
    adjoint: one(g, "adjoint"),
  }))
    .sort((a, b) => a.v - b.v);
  const edges = all("edge").map((g) => ({
    g,
    k: Number(g.dataset.edge),
    partial: one(g, "partial"),
  })).sort((a, b) => a.k - b.k);
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
      if (above !== (above = frame.lit.join())) { // what is lit lies above the other edges
        const first = vertices[0].g.parentNode.querySelector("[data-vertex]");
        for (const k of frame.lit) first.before(edges[k].g);
      }
    },
  };
}

/**
 * What stands where in a picture, in words.
 * @param {Scene} scene
 * @param {string} more
 */
function keyOf(scene, more) {
  return h(
    "p",
    { class: "ck-key" },
    ...(scene.values.length
      ? ["Above a vertex ", h("b", { class: "ck-value" }, "its value"), ", below it "]
      : ["Below a vertex "]),
    h("b", { class: "ck-adjoint" }, scene.below),
    ` (– where it is not known), on an edge the local partial derivative. ${more}`,
  );
}

/**
 * Vertices that can be chosen: one stop for Tab, arrow keys from one to the next.
 * @param {HTMLElement} canvas
 * @param {ReturnType<typeof picture>} image
 * @param {Scene} scene
 * @param {AbortSignal} signal
 * @param {(v: number) => void} choose
 */
function choosable(canvas, image, scene, signal, choose) {
  canvas.querySelector("svg").setAttribute("role", "group");
  const node = new Map(image.vertices.map(({ g, v }) => [v, g]));
  scene.order.forEach((v, i) => {
    const g = node.get(v);
    for (
      const [key, value] of Object.entries({
        role: "button",
        tabindex: i ? -1 : 0,
        "aria-label": `${scene.names[v]}, what is behind it`,
      })
    ) g.setAttribute(key, String(value));
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
