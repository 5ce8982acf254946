// The marking desk. Every action runs after the previous one has finished and is saved, so that
// fast keys can neither overtake each other nor hit the wrong answer. The server's state is the
// only state: a key sends a wish, and the page shows the reply.
import { show } from "./nodes.js";
import { get, post, Refused } from "./server.js";

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);

let desk; // all questions
let question; // the current one, with its rubric, phrases and groups
let at = 0; // the place of the current group
let mark; // the mark of the current group, as the server has it
let typing = false; // whether the last change was a letter of the comment
let early = null; // the keys that were pressed while a field was about to get the focus
const changes = []; // what undo takes back: { question, group, before }

let last = Promise.resolve();

/** Run an action after all earlier ones. */
function act(action) {
  last = last.then(action).then(() => {}, report);
  return last;
}

function report(error) {
  if (!(error instanceof Refused)) console.error(error);
  $("saved").textContent = "";
  if (question) $("questions").value = question.name;
  $("alert").textContent = error.message || "Something failed: reload the page.";
}

function say(text) {
  $("alert").textContent = "";
  $("saved").textContent = text;
}

// ---- moving

async function start() {
  desk = await get("desk");
  $("questions").replaceChildren(...desk.questions.map(({ name }) => new Option(name)));
  const unfinished = desk.questions.find((one) => one.done < one.answers) ?? desk.questions[0];
  await openQuestion(unfinished.name);
}

async function openQuestion(name, group = "") {
  await flush();
  question = await get(`question/${name}`);
  $("questions").value = name;
  show($("question"), question.text);
  show($("reference"), question.reference);
  $("rubric").textContent = `${question.rubric} A digit gives that many points.`;
  $("rubric").hidden = question.items.length > 0;
  $("digits").textContent = question.items.length
    ? "add an item of the rubric, or take it out again"
    : "that many points";
  drawItems();
  drawPhrases();
  const unmarked = question.groups.findIndex((one) => !one.marked);
  const place = group ? question.groups.findIndex((one) => one.id === group) : unmarked;
  await open(Math.max(place, 0));
}

async function open(place) {
  await flush();
  const group = question.groups[place];
  const answer = await get(`answer/${question.name}/${group.id}`);
  at = place;
  typing = false;
  show($("content"), answer.content);
  $("source").textContent = answer.source;
  const copies = group.size > 1 ? `${group.size} equal answers` : "";
  $("place").textContent = `Answer ${at + 1} of ${question.groups.length}`;
  $("equal").textContent = copies;
  accept(answer);
  $("comment").value = mark.comment;
  globalThis.scrollTo(0, 0);
  const equal = copies && ` (${copies})`;
  say(`${$("place").textContent}${equal}: ${mark.marked ? pointsText(mark) : "not marked"}.`);
}

async function move(step) {
  const place = at + step;
  if (question.groups[place]) await open(place);
  else say(step > 0 ? "This is the last answer." : "This is the first answer.");
}

async function openUnmarked() {
  const { groups } = question;
  const order = [...groups.keys()].map((k) => (at + 1 + k) % groups.length);
  const place = order.find((k) => !groups[k].marked);
  if (place !== undefined) await open(place);
  else if (desk.questions.length > 1) {
    say("All answers to this question are marked. Q opens the next question.");
  } else say("All answers are marked.");
}

async function nextQuestion() {
  const place = desk.questions.findIndex((one) => one.name === question.name);
  await openQuestion(desk.questions[(place + 1) % desk.questions.length].name);
}

// ---- showing

/** Take over the server's state of the current group. */
function accept(state) {
  mark = state;
  question.groups[at].marked = state.marked;
  $("progress").textContent = `${state.done} of ${state.answers} marked`;
  $("bar").value = state.done / state.answers;
  document.title = `${state.done} of ${state.answers}: ${question.name}`;
  $("points").textContent = pointsText(state);
  $("points").classList.toggle("none", state.points === "");
  $("typed").value = "";
  for (const button of $("items").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(state.items.includes(Number(button.dataset.item))));
  }
  const who = state.number && state.marker !== desk.marker
    ? state.marker ? `Marked by ${state.marker}.` : "Marked in words.csv."
    : "";
  const different = state.different
    ? "These equal answers have different marks. Your next mark replaces them all."
    : "";
  $("notice").textContent = [who, different].filter(Boolean).join(" ");
  $("notice").hidden = !$("notice").textContent;
}

const pointsText = ({ points }) => `${points || "–"} of ${question.max}`;

function drawItems() {
  $("items").replaceChildren(...question.items.map((item, k) => {
    const row = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.dataset.item = String(k + 1);
    button.append(key(k < 9 ? String(k + 1) : ""), span(item.text, "text"), span(`+${item.points}`, "worth"));
    button.addEventListener("click", () => act(() => digit(k + 1)));
    row.append(button);
    return row;
  }));
}

function drawPhrases() {
  $("phrases").replaceChildren(...question.phrases.map((phrase, k) => {
    const row = document.createElement("li");
    const use = document.createElement("button"), forget = document.createElement("button");
    use.type = forget.type = "button";
    use.append(key(`⇧${letter(k)}`), span(phrase, "text"));
    use.addEventListener("click", () => act(() => reuse(k)));
    forget.textContent = "×";
    forget.className = "forget";
    forget.ariaLabel = `Forget: ${phrase}`;
    forget.addEventListener("click", () => act(() => keep(question.phrases.filter((one) => one !== phrase))));
    row.append(use, forget);
    return row;
  }));
}

const letter = (k) => String.fromCharCode(65 + k);

function span(text, kind) {
  const element = document.createElement("span");
  element.className = kind;
  element.dir = "auto";
  element.textContent = text;
  return element;
}

function key(text) {
  const element = document.createElement("kbd");
  element.textContent = text;
  return element;
}

// ---- marking

/** Save a change of the current mark; another person's newer mark is shown first. */
async function save(change, { keepUndo = true, continues = false, typed = false } = {}) {
  const group = question.groups[at].id;
  const before = { points: mark.points, comment: mark.comment, items: mark.items };
  const wish = { ...before, ...change };
  let { number } = mark;
  for (;;) {
    try {
      accept(await post(`mark/${question.name}/${group}`, { ...wish, number, typing: continues }));
      break;
    } catch (refused) {
      const error = /** @type {any} */ (refused);
      if (error.status !== 409) throw error;
      number = error.state.number;
      if (!await replaceTheirs(error.state, wish)) {
        accept(error.state);
        $("comment").value = mark.comment;
        typing = false;
        say("Their mark stays.");
        return;
      }
    }
  }
  typing = continues;
  if (keepUndo && !continues) changes.push({ question: question.name, group, before });
  if ("comment" in change && !typed) $("comment").value = mark.comment;
  say(mark.points === "" ? "Saved without points." : `Saved: ${pointsText(mark)}.`);
}

/** Ask which of two marks counts; resolve to whether it is ours. */
function replaceTheirs(theirs, ours) {
  const text = ({ points, comment }) =>
    (points === "" ? "no points" : pointsText({ points })) + (comment ? `, “${comment}”` : "");
  $("theirs").textContent = `${theirs.marker || "words.csv"}: ${text(theirs)}`;
  $("yours").textContent = `Yours: ${text(ours)}`;
  $("conflict").showModal();
  return new Promise((resolve) => {
    $("conflict").addEventListener("close", () => resolve($("conflict").returnValue === "replace"), {
      once: true,
    });
    $("conflict").returnValue = "";
  });
}

const points = () => Number(mark.points || 0);
const within = (number) => String(Math.min(Math.max(number, 0), question.max));

async function digit(n) {
  if (!question.items.length) return await save({ points: String(n), items: [] });
  const item = question.items[n - 1];
  if (!item) return say(`The rubric has ${question.items.length} items.`);
  const taken = mark.items.includes(n);
  const items = taken ? mark.items.filter((one) => one !== n) : [...mark.items, n].sort((a, b) => a - b);
  await save({ points: within(points() + (taken ? -item.points : item.points)), items });
}

const zero = () => save({ points: "0", items: [] });
const full = () => save({ points: String(question.max), items: question.items.map((_, k) => k + 1) });
const add = (step) => save({ points: within(points() + step) });
const remove = () => save({ points: "", comment: "", items: [] });

async function saveTyped() {
  const text = $("typed").value.trim();
  if (text) await save({ points: text });
  leave();
}

/** Save a comment that was refused or could not be sent, or stay here. */
async function flush() {
  if (mark && $("comment").value.trim() !== mark.comment) await saveComment();
}

/** Save the comment as it stands, in the mark that it belongs to. */
async function saveComment() {
  const comment = $("comment").value;
  if (comment.trim() !== mark.comment) await save({ comment }, { continues: typing, typed: true });
  typing = true;
}

async function reuse(k) {
  const phrase = question.phrases[k];
  if (!phrase) return say(`No comment has the letter ${letter(k)} yet: K keeps the one below.`);
  const parts = mark.comment.includes(phrase)
    ? mark.comment.replace(phrase, "").replace(/ {2,}/g, " ").trim()
    : `${mark.comment} ${phrase}`.trim();
  await save({ comment: parts });
}

async function keep(phrases) {
  const { length } = question.phrases;
  question.phrases = (await post(`question/${question.name}/phrases`, { phrases })).phrases;
  drawPhrases();
  const added = question.phrases.length - length;
  say(
    added > 0 ? `Kept: Shift+${letter(length)} adds it.` : added < 0 ? "Forgotten." : "It is kept already.",
  );
}

const keepComment = () =>
  mark.comment
    ? keep([...question.phrases, mark.comment])
    : say("There is no comment to keep: C writes one.");

async function undo() {
  const change = changes.pop();
  if (!change) return say("There is nothing to undo.");
  if (change.question !== question.name) await openQuestion(change.question, change.group);
  else if (change.group !== question.groups[at].id) {
    await open(question.groups.findIndex((one) => one.id === change.group));
  }
  await save(change.before, { keepUndo: false });
  say(`Undone: ${pointsText(mark)}.`);
}

// ---- keys

function leave() {
  $("answer").focus({ preventScroll: true });
}

/** Go to a field once the answer that it belongs to is there, then do what was typed meanwhile. */
function enter(field) {
  early = [];
  act(() => {
    const keys = early;
    early = null;
    $(field).focus();
    keys.forEach(replay);
  });
}

/** Do what a key does where the focus is; a browser types nothing for a key that a program sends. */
function replay(event) {
  if (early) return early.push(event);
  const field = /** @type {any} */ (document.activeElement);
  const isCommand = event.ctrlKey || event.metaKey || !field.matches("textarea, input");
  const letter = event.key === "Enter" && field.matches("textarea") ? "\n" : event.key;
  if (!isCommand && letter.length === 1) field.value += letter;
  else if (!isCommand && letter === "Backspace") field.value = field.value.slice(0, -1);
  else return field.dispatchEvent(new KeyboardEvent("keydown", event));
  field.dispatchEvent(new Event("input"));
}

function toggleSource() {
  $("source").hidden = !$("source").hidden;
  $("content").hidden = !$("source").hidden;
}

const KEYS = {
  n: () => act(() => move(1)),
  ArrowRight: () => act(() => move(1)),
  p: () => act(() => move(-1)),
  ArrowLeft: () => act(() => move(-1)),
  j: () => act(openUnmarked),
  Enter: () => act(openUnmarked),
  q: () => act(nextQuestion),
  f: () => act(full),
  "+": () => act(() => add(0.5)),
  "=": () => act(() => add(0.5)),
  "-": () => act(() => add(-0.5)),
  "−": () => act(() => add(-0.5)),
  u: () => act(undo),
  k: () => act(keepComment),
  Delete: () => act(remove),
  c: () => enter("comment"),
  t: () => enter("typed"),
  v: () => $("asked").open = !$("asked").open,
  s: toggleSource,
  z: () => $("content").tabIndex = $("content").classList.toggle("zoomed") ? 0 : -1,
  "?": () => $("keys").showModal(),
};

/** Return what a key stands for; on a keyboard without Latin letters, its place counts. */
function nameOf(event) {
  const placed = /^Key([A-Z])$/.exec(event.code);
  if (placed && !/^[\x20-\x7e]$/.test(event.key)) {
    return event.shiftKey ? placed[1] : placed[1].toLowerCase();
  }
  if (event.key.length > 1) return event.key;
  return event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase(); // whatever Caps Lock says
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if ($("keys").open || $("conflict").open || !question) return;
  if (target instanceof HTMLElement && target.matches("textarea, input, select")) return;
  if (early) {
    early.push(event);
    return event.preventDefault();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const onButton = target instanceof HTMLElement && target.matches("button, summary");
  const name = nameOf(event);
  if (onButton && ["Enter", " "].includes(name)) return;
  if (/^[0-9]$/.test(name)) act(() => name === "0" ? zero() : digit(Number(name)));
  else if (event.shiftKey && /^[A-Z]$/.test(name)) act(() => reuse(name.charCodeAt(0) - 65));
  else if (Object.hasOwn(KEYS, name)) KEYS[name]();
  else return;
  event.preventDefault();
});

$("comment").addEventListener("input", () => act(saveComment));
$("comment").addEventListener("keydown", (event) => {
  if (event.key === "Escape") leave();
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  leave();
  act(openUnmarked);
});
$("typed").addEventListener("keydown", (event) => {
  if (event.key === "Escape") leave();
  if (event.key === "Enter") act(saveTyped);
});
$("questions").addEventListener("change", () => {
  act(() => openQuestion($("questions").value));
  leave();
});
for (
  const [id, action] of Object.entries({
    previous: KEYS.p,
    next: KEYS.n,
    unmarked: KEYS.j,
    help: KEYS["?"],
    full: KEYS.f,
    more: KEYS["+"],
    less: KEYS["-"],
    zero: () => act(zero),
    keep: KEYS.k,
    undo: KEYS.u,
    remove: KEYS.Delete,
    close: () => $("keys").close(),
    accept: () => $("conflict").close(""),
    replace: () => $("conflict").close("replace"),
  })
) $(id).addEventListener("click", action);

act(start);
