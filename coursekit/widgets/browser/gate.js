/**
 * A nonlinearity as a gate: its curve with the tangent, its derivative, and what comes through.
 * @param {Context<Gate>} context
 */
async function gateView({ scene, el, signal, refs, getModel }) {
  const at = [...scene.at], own = el.appendChild(h("div", { class: "ck-inputs" }));
  const menu = h(
    "select",
    { "aria-label": "σ" },
    ...scene.sigmas.map((name) => h("option", { value: name, selected: name === scene.sigma }, name)),
  );
  const say = h("p", { class: "ck-say" }),
    key = h("p", { class: "ck-key" }),
    bars = h("div", { class: "ck-bars" });
  const [[z0, z1]] = scene.ranges, plot = chart([z0, z1], [-1.2, 2.2], "σ and its derivative against z");
  const [curve, slopes, tangent] = ["ck-sigma", "ck-prime", "ck-tangent"].map(plot.line),
    [dot, square] = ["ck-here", "ck-slope"].map(plot.mark);
  const voice = speaker(el);
  el.append(h("label", {}, "σ ", menu), plot.node, key, h("div", { class: "ck-card" }, bars, say));
  key.append(
    h("b", { class: "ck-value" }, "σ(z)"),
    " with its tangent, dashed ",
    h("b", { class: "ck-adjoint" }, "σ′(z)"),
    ": the factor on the way back.",
  );
  const row = (name, x, kind) => barRow(name, x, Math.min(50, 25 * Math.abs(x)), number(x), kind);
  function paint() {
    const [z, upstream] = at, op = OPS[menu.value], y = scene.defaults[menu.value];
    const value = (x) => op.value(x, y), prime = (x) => op.partials[0](x, y, undefined, value(x));
    const xs = Array.from({ length: 161 }, (_, i) => z0 + ((z1 - z0) * i) / 160),
      slope = prime(z),
      through = upstream * slope;
    curve(xs.map((x) => [x, value(x)]));
    slopes(xs.map((x) => [x, prime(x)]));
    tangent([z - 1, z + 1].map((x) => [x, value(z) + slope * (x - z)]));
    dot(z, value(z));
    square(z, slope);
    bars.replaceChildren(
      row("∂ℓ/∂a, from above", upstream, ""),
      row("σ′(z), the gate", slope, "ck-local"),
      row("∂ℓ/∂z, through it", through, ""),
    );
    const kink = z === 0 && scene.kinks.includes(menu.value)
      ? " On the kink no number between the two slopes is wrong; the table takes the left one."
      : slope === 0
      ? " The gate is shut: nothing comes through."
      : Math.abs(slope) < 0.05
      ? " Nearly shut: σ is flat here."
      : "";
    write(
      say,
      `a = σ(z) = ${number(value(z))}. ∂ℓ/∂z = ${number(upstream)} × ${number(slope)} = ${
        number(through)
      }.${kink}`,
    );
    voice.say(say.textContent);
  }
  menu.addEventListener("change", paint, { signal });
  await follow({ refs, getModel }, own, ["z", "∂ℓ/∂a"], scene.ranges, at, paint);
  paint();
  return () => voice.stop();
}
