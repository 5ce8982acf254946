/**
 * Pictures that follow one slider, with meters under them.
 * @param {Context<Album>} context
 */
async function albumView({ scene, el, refs, getModel }) {
  const own = el.appendChild(h("div", { class: "ck-inputs" })),
    canvas = el.appendChild(
      scroller("Picture"),
    );
  const meters = scene.meters.map(({ name }) => meter(el, name));
  const voice = speaker(el);
  function show(k) {
    const page = scene.pages[k - scene.range[0]];
    canvas.innerHTML = page.svg;
    const most = Math.max(...page.amounts);
    meters.forEach((set, i) => set((100 * page.amounts[i]) / most, page.texts[i]));
    voice.say(
      `${scene.label} = ${k}: ${scene.meters.map(({ name }, i) => `${name} ${page.texts[i]}`).join(", ")}`,
    );
  }
  const at = [scene.start];
  await follow({ refs, getModel }, own, [scene.label], [[...scene.range, 1]], at, () => show(at[0]));
  show(at[0]);
  return () => voice.stop();
}
