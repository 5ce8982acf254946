"""Time a slider in a real Chromium: ticks, frames while dragging, and key presses to repaints."""

import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

from coursekit import Graph, backprop, explore, sin, tanh
from coursekit.layout.lay_out import Structure, lay_out
from coursekit.render.diagram import diagram_of, numbered_diagram
from coursekit.render.drawing import scene_of
from coursekit.render.svg import live_svg
from coursekit.widgets.view import View
from tests.support.page import write_page
from tests.support.server import chromium

DRAGS, KEYS = 200, 40
DRAG = """async (drags) => {
  const input = document.querySelector(".ck-inputs input");
  const stamps = [];
  for (let k = 0; k < drags; k++) {                 // move the slider once per frame
    input.value = Number(input.min) + (k % 40) * 0.05;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    stamps.push(await new Promise(requestAnimationFrame));
  }
  return stamps;
}"""
LISTEN = """() => {
  window.painted = [];
  document.querySelector(".ck-inputs input").addEventListener("keydown", (event) => {
    requestAnimationFrame(() => requestAnimationFrame(() => {   // after the repaint's frame
      window.painted.push(performance.now() - event.timeStamp);
    }));
  });
}"""


def rungs(k: int) -> Graph:
    """Return a chain of k diamonds of ordinary operations: 3k + 1 vertices."""
    g = Graph()
    x = g.input("x")
    for i in range(k):
        joined = sin(x) + tanh(x)
        x = g.loss(joined) if i == k - 1 else joined
    return g


def tick(graph: Graph) -> float:
    """Return the milliseconds that one slider tick takes in Python: both sweeps and the SVG."""
    times = []
    for k in range(50):
        start = perf_counter()
        lin = graph.linearize(x=0.01 * k)
        live_svg(scene_of(numbered_diagram(lin, backprop(lin))), "")
        times.append(perf_counter() - start)
    return 1e3 * median(times)


def layout_time(graph: Graph) -> float:
    """Return the milliseconds that an uncached layout takes."""
    diagram = diagram_of(graph)
    lay_out.cache_clear()
    start = perf_counter()
    lay_out(Structure(len(diagram.names), diagram.edges))
    return 1e3 * (perf_counter() - start)


def measure(page: Page, view: View, folder: Path) -> tuple[list[float], list[float]]:
    """Return the milliseconds between frames while dragging, and from each key to its repaint."""
    page.goto(write_page(folder / "page.html", view))
    page.locator("body[data-ready=yes]").wait_for(state="attached")
    stamps = page.evaluate(DRAG, DRAGS)
    page.evaluate(LISTEN)
    slider = page.locator(".ck-inputs input").first
    for k in range(KEYS):
        slider.press("ArrowRight" if k % 2 else "ArrowLeft")
    return [b - a for a, b in pairwise(stamps)], page.evaluate("window.painted")


def main() -> None:
    print("median and 95th percentile, in ms")
    print("vertices   tick in Python     between frames               key press to repaint")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page()
        for k in (4, 17, 66):
            graph = rungs(k)
            frames, keys = measure(page, explore(graph, x=1.0), Path(folder))
            numbers = [median(frames), quantiles(frames, n=20)[-1]]
            numbers += [median(keys), quantiles(keys, n=20)[-1]]
            row = "".join(f"{ms:15.1f}" for ms in numbers)
            print(f"{len(graph.vertices):8} {tick(graph):13.2f} {row}")
        browser.close()
    print("vertices   layout (ms)")
    for k in (3, 20, 133):
        graph = rungs(k)
        print(f"{len(graph.vertices):8} {median(layout_time(graph) for _ in range(7)):13.1f}")


if __name__ == "__main__":
    main()
