/**
 * Pictures that follow one slider, with meters under them.
 * @param {Context<Album>} context
 */
async function albumView({ scene, el, refs, getModel }) {
  const own = el.appendChild(h("div", { class: "ck-inputs" })),
    canvas = el.appendChild(
      h("div", { class: "ck-scroll", tabindex: 0, role: "group", "aria-label": "Picture; scrolls sideways" }),
    );
  const bars = scene.meters.map(({ name }) => {
    const bar = h("span", { class: "ck-fill" }), text = h("span", { class: "ck-amount" });
    el.append(
      h("div", { class: "ck-meter" }, h("span", {}, name), h("span", { class: "ck-track" }, bar), text),
    );
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
    voice.say(
      `${scene.label} = ${k}: ${scene.meters.map(({ name }, i) => `${name} ${page.texts[i]}`).join(", ")}`,
    );
  }
  const at = [scene.start];
  await follow({ refs, getModel }, own, [scene.label], [[...scene.range, 1]], at, () => show(at[0]));
  show(at[0]);
  return () => voice.stop();
}
