let quizzes = 0;

/**
 * A number as people write it: −3, 1/2, 0,5, 262,144, 2^18, 1.5e3, 5 %; null for anything else.
 * @param {string} text
 * @returns {number | null}
 */
function parse(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/(\d)[\s’'_](?=\d{3}(\D|$))/g, "$1")
    .replace(/^(-?\d{1,3})((,\d{3})+)(?=$|\.)/, (_, head, groups) => head + groups.replaceAll(",", ""))
    .replace(",", ".");
  const atom = "-?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
  const found = plain.match(new RegExp(`^(${atom})\\s*(?:(/|\\^|\\*\\*)\\s*(${atom})|(%))?$`, "i"));
  if (!found) return null;
  const [, x, sign, y, percent] = found, value = Number(x);
  const result = percent ? value / 100 : sign === "/" ? value / Number(y) : sign ? value ** Number(y) : value;
  return Number.isFinite(result) ? result : null;
}

/**
 * Predict, lock, reveal: nothing is explained before an answer is locked.
 * @param {Context<Quiz>} context
 */
function quizView({ scene, el, signal, model }) {
  const lock = h("button", { type: "button", disabled: true }, "Lock my answer");
  const verdict = h("p", { class: "ck-say", role: "status", tabindex: -1 });
  const asked = scene.options ? optionsOf(scene, lock, signal) : numberOf(scene, lock, signal);
  el.append(
    h("fieldset", { class: "ck-quiz" }, h("legend", {}, scene.question), ...asked.nodes, lock, verdict),
  );
  const reveal = (given) => {
    lock.hidden = true;
    write(verdict, asked.reveal(given));
  };
  const key = scene.options ? "answer" : "given";
  lock.addEventListener("click", () => {
    const given = asked.given();
    reveal(given);
    verdict.focus(); // or the focus goes with the button, and a keyboard begins anew
    model.set(key, given);
    model.save_changes();
  }, { signal });
  const before = model.get(key);
  if (scene.options ? before >= 0 : before) reveal(before);
  return () => {};
}

/**
 * Options of which one is chosen.
 * @param {Quiz} scene
 * @param {HTMLButtonElement} lock
 * @param {AbortSignal} signal
 */
function optionsOf(scene, lock, signal) {
  const group = `ck-quiz-${(quizzes += 1)}`;
  const rows = scene.options.map(({ text, why }, i) => {
    const radio = h("input", { type: "radio", name: group, value: i });
    const note = h("span", { class: "ck-why", hidden: true });
    return {
      radio,
      note,
      why,
      node: h("div", { class: "ck-option" }, h("label", {}, radio, h("span", {}, text)), note),
    };
  });
  rows.forEach(({ radio }) =>
    radio.addEventListener("change", () => {
      lock.disabled = false;
    }, { signal })
  );
  return {
    nodes: rows.map(({ node }) => node),
    given: () => rows.findIndex(({ radio }) => radio.checked),
    reveal(chosen) {
      rows.forEach(({ radio, note, why, node }, i) => {
        radio.disabled = true;
        radio.checked = i === chosen;
        write(note, `${i === scene.answer ? "✓ Right." : "✗ No."} ${why}`);
        note.hidden = false;
        node.classList.add(i === scene.answer ? "ck-right" : "ck-wrong");
      });
      return chosen === scene.answer
        ? "Your prediction was right."
        : `You predicted “${scene.options[chosen].text}”; it is “${scene.options[scene.answer].text}”.`;
    },
  };
}

/**
 * A field for a number; each number that a misconception leads to has its own answer.
 * @param {Quiz} scene
 * @param {HTMLButtonElement} lock
 * @param {AbortSignal} signal
 */
function numberOf(scene, lock, signal) {
  const field = h("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": "Your number",
  });
  const note = h("p", { class: "ck-note" });
  field.addEventListener("input", () => {
    lock.disabled = parse(field.value) === null;
    write(
      note,
      lock.disabled && field.value.trim() ? "A number, please: 5, −0.5, 1/2, 2^18 or 262,144." : "",
    );
  }, { signal });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !lock.disabled) lock.click();
  }, { signal });
  const same = (x, y) => Math.abs(x - y) <= 1e-3 * Math.max(Math.abs(y), 1e-6);
  return {
    nodes: [field, note],
    given: () => field.value.trim(),
    reveal(given) {
      const value = parse(given), right = same(value, scene.number);
      const wrong = scene.wrong.find(([x]) => same(value, x));
      field.value = given;
      field.disabled = true;
      write(note, right ? `✓ Right. ${scene.why}` : `✗ ${wrong ? wrong[1] : scene.otherwise}`);
      return right
        ? "Your prediction was right."
        : `You predicted ${number(value)}; it is ${number(scene.number)}. ${scene.why}`;
    },
  };
}
