/**
 * w at the start and after each step; the twin of `trajectory` in descent.py.
 * @param {Descent} scene
 * @param {number} eta
 * @param {number} batch
 * @param {number} steps
 * @returns {Point[]}
 */
function trajectory({ X, y, order, start }, eta, batch, steps) {
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

/**
 * Steps of descent over the contours of a loss.
 * @param {Context<Descent>} context
 */
async function descentView({ scene, el, refs, getModel }) {
  const at = [...scene.at],
    own = el.appendChild(h("div", { class: "ck-inputs" })),
    { X, y, reach, names } = scene;
  const plot = chart(
    [-reach, reach],
    [-reach, reach],
    "Contours of the loss, and the steps over w₁ and w₂",
    400,
  );
  for (const points of scene.contours) plot.line("ck-contour")(points);
  const steps = plot.line("ck-steps"),
    dots = plot.dots("ck-dots"),
    first = plot.mark("ck-here"),
    last = plot.mark("ck-slope");
  const say = h("p", { class: "ck-say" }), voice = speaker(el);
  el.append(
    plot.node,
    h(
      "p",
      { class: "ck-key" },
      "w₁ to the right, w₂ upwards; on a contour the loss is the same. ",
      h("b", { class: "ck-value" }, "●"),
      " the start, ",
      h("b", { class: "ck-adjoint" }, "■"),
      " where it is now.",
    ),
    say,
  );
  const loss = ([w1, w2]) =>
    X.reduce((sum, x, i) => sum + (x[0] * w1 + x[1] * w2 - y[i]) ** 2, 0) / (2 * X.length);
  function paint() {
    const [eta, batch, count] = at, ws = trajectory(scene, eta, batch, count), end = ws[ws.length - 1];
    const left = ws.some((w) => Math.max(...w.map(Math.abs)) > reach);
    steps(ws);
    dots(ws);
    first(...scene.start);
    last(...end);
    const before = loss(scene.start), now = loss(end);
    const verdict = now > before
      ? " It rose: η is too large, each step lands farther up on the other side."
      : left
      ? " On its way it left the picture."
      : "";
    write(
      say,
      `After ${count} step${count === 1 ? "" : "s"} of ${
        batch === X.length
          ? "gradient descent (the whole batch)"
          : `stochastic descent, ${batch} of ${X.length} examples a step`
      }: ` +
        `ℓ = ${number(now)}, from ${number(before)}.${verdict}`,
    );
    voice.say(say.textContent);
  }
  await follow({ refs, getModel }, own, names, scene.ranges, at, paint);
  paint();
  return () => voice.stop();
}
