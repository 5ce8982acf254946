// What is behind one vertex: its formula with the numbers in it, its contributions, a nudge.

/**
 * How v is computed, with names or numbers for its operands.
 * @param {Scene} scene
 * @param {number} v
 * @param {(i: number) => string} text
 */
function formulaOf(scene, v, text) {
  const [op, ...operands] = scene.code[v];
  const texts = operands.map((i) => (i < 0 ? number(scene.constants[-i - 1]) : text(i)));
  const { symbol, infix } = OPS[op];
  return infix
    ? texts.join(` ${symbol} `)
    : symbol === "−"
    ? `−${texts[0]}`
    : `${symbol}(${texts.join(", ")})`;
}

/**
 * A panel: the formula with the numbers in it, the contributions, and a nudge.
 * @param {Scene} scene
 * @param {AbortSignal} signal
 */
function detailsOf(scene, signal) {
  const { names, edges, loss } = scene, reads = readsOf(scene), d = (u, v) => `∂${names[u]}/∂${names[v]}`;
  const formula = h("p"), sum = h("p"), told = h("p", { role: "status" });
  const delta = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0.1 }),
    amount = h("span", { class: "ck-read" });
  const asked = h("span"),
    nudge = h("div", {}, h("label", { class: "ck-nudge" }, asked, delta, amount), told);
  const node = h("div", { class: "ck-details", hidden: true }, formula, sum, nudge);
  let last = null;
  delta.addEventListener("input", () => show(...last), { signal });
  function show(v, now) {
    last = [v, now];
    node.hidden = false;
    const { adjoints } = reverse(scene, now.partials, reads);
    const value = now.values.length ? ` = ${number(now.values[v])}` : "";
    const computed = scene.code && scene.code[v][0] !== null;
    write(
      formula,
      computed
        ? `${names[v]} = ${formulaOf(scene, v, (i) => names[i])} = ${
          formulaOf(scene, v, (i) => number(now.values[i]))
        }${value}`
        : `${names[v]}${value}`,
    );
    const terms = scene.out[v].map((k) => [edges[k][1], now.partials[k]]);
    write(
      sum,
      v === loss
        ? `${d(loss, v)} = 1.`
        : terms.length === 0
        ? `${d(loss, v)} = 0, the empty sum: nothing uses ${names[v]}.`
        : `${d(loss, v)} = ${terms.map(([u]) => `${d(loss, u)} · ${d(u, v)}`).join(" + ")}` +
          ` = ${terms.map(([u, partial]) => `${number(adjoints[u])} × ${number(partial)}`).join(" + ")} = ${
            number(adjoints[v])
          }`,
    );
    sum.hidden = scene.cards.every(({ kind }) => kind === "out"); // there adjoints are still to come
    nudge.hidden = sum.hidden || !scene.code || v === loss;
    if (nudge.hidden) return;
    const step = Number(delta.value), predicted = adjoints[v] * step, change = changeOf(scene, now, v, step);
    write(asked, `nudge ${names[v]} by`);
    write(amount, number(step));
    write(
      told,
      `${names[loss]} changes by ${number(change)}; ${d(loss, v)} × ${number(step)} predicts ${
        number(predicted)
      },` +
        ` ${change === predicted ? "exactly" : `off by ${number(change - predicted)}`}.`,
    );
  }
  return { node, show };
}
