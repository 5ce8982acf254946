const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/**
 * A fully connected layer as a table: z_j at the end of row j, ∂ℓ/∂a_i at the foot of column i.
 * @param {Context<Layer>} context
 */
async function layerView({ scene, el, signal, refs, getModel }) {
  const a = [...scene.a], W = scene.W.map((row) => [...row]), dz = [...scene.dz];
  const rows = dz.map((_, j) => j), columns = a.map((_, i) => i), sub = (k) => SUBSCRIPTS[k + 1];
  const sum = (terms) => terms.reduce((total, [x, y]) => total + x * y, 0);
  const added = (terms) => terms.map(([x, y]) => `${number(x)} × ${number(y)}`).join(" + ");
  let [j, i, what] = [0, 0, "cell"];

  // each part that can be chosen: what it is, and what is said of it
  const parts = {
    cell: () =>
      `∂ℓ/∂w${sub(j)}${sub(i)} = ∂ℓ/∂z${sub(j)} · a${sub(i)} = ${added([[dz[j], a[i]]])} = ${
        number(dz[j] * a[i])
      }:` +
      ` what comes back at the head of the edge, times what went in at its tail.`,
    row: () => {
      const terms = columns.map((c) => [W[j][c], a[c]]);
      return `z${sub(j)} = Σᵢ w${sub(j)}ᵢ · aᵢ = ${added(terms)} = ${number(sum(terms))}: along row ${
        j + 1
      }.`;
    },
    column: () => {
      const terms = rows.map((r) => [dz[r], W[r][i]]), out = rows.map((r) => `z${sub(r)}`).join(", ");
      return `∂ℓ/∂a${sub(i)} = Σⱼ ∂ℓ/∂zⱼ · wⱼ${sub(i)} = ${added(terms)} = ${number(sum(terms))}:` +
        ` down column ${i + 1}, over out(a${sub(i)}) = {${out}}.`;
    },
  };
  const values = [], adjoints = [];
  const two = (above, below, name) => {
    const value = h("span", { class: "ck-value" }), adjoint = h("span", { class: "ck-adjoint" });
    if (above) values.push([value, above]);
    if (below) adjoints.push([adjoint, below]);
    return [h("span", { class: "ck-name" }, name), ...(above ? [value] : []), ...(below ? [adjoint] : [])];
  };
  const choice = (kind, r, c, ...content) => {
    const node = h(
      "button",
      { type: "button", "data-kind": kind, "data-row": r, "data-column": c },
      ...content,
    );
    node.addEventListener("click", () => {
      [what, j, i] = [kind, r ?? j, c ?? i];
      at.splice(0, 3, a[i], W[j][i], dz[j]); // all three, before a slider speaks up
      at.slice().forEach((x, k) => set[k](x));
      paint();
    }, { signal });
    return node;
  };
  const table = h(
    "table",
    { class: "ck-layer" },
    h(
      "tr",
      {},
      h("td"),
      ...columns.map((c) =>
        h("th", { scope: "col", "data-column": c }, ...two(() => a[c], null, `a${sub(c)}`))
      ),
      h("td"),
    ),
    ...rows.map((r) =>
      h(
        "tr",
        {},
        h("th", { scope: "row", "data-row": r }, ...two(null, () => dz[r], `∂ℓ/∂z${sub(r)}`)),
        ...columns.map((c) =>
          h("td", {}, choice("cell", r, c, ...two(() => W[r][c], () => dz[r] * a[c], `w${sub(r)}${sub(c)}`)))
        ),
        h(
          "td",
          {},
          choice(
            "row",
            r,
            null,
            ...two(() => sum(columns.map((c) => [W[r][c], a[c]])), null, `z${sub(r)}`),
          ),
        ),
      )
    ),
    h(
      "tr",
      {},
      h("td"),
      ...columns.map((c) =>
        h(
          "td",
          {},
          choice(
            "column",
            null,
            c,
            ...two(null, () => sum(rows.map((r) => [dz[r], W[r][c]])), `∂ℓ/∂a${sub(c)}`),
          ),
        )
      ),
      h("td"),
    ),
  );
  const own = h("div", { class: "ck-inputs" }), say = h("p", { class: "ck-say" }), voice = speaker(el);
  const key = h(
    "p",
    { class: "ck-key" },
    "In each cell ",
    h("b", { class: "ck-value" }, "the weight"),
    " above, ",
  );
  key.append(
    h("b", { class: "ck-adjoint" }, "its adjoint"),
    " below. Choose a cell, the end of a row or the foot of a column.",
  );
  el.append(
    own,
    scroller("Table", table),
    say,
    key,
  );

  function paint() {
    for (const [node, x] of [...values, ...adjoints]) write(node, number(x()));
    for (const node of table.querySelectorAll("button, th")) {
      const { kind, row, column } = node.dataset, atEnd = row === undefined || column === undefined;
      const inRow = Number(row) === j, inColumn = Number(column) === i;
      // lit: what is chosen and the weights in it; used: the factors from outside
      const lit = { cell: inRow && inColumn, row: inRow, column: inColumn }[what] && Boolean(kind);
      const used = { cell: inRow || inColumn, row: row === undefined, column: column === undefined }[what];
      node.classList.toggle("ck-lit", lit);
      node.classList.toggle("ck-used", used && !kind);
      if (kind) node.setAttribute("aria-pressed", String(lit && atEnd === (what !== "cell")));
    }
    write(say, parts[what]());
    voice.say(say.textContent);
  }
  const at = [a[i], W[j][i], dz[j]];
  const set = await follow({ refs, getModel }, own, scene.names, scene.ranges, at, () => {
    [a[i], W[j][i], dz[j]] = at;
    paint();
  });
  paint();
  return () => voice.stop();
}
