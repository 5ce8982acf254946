// A card on the page: its buttons, its code, what it says.

/**
 * A card on the page, with its buttons; `moved` is called at each step.
 * @param {Card} card
 * @param {() => void} moved
 * @param {AbortSignal} signal
 */
function cardView(card, moved, signal) {
  const buttons = {
    first: button("first", "First step"),
    back: button("back", "Step back"),
    play: button("play", "Play"),
    next: button("next", "Step forward"),
  };
  const range = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  const speed = h(
    "select",
    { "aria-label": "Speed" },
    ...[0.5, 1, 2, 4].map((x) => h("option", { value: x, selected: x === 1 }, `${number(x)}×`)),
  );
  const say = h("p", { class: "ck-say" }), count = h("p", { class: "ck-count" });
  const code = h("pre", { class: "ck-code", tabindex: 0, "aria-label": "Code; scrolls sideways" });
  const node = h(
    "div",
    { class: "ck-card", role: "group", "aria-label": card.title || "Algorithm" },
    h(
      "div",
      { class: "ck-head" },
      ...(card.title ? [h("strong", {}, card.title)] : []),
      ...(card.head ?? []),
    ),
    ...(card.still ? [] : [h("div", { class: "ck-bar" }, ...Object.values(buttons), range, speed)]),
    ...(card.body ? [card.body] : []),
    code,
    say,
    count,
  );
  let step = 0, timer = null, lines = [];

  function moveTo(k, quiet = false) {
    step = Math.max(0, Math.min(card.length, k));
    range.value = String(step);
    range.setAttribute("aria-valuetext", `Step ${step} of ${card.length}`);
    buttons.first.setAttribute("aria-disabled", String(step === 0));
    buttons.back.setAttribute("aria-disabled", String(step === 0));
    buttons.next.setAttribute("aria-disabled", String(step === card.length));
    if (!quiet) moved();
  }
  function play(on = timer === null) {
    clearInterval(timer ?? undefined);
    timer = null;
    if (on) {
      if (step === card.length) moveTo(0);
      timer = setInterval(() => {
        moveTo(step + 1);
        if (step === card.length) play(false);
      }, 900 / Number(speed.value));
    }
    buttons.play.innerHTML = icon(on ? "pause" : "play");
    buttons.play.setAttribute("aria-label", on ? "Pause" : "Play");
    buttons.play.title = on ? "Pause" : "Play";
  }
  function renew(quiet) {
    play(false);
    lines = (card.source ?? []).map((text) => h("span", {}, `${text}\n`));
    code.replaceChildren(...lines);
    code.hidden = !lines.length;
    range.max = String(card.length);
    moveTo(card.start, quiet);
  }
  const go = { first: () => moveTo(0), back: () => moveTo(step - 1), next: () => moveTo(step + 1) };
  node.addEventListener("click", (event) => {
    const what = event.target.closest("[data-do]")?.dataset.do;
    if (what === "play") play();
    else if (what) {
      play(false);
      go[what]();
    }
  }, { signal });
  range.addEventListener("input", () => {
    play(false);
    moveTo(Number(range.value));
  }, { signal });
  speed.addEventListener("change", () => {
    if (timer !== null) play(true);
  }, { signal });
  card.choose?.(() => renew(false), () => node.closest(".ck-view"));
  renew(true);
  return {
    node,
    pick: card.pick,
    stop: () => play(false),
    /** @param {Numbers} now @returns {Frame} */
    show(now) {
      const frame = card.at(step, now);
      write(say, frame.say);
      write(count, frame.count);
      lines.forEach((line, i) => line.classList.toggle("now", i === frame.line));
      return frame;
    },
  };
}
