const whole = (n) => n.toLocaleString("en");

/**
 * Layers that grow in width and depth; one path lit, its product added to those before it.
 * @param {Context<Deepen>} context
 */
async function deepenView({ scene, el, refs, getModel }) {
  const at = [...scene.at], own = el.appendChild(h("div", { class: "ck-inputs" })), voice = speaker(el);
  const canvas = el.appendChild(
    scroller("Picture"),
  );
  const meters = ["paths from v₁,₁ to ℓ", "edges"].map((name) => meter(el, name));
  const percent = (n) => (100 * Math.log10(n + 1)) / 6; // each sixth of the track: ten times more
  const say = h("p", { class: "ck-say" }), count = h("p", { class: "ck-count" });
  el.append(
    h("p", { class: "ck-key" }, "Both bars are logarithmic: a sixth of the track is ten times more."),
    say,
    count,
  );
  let [now, image] = /** @type {[Scene | null, any]} */ ([null, null]);

  function paint() {
    const [width, depth, wanted] = at, graph = scene.scenes[`${width},${depth}`];
    if (graph !== now) image = picture(canvas, now = graph);
    const { names, edges, partials, order } = graph, first = order[0], all = Number(countPaths(graph)[first]);
    const walked = [];
    for (const path of pathsFrom(graph, first)) if (walked.push(path) === wanted) break;
    const product = (path) => path.reduce((p, e) => p * partials[e], 1);
    const path = walked[walked.length - 1], sum = walked.reduce((total, one) => total + product(one), 0);
    const below = names.map(() => null), { adjoints } = reverse(graph, partials, readsOf(graph));
    below[first] = sum;
    image.paint(graph, { lit: path, below });
    meters[0](percent(all), whole(all));
    meters[1](percent(edges.length), whole(edges.length));
    write(
      say,
      `Path ${walked.length} of ${whole(all)}: ` +
        `${[first, ...path.map((e) => edges[e][1])].map((v) => names[v]).join(" → ")}: ` +
        `${path.map((e) => number(partials[e])).join(" × ")} = ${number(product(path))}. ` +
        `Sum so far ${whole(sum)}; of all paths ${whole(adjoints[first])}.`,
    );
    write(
      count,
      `Partials read path by path: ${whole(all * depth)} for v₁,₁ alone. ` +
        `By backpropagation: ${edges.length}, for every vertex.`,
    );
    voice.say(say.textContent);
  }
  await follow({ refs, getModel }, own, scene.names, scene.ranges, at, paint);
  paint();
  return () => voice.stop();
}
