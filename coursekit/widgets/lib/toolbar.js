// Tools above a picture: zoom, pan, full screen and copy.

import { button, h, setAttributes, setText, svg } from "./dom.js";

const LOOKS = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "paint-order",
  "font-size",
  "font-weight",
  "text-anchor",
];

/** The picture as a standalone SVG file for any program, with the colours that it has now as attributes. */
function standalone(root) {
  const copy = root.cloneNode(true), marks = "circle, rect, path, polygon, text, tspan";
  const [x, y, width, height] = root.getAttribute("viewBox").split(" ");
  const copies = copy.querySelectorAll(marks);
  root.querySelectorAll(marks).forEach((mark, i) => {
    const look = getComputedStyle(mark);
    for (const name of LOOKS) copies[i].setAttribute(name, look.getPropertyValue(name).replaceAll("px", ""));
    copies[i].removeAttribute("style");
  });
  copy.removeAttribute("style");
  const fill = getComputedStyle(root).getPropertyValue("--paper").trim();
  setAttributes(copy, { width, height, "font-family": "'DejaVu Sans', Verdana, sans-serif" });
  copy.prepend(svg("rect", { x, y, width, height, fill }));
  return new XMLSerializer().serializeToString(copy);
}

/** Convert an SVG to a PNG at three times its size. */
async function asPng(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * 3, height: image.height * 3 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Copy the picture, or save it if the page may not use the clipboard; return a sentence that says which. */
async function copyAs(format, root) {
  const text = standalone(root);
  const blob = format === "PNG" ? await asPng(text) : new Blob([text], { type: "image/svg+xml" });
  try {
    if (format === "PNG") await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    else await navigator.clipboard.writeText(text);
    return `Copied as ${format}.`;
  } catch {
    const link = h("a", { href: URL.createObjectURL(blob), download: `picture.${format.toLowerCase()}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return `Saved as picture.${format.toLowerCase()}, because this page cannot use the clipboard.`;
  }
}

/** The toolbar of a picture in a scrolling canvas.
 * @param {HTMLElement} view @param {HTMLElement} canvas */
export function toolbar(view, canvas) {
  const root = canvas.querySelector("svg"), status = h("span", { class: "ck-status", role: "status" });
  let zoom = 1;
  const zoomTo = (next) => {
    const plainWidth = root.getBoundingClientRect().width / zoom;
    zoom = Math.max(0.5, Math.min(8, next));
    root.style.width = zoom === 1 ? "" : `${plainWidth * zoom}px`;
    canvas.classList.toggle("ck-zoomed", zoom !== 1);
  };
  const zoomOut = () => zoomTo(zoom / 1.25), reset = () => zoomTo(1), zoomIn = () => zoomTo(zoom * 1.25);
  canvas.addEventListener("keydown", ({ key }) => ({ "+": zoomIn, "-": zoomOut, 0: reset })[key]?.());
  canvas.addEventListener("pointermove", (event) => { // drag to pan
    if (zoom === 1 || event.buttons !== 1) return;
    canvas.scrollLeft -= event.movementX;
    canvas.scrollTop -= event.movementY;
  });
  const fullScreen = () => document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen();
  return h(
    "div",
    { class: "ck-tools" },
    button("out", "Zoom out", zoomOut),
    button("1:1", "Reset zoom", reset),
    button("in", "Zoom in", zoomIn),
    button("full", "Full screen", fullScreen),
    button("SVG", "Copy as SVG", async () => setText(status, await copyAs("SVG", root))),
    button("PNG", "Copy as PNG", async () => setText(status, await copyAs("PNG", root))),
    status,
  );
}
