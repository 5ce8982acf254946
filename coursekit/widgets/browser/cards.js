// Cards: a title, steps, and what each step shows on the picture.

const MOST_PATHS = 64;

/**
 * The sum over paths, one path a step, from a vertex that is picked.
 * @param {Scene} scene
 * @returns {Card}
 */
function pathsCard(scene) {
  const { names, edges, loss } = scene, counts = countPaths(scene);
  const sources = scene.inputs.length ? scene.inputs : [scene.order[0]];
  let from = sources[sources.length - 1], paths = [];
  const pick = h(
    "select",
    { "aria-label": "Paths from" },
    ...scene.order.filter((v) => v !== loss).map((v) => h("option", { value: v }, names[v])),
  );
  pick.value = String(from);
  const walk = () => {
    paths = [];
    for (const path of pathsFrom(scene, from)) if (paths.push(path) === MOST_PATHS) break;
    card.length = paths.length;
    card.start = Math.min(1, paths.length);
  };
  const card = {
    title: "Sum over paths",
    length: 0,
    start: 0,
    head: [h("label", {}, "from ", pick)],
    choose(changed) {
      pick.addEventListener("change", () => {
        from = Number(pick.value);
        walk();
        changed();
      });
    },
    at(k, { partials }) {
      const product = (path) => path.reduce((p, e) => p * partials[e], 1);
      const shown = paths.slice(0, k), sum = shown.reduce((s, path) => s + product(path), 0);
      const below = new Array(names.length).fill(null);
      const total = counts[from] > BigInt(paths.length)
        ? `${counts[from]}, the first ${paths.length} shown`
        : `${paths.length}`;
      if (k > 0) below[from] = sum;
      const path = paths[k - 1] ?? [];
      const say = k === 0
        ? `No path walked yet from ${names[from]} to ${names[loss]}.`
        : `${[from, ...path.map((e) => edges[e][1])].map((v) => names[v]).join(" → ")}: ` +
          `${path.map((e) => number(partials[e])).join(" × ") || "1"} = ${
            number(product(path))
          }. Sum so far ${number(sum)}.`;
      const read = shown.reduce((n, p) => n + p.length, 0);
      return { lit: path, below, say, count: `Path ${k} of ${total}. Partials read: ${read}.` };
    },
  };
  walk();
  return card;
}

/**
 * The reverse sweep, one partial a step.
 * @param {Scene} scene
 * @returns {Card}
 */
function sweepCard(scene) {
  const { names, edges, loss } = scene, reads = readsOf(scene);
  return {
    title: "Backpropagation",
    length: reads.length + 1,
    start: reads.length + 1,
    at(k, { partials }) {
      const read = Math.min(k, reads.length), { adjoints, before } = reverse(scene, partials, reads, read);
      const count = `Partials read: ${read} of ${reads.length}, each once.`;
      if (k > reads.length) {
        const found = scene.inputs.slice(0, 6).map((v) =>
          `∂${names[loss]}/∂${names[v]} = ${number(adjoints[v])}`
        );
        return {
          lit: [],
          below: adjoints,
          count,
          say: `Every adjoint is known: ${found.join(", ")}${scene.inputs.length > 6 ? ", …" : ""}.`,
        };
      }
      if (k === 0) {
        return {
          lit: [],
          below: adjoints,
          count,
          say: `∂${names[loss]}/∂${names[loss]} = 1; nothing else is known.`,
        };
      }
      const [tail, head] = edges[reads[k - 1]];
      const term = `${number(adjoints[head])} × ${number(partials[reads[k - 1]])}`;
      const sum = before ? `${number(before)} + ${term}` : term;
      return {
        lit: [reads[k - 1]],
        read: head,
        below: adjoints,
        count,
        say: `∂${names[loss]}/∂${names[tail]} = ${sum} = ${number(adjoints[tail])}, by the edge ${
          names[tail]
        } → ${names[head]}.`,
      };
    },
  };
}

/**
 * A menu of vertices.
 * @param {Scene} scene
 * @param {number[]} vertices
 * @param {string} label
 */
function menuOf(scene, vertices, label) {
  const pick = h(
    "select",
    { "aria-label": label },
    ...vertices.map((v) => h("option", { value: v }, scene.names[v])),
  );
  return { pick, node: h("label", {}, "v ", pick), v: () => Number(pick.value) };
}

/**
 * Out(v), lit; the partials can be hidden.
 * @param {Scene} scene
 * @returns {Card}
 */
function outCard(scene) {
  const menu = menuOf(scene, scene.order, "out of"), { names, out, edges } = scene;
  const shown = h("input", { type: "checkbox", checked: true });
  const unknown = names.map(() => null);
  return {
    title: "out(v)",
    length: 0,
    start: 0,
    still: true,
    head: [menu.node, h("label", {}, shown, " local partials")],
    choose(changed, pageOf) {
      menu.pick.addEventListener("change", changed);
      shown.addEventListener("change", () => pageOf().classList.toggle("ck-bare", !shown.checked));
    },
    pick(v) {
      menu.pick.value = String(v);
    },
    at() {
      const v = menu.v(), heads = out[v].map((k) => names[edges[k][1]]);
      const say = heads.length
        ? `out(${names[v]}) = {${heads.join(", ")}}: what is computed from ${names[v]}.`
        : `out(${names[v]}) = ∅: nothing is computed from ${names[v]}.`;
      return { lit: out[v], below: unknown, say, count: `${edges.length} edges in all.` };
    },
  };
}

/**
 * One bar for each route that a nudge of v takes to the loss.
 * @param {Scene} scene
 * @returns {Card}
 */
function fanCard(scene) {
  const { names, out, edges, loss } = scene, reads = readsOf(scene);
  const menu = menuOf(scene, scene.order.filter((v) => v !== loss), "Nudged vertex");
  menu.pick.value = String(scene.start);
  const delta = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0.1, "aria-label": "δ" }),
    amount = h("span", { class: "ck-read" });
  const body = h("div", { class: "ck-bars" });
  return {
    title: "Contributions",
    length: 0,
    start: 0,
    still: true,
    body,
    head: [menu.node, h("label", { class: "ck-nudge" }, "δ ", delta, amount)],
    choose(changed) {
      for (const node of [menu.pick, delta]) node.addEventListener("input", changed);
    },
    pick(v) {
      if (v !== loss) menu.pick.value = String(v);
    },
    at(_, now) {
      const v = menu.v(), step = Number(delta.value), { adjoints } = reverse(scene, now.partials, reads);
      const change = changeOf(scene, now, v, step);
      const routes = out[v].map((k) => ({
        name: `through ${names[edges[k][1]]}`,
        x: adjoints[edges[k][1]] * now.partials[k] * step,
        text: `${number(adjoints[edges[k][1]])} × ${number(now.partials[k])} × ${number(step)}`,
        total: false,
      }));
      const rows = [...routes, {
        name: "added up",
        x: adjoints[v] * step,
        text: `${number(adjoints[v])} × ${number(step)}`,
        total: true,
      }, { name: `true change of ${names[loss]}`, x: change, text: "", total: true }];
      const most = Math.max(...rows.map(({ x }) => Math.abs(x)), 1e-12);
      write(amount, number(step));
      body.replaceChildren(
        ...rows.map(({ name, x, text, total }) =>
          barRow(
            name,
            x,
            (50 * Math.abs(x)) / most,
            text ? `${text} = ${number(x)}` : number(x),
            total ? "ck-total" : "",
          )
        ),
      );
      return {
        lit: out[v],
        below: adjoints,
        say: `${routes.length} route${routes.length === 1 ? "" : "s"} out of ${
          names[v]
        }: their contributions add up.`,
        count: `Prediction and change differ by ${number(change - adjoints[v] * step)}.`,
      };
    },
  };
}

/**
 * Recorded runs, one read a step; a menu where there are several.
 * @param {Scene} scene
 * @param {{runs: Run[]}} recorded
 * @returns {Card}
 */
function runsCard(scene, { runs }) {
  let run = runs[0];
  const menu = h(
    "select",
    { "aria-label": "Algorithm" },
    ...runs.map(({ name }, i) => h("option", { value: i }, name)),
  );
  const take = () => {
    card.length = run.steps.length;
    card.start = 0;
    card.source = run.source;
  };
  const card = {
    title: runs.length === 1 ? run.name : "",
    length: 0,
    start: 0,
    source: run.source,
    head: runs.length === 1 ? [] : [menu],
    choose(changed) {
      menu.addEventListener("change", () => {
        run = runs[Number(menu.value)];
        take();
        changed();
      });
    },
    at(k) {
      const red = [...new Set(run.steps.slice(0, k).map((s) => s.unfinished).filter((v) => v !== null))];
      const count = `Read ${k} of ${run.steps.length}.`;
      if (k === 0) {
        return {
          lit: [],
          below: scene.names.map(() => null),
          say: "Nothing is read yet.",
          count,
          line: null,
        };
      }
      const { lit, below, head, line, say } = run.steps[k - 1];
      return { lit, below, read: head, unfinished: red, line, say, count };
    },
  };
  take();
  return card;
}
