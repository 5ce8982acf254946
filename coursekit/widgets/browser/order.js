/**
 * The game of scene 3: finish a vertex whose out-neighbours are all finished.
 * @param {Context<Scene>} context
 */
function orderView({ scene, el, signal }) {
  const canvas = el.appendChild(h("div", { class: "ck-scroll" }));
  el.append(keyOf(scene, ""));
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
    paint(
      `∂${name(scene.loss)}/∂${
        name(scene.loss)
      } = 1. Which vertex can be finished next? Choose it in the picture.`,
    );
  }
  const ready = (v) => below[v] === null && scene.out[v].every((k) => below[scene.edges[k][1]] !== null);
  function choose(v) {
    const missing = scene.out[v].filter((k) => below[scene.edges[k][1]] === null);
    if (below[v] !== null) return paint(`${name(v)} is finished already: ${number(below[v])}.`);
    if (missing.length) {
      return paint(
        `Not yet: ∂ℓ/∂${name(v)} needs the adjoint of ${
          missing.map((k) => name(scene.edges[k][1])).join(" and of ")
        }, still unknown.`,
        missing,
        [v],
      );
    }
    if (scene.names.filter((_, u) => ready(u)).length > 1) choices += 1;
    below[v] = scene.out[v].reduce((sum, k) => sum + below[scene.edges[k][1]] * scene.partials[k], 0);
    order.push(v);
    const terms =
      scene.out[v].map((k) => `${number(below[scene.edges[k][1]])} × ${number(scene.partials[k])}`).join(
        " + ",
      ) || "an empty sum";
    let text = `∂ℓ/∂${name(v)} = ${terms} = ${number(below[v])}.`;
    if (!below.includes(null)) {
      text += ` Finished, in the order ${order.map(name).join(", ")}: a reverse topological order. ` +
        (choices
          ? `${
            choices === 1 ? "Once" : `${choices} times`
          } more than one choice was right, so there is more than one such order.`
          : "At each moment only one choice was right.");
    }
    return paint(text, scene.out[v]);
  }
  for (const { g, v } of image.vertices) {
    for (const [key, value] of [["role", "button"], ["tabindex", "0"]]) g.setAttribute(key, value);
    g.classList.add("choice");
    g.addEventListener("click", () => choose(v), { signal });
    g.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(v);
      }
    }, { signal });
  }
  again.addEventListener("click", start, { signal });
  start();
  return () => voice.stop();
}
