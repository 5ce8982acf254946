"""Slider tick, key to painted frame, frames while dragging, in a real Chromium: `make bench`."""

import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

from coursekit import Graph, backprop, explore, sin, tanh
from coursekit.render.diagram import diagram
from coursekit.render.layout import layout
from coursekit.render.picture import numbers
from coursekit.render.svg import svg
from coursekit.widgets.view import Shown
from tests.browser.page import write_page
from tests.browser.server import chromium

DRAGS = 200
MEASURE = """async (drags) => {
  const input = document.querySelector(".ck-inputs input");
  const frame = () => new Promise(requestAnimationFrame);
  const stamps = [], late = [];
  for (let k = 0; k < drags; k++) {
    const start = performance.now();
    input.value = Number(input.min) + (k % 40) * 0.05;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();                                  // the view paints in this frame
    stamps.push(await frame());
    late.push(performance.now() - start);
  }
  return [stamps, late];
}"""


def rungs(k: int) -> Graph:
    """Return k diamonds of real operations: 3k + 1 vertices."""
    g = Graph()
    x = g.input("x")
    for i in range(k):
        joined = sin(x) + tanh(x)
        x = g.loss(joined) if i == k - 1 else joined
    return g


def tick(graph: Graph) -> float:
    """Return the milliseconds of one slider tick in Python: sweep, and the SVG filled in."""
    times = []
    for k in range(50):
        start = perf_counter()
        lin = graph.linearize(x=0.01 * k)
        drawn = diagram(lin)
        svg(drawn, layout(len(drawn.names), drawn.edges), numbers(lin, backprop(lin)))
        times.append(perf_counter() - start)
    return 1e3 * median(times)


def drag(page: Page, shown: Shown, folder: Path) -> tuple[list[float], list[float]]:
    page.goto(write_page(folder / "page.html", shown))
    page.locator("body[data-ready=yes]").wait_for(state="attached")
    stamps, late = page.evaluate(MEASURE, DRAGS)
    return [b - a for a, b in pairwise(stamps)], late


def main() -> None:
    print(f"{'vertices':>8} {'tick, Python':>13} {'input to the frame after: median, 95 %':>40}"
          f" {'two frames: median, 95 %':>26}   (ms)")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page()
        for k in (4, 17, 66):
            graph = rungs(k)
            apart, late = drag(page, explore(graph, x=1.0), Path(folder))
            print(f"{len(graph.vertices):8} {tick(graph):13.2f}"
                  f" {median(late):31.1f} {quantiles(late, n=20)[-1]:8.1f}"
                  f" {median(apart):17.1f} {quantiles(apart, n=20)[-1]:8.1f}")  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main()
