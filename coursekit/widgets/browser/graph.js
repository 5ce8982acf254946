/**
 * Sliders, one picture, cards: the card touched last drives the picture.
 * @param {Context<Scene>} context
 */
async function graphView({ scene, el, signal, refs, getModel }) {
  const at = scene.inputs.map((v) => scene.values[v]);
  const own = el.appendChild(h("div", { class: "ck-inputs" }));
  const canvas = el.appendChild(
    scroller("Picture"),
  );
  const key = el.appendChild(keyOf(scene, "Choose a vertex to see what is behind it."));
  const image = picture(canvas, scene), voice = speaker(el), details = detailsOf(scene, signal);
  el.insertBefore(tools(el, canvas, signal), canvas);
  el.insertBefore(details.node, key);
  let picked = null;
  choosable(canvas, image, scene, signal, (v) => {
    picked = v;
    for (const { pick } of views) pick?.(v);
    repaint();
  });
  const kinds = { paths: pathsCard, sweep: sweepCard, runs: runsCard, out: outCard, fan: fanCard };
  let queued = false;
  const repaint = () => {
    if (!queued) {
      queued = true;
      requestAnimationFrame(paint);
    }
  };
  const views = scene.cards.map((card) => {
    const view = cardView(kinds[card.kind](scene, card), () => {
      take(view);
      repaint();
    }, signal);
    for (const event of ["focusin", "pointerdown"]) {
      view.node.addEventListener(event, () => {
        take(view);
        repaint();
      }, { signal });
    }
    return view;
  });
  let active = views[views.length - 1];
  const take = (view) => {
    active = view;
    for (const { node } of views) node.classList.toggle("ck-active", node === view.node && views.length > 1);
  };
  take(scene.cards[0].kind === "runs" ? views[0] : active);
  el.insertBefore(h("div", { class: "ck-cards" }, ...views.map(({ node }) => node)), key.nextSibling);
  function paint() {
    queued = false;
    const now = { ...forward(scene, at), at };
    for (const view of views) {
      const frame = view.show(now);
      if (view === active) {
        image.paint(now, frame);
        voice.say(frame.say);
      }
    }
    for (const { g, v } of image.vertices) g.classList.toggle("picked", v === picked);
    if (picked !== null) details.show(picked, now);
  }
  const sliders = refs.length || scene.ranges ? scene.inputs.map((v) => scene.names[v]) : [];
  await follow({ refs, getModel }, own, sliders, scene.ranges, at, repaint);
  paint();
  return () => {
    views.forEach((view) => view.stop());
    voice.stop();
  };
}
