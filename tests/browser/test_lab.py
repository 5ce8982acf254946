"""A lesson in a real JupyterLab: live, with its kernel killed, and opened without a kernel."""

import json
import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from coursekit import Graph, backprop, tanh
from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.render.text import format_number
from tests.support.lessons import DISTRACTORS, RIGHT, release_text
from tests.support.notebooks import exercise_of, nodes
from tests.support.processes import below, kill
from tests.support.server import NOTEBOOKS

LESSON = "05-backpropagation.ipynb"
KERNEL = "ipykernel_launcher"
LONG = 180_000  # ms: enough for a kernel to start and run a whole lesson


def lesson_graph():
    g = Graph()
    w, x = g.parameter("w"), g.input("x")
    h = (w * x).named("h")
    g.loss(tanh(h).named("p") + (h * h).named("q"))
    return g


def press_and_check(page, key):
    """Press a key on w's slider, and compare every adjoint in the picture with Python's result."""
    view = page.locator(".ck-view").filter(has=page.get_by_text("its value"))
    box = page.locator(".jupyter-widgets.widget-vbox").filter(has=view)
    handle = box.get_by_role("slider").first
    handle.focus()
    before = view.locator('[data-vertex="0"] .value').text_content()
    handle.press(key)
    value = view.locator('[data-vertex="0"] .value')
    expect(value).not_to_have_text(before, timeout=LONG)
    lin = lesson_graph().linearize(w=float(value.text_content().replace("−", "-")), x=1.5)
    adjoints = backprop(lin)
    for i, v in enumerate(lin.vertices):
        adjoint = view.locator(f'[data-vertex="{i}"] .adjoint')
        expect(adjoint).to_have_text(format_number(adjoints[v]))


def test_the_lesson_runs_in_jupyterlab_and_survives_its_kernel(lab, page):
    address, _ = lab
    before = set(below(KERNEL))
    page.goto(address.format(LESSON))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=LONG)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    expect(page.get_by_text("ratio: ").last).to_be_attached(timeout=LONG)

    expect(page.locator(".ck-view")).to_have_count(12)
    expect(page.locator(".ck-still:visible")).to_have_count(0)  # a live view hides its still
    press_and_check(page, "ArrowRight")
    press_and_check(page, "ArrowLeft")

    quiz = page.locator(".ck-quiz").first
    quiz.get_by_label("80").check()
    quiz.get_by_text("Lock my answer").click()
    answer = page.locator(".ck-still").filter(has_text="You predicted 80.")  # in the saved output
    expect(answer).to_be_attached(timeout=LONG)

    kill(set(below(KERNEL)) - before)
    dialog = page.get_by_role("dialog").filter(has_text="appears to have died")
    dialog.get_by_role("button", name="Ok").click(timeout=LONG)
    press_and_check(page, "ArrowRight")


VIEWS = """from coursekit import descent, examples, gate, layer, nudge, show_out
from IPython.display import display
g = examples.example()
for view in descent(), gate(), layer(), nudge(g, g.inputs["b"], a=2, b=1), show_out(g, a=2, b=1):
    display(view)"""


@pytest.mark.slow
def test_every_other_view_survives_its_kernel(lab, page):
    address, folder = lab
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(VIEWS)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    (folder / "views.ipynb").write_text(nbformat.writes(notebook))
    before = set(below(KERNEL))
    page.goto(address.format("views.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=LONG)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    expect(page.locator(".ck-view")).to_have_count(5, timeout=LONG)
    expect(page.locator(".ck-bar-row").last).to_be_attached(timeout=LONG)
    kill(set(below(KERNEL)) - before)
    dialog = page.get_by_role("dialog").filter(has_text="appears to have died")
    dialog.get_by_role("button", name="Ok").click(timeout=LONG)

    box = page.locator(".jupyter-widgets.widget-vbox").filter(has=page.locator(".ck-view"))
    moves = {  # view → its slider, the key to press, and the text that should appear
        0: (0, "End", "The loss rose: η is too large"),
        1: (0, "Home", "Nearly shut"),
        2: (1, "Home", "∂ℓ/∂w₁₁ = ∂ℓ/∂z₁ · a₁"),
        3: (1, "End", "2 routes out of b"),
        4: (1, "End", "out(a) = {c}"),
    }
    for view, (slider, key, says) in moves.items():
        one = box.nth(view)
        handle = one.get_by_role("slider").nth(slider)
        handle.focus()
        handle.press(key)
        expect(one.locator(".ck-say").first).to_contain_text(says)
    expect(box.nth(2).get_by_role("button", name="w₁₁")).to_have_text("w₁₁−56")
    expect(box.nth(4).locator('[data-vertex="1"] .value')).to_have_text("3")
    box.nth(2).get_by_role("button", name="w₂₃").click()  # the sliders move, too
    expect(box.nth(2).locator(".widget-readout").nth(1)).to_have_text("2.00")


def test_an_untrusted_lesson_without_a_kernel_shows_its_stills(lab, page):
    address, folder = lab
    notebook = json.loads((NOTEBOOKS / LESSON).read_text())
    notebook["metadata"]["kernelspec"] = {"name": "none", "display_name": "none"}
    (folder / "copy.ipynb").write_text(json.dumps(notebook))
    page.goto(address.format("copy.ipynb"))
    still = page.locator(".ck-still img").first
    still.wait_for(state="attached", timeout=LONG)
    assert still.get_attribute("alt").startswith("Computational graph of ℓ")
    still.scroll_into_view_if_needed()
    assert still.evaluate("image => image.complete && image.naturalWidth") > 100
    assert page.locator("text=Loading widget").count() == 0


@pytest.mark.parametrize("width", [400, 1280])
def test_the_lesson_as_an_html_page_shows_its_stills(browser, tmp_path, width):
    html, _ = HTMLExporter().from_filename(str(NOTEBOOKS / LESSON))
    (tmp_path / "lesson.html").write_text(html)
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.route("http*://**", lambda route: route.abort())  # the page loads MathJax
    page.goto((tmp_path / "lesson.html").as_uri())
    images = page.locator("img")
    assert images.count() >= 11
    for image in images.all():
        assert len(image.get_attribute("alt")) > 20
        assert image.evaluate("image => image.naturalWidth") > 100
    page.close()


def test_a_check_explains_a_mistake_in_jupyterlab(lab, page):
    address, folder = lab
    wrong = next(cell for cell in DISTRACTORS if cell.name == "recursive push")
    notebook = Master.parse(release_text()).node
    for cell in nodes(notebook, Role.ANSWER):
        name = exercise_of(cell)
        cell.source = wrong.source if name == "backprop" else RIGHT[name]
    (folder / "exercise.ipynb").write_text(json.dumps(notebook))
    page.goto(address.format("exercise.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=LONG)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    expect(page.get_by_text("topological_order: 11 of 11 checks")).to_be_attached(timeout=LONG)
    expect(page.get_by_text("∂ℓ/∂x should be 30, but is 42.")).to_be_attached(timeout=LONG)
    expect(page.get_by_text(re.compile("^Hint: Each call passes on"))).to_be_attached()
    picture = page.get_by_role("img", name=re.compile("Marked as wrong: x"))
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.naturalWidth") > 100
