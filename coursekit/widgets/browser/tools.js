// Tools over a picture: zoom, pan, full screen, copies.

/**
 * The picture as a file of its own: light colours, its style within it.
 * @param {SVGSVGElement} svg
 */
function standalone(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const [x, y, width, height] = svg.getAttribute("viewBox").split(" ");
  copy.removeAttribute("style");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.prepend(g("style", {}, PICTURE_CSS), g("rect", { class: "ground", x, y, width, height }));
  return new XMLSerializer().serializeToString(copy);
}

/**
 * An SVG's text as a PNG, three pixels for one.
 * @param {string} text
 * @returns {Promise<Blob>}
 */
async function asPng(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * 3, height: image.height * 3 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/**
 * Into the clipboard; where a page may not, into a file. Returns what to say.
 * @param {"SVG" | "PNG"} form
 * @param {SVGSVGElement} svg
 */
async function copyAs(form, svg) {
  const text = standalone(svg);
  const blob = form === "PNG" ? await asPng(text) : new Blob([text], { type: "image/svg+xml" });
  try {
    if (form === "PNG") await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    else await navigator.clipboard.writeText(text);
    return `Copied as ${form}.`;
  } catch {
    const link = h("a", { href: URL.createObjectURL(blob), download: `picture.${form.toLowerCase()}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return `Saved as picture.${form.toLowerCase()}: this page may not use the clipboard.`;
  }
}

/**
 * The tools, above a picture that scrolls.
 * @param {HTMLElement} view
 * @param {HTMLElement} canvas
 * @param {AbortSignal} signal
 */
function tools(view, canvas, signal) {
  const svg = canvas.querySelector("svg"), said = h("span", { class: "ck-said", role: "status" });
  const node = h(
    "div",
    { class: "ck-tools" },
    button("out", "Zoom out"),
    button("whole", "Whole picture", "1:1"),
    button("in", "Zoom in"),
    button("full", "Full screen"),
    button("SVG", "Copy as SVG", "SVG"),
    button("PNG", "Copy as PNG", "PNG"),
    said,
  );
  let zoom = 1;
  const show = (next) => {
    const wide = svg.getBoundingClientRect().width / zoom; // as it is without zoom
    zoom = Math.max(0.5, Math.min(8, next));
    svg.style.width = zoom === 1 ? "" : `${wide * zoom}px`;
    canvas.classList.toggle("ck-zoomed", zoom !== 1);
  };
  const go = {
    out: () => show(zoom / 1.25),
    in: () => show(zoom * 1.25),
    whole: () => show(1),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen()),
    SVG: async () => write(said, await copyAs("SVG", svg)),
    PNG: async () => write(said, await copyAs("PNG", svg)),
  };
  node.addEventListener("click", (event) => go[event.target.closest("[data-do]")?.dataset.do]?.(), {
    signal,
  });
  canvas.addEventListener("keydown", ({ key }) => ({ "+": go.in, "-": go.out, 0: go.whole })[key]?.(), {
    signal,
  });
  canvas.addEventListener("pointermove", (event) => { // drag to pan
    if (zoom === 1 || event.buttons !== 1) return;
    canvas.scrollLeft -= event.movementX;
    canvas.scrollTop -= event.movementY;
  }, { signal });
  return node;
}
