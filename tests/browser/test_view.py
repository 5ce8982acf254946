"""Views in a real Chromium, on a page without a kernel."""

import re
from datetime import datetime, timedelta
from functools import partial
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from coursekit import (
    Graph,
    GraphError,
    album,
    animate,
    backprop,
    deepen,
    descent,
    explore,
    gate,
    layer,
    linearization,
    nudge,
    order_game,
    path_sum,
    predict,
    quiz,
    show_out,
    walk_paths,
)
from coursekit.examples import example, kite, layered, skip
from coursekit.render.text import format_number
from tests.support.page import write_page
from tests.support.views import every_kind, push

STEP_TIME = 900  # milliseconds at speed 1, as in widgets/lib/graph_view.js
REL = 1e-9  # the browser's exp and tanh may differ from ours in the last bits


@pytest.fixture
def show(page, tmp_path):
    """Return a function that opens views in a page and returns the page."""

    def show(*views, dark=False, width=1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(write_page(tmp_path / "page.html", *views))
        expect(page.locator("body[data-ready=yes]")).to_be_attached()
        return page

    return show


def numbers_of(page, kind):
    return page.locator(f".ck-graph .vertex .{kind}").all_text_contents()


def test_an_arrow_key_on_a_slider_moves_every_number(show):
    page = show(explore(example(), a=2.0, b=1.0))
    slider = page.get_by_label("b", exact=True)
    slider.focus()
    slider.press("ArrowRight")
    b = float(slider.input_value())
    assert b != 1.0
    lin = example().linearize(a=2.0, b=b)
    adjoints = backprop(lin)
    expect(page.locator('[data-vertex="1"] .adjoint')).to_have_text(
        format_number(adjoints[lin.vertices[1]])
    )
    assert numbers_of(page, "value") == [format_number(lin.values[v]) for v in lin.vertices]
    assert numbers_of(page, "adjoint") == [format_number(adjoints[v]) for v in lin.vertices]


def test_paths_are_highlighted_one_by_one_and_added_up(show):
    page = show(explore(example(), a=2.0, b=1.0))
    card = page.get_by_label("Sum over paths")
    card.get_by_label("Paths from").select_option("b")
    expect(card.locator(".ck-say")).to_have_text("b → c → ℓ: 1 × 2 = 2. Sum so far 2.")
    # the sentence is the same before the choice; the edges change with the next frame
    expect(page.locator(".edge.lit")).to_have_count(2)
    card.get_by_label("Step forward").click()
    expect(card.locator(".ck-say")).to_have_text("b → d → ℓ: 1 × 3 = 3. Sum so far 5.")
    expect(card.locator(".ck-count")).to_have_text("Path 2 of 2. Partials read: 4.")
    assert numbers_of(page, "adjoint") == ["–", "5", "–", "–", "–"]


def test_the_sweep_goes_step_by_step_with_dashes_for_unknown_adjoints(show):
    page = show(explore(kite()))
    card = page.get_by_label("Backpropagation")
    card.get_by_label("First step").click()
    expect(card.locator(".ck-say")).to_have_text("∂ℓ/∂ℓ = 1; nothing else is known.")
    assert numbers_of(page, "adjoint") == ["–", "–", "–", "–", "1"]
    for _ in range(4):
        card.get_by_label("Step forward").click()
    expect(card.locator(".ck-say")).to_contain_text("2 + 1 × 3 = 5")
    assert numbers_of(page, "adjoint") == ["–", "5", "1", "1", "1"]
    expect(card.locator(".ck-count")).to_have_text("Partials read: 4 of 5, each once.")


@pytest.fixture
def clock(page):
    """The page's clock, frozen until a test advances it, so that a busy machine skips no step."""
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(hours=1))
    return page.clock


def test_play_starts_and_pause_stops(show, clock):
    page = show(explore(kite()))
    card = page.get_by_label("Backpropagation")
    card.get_by_label("First step").click()
    card.get_by_label("Play").click()
    expect(card.get_by_label("Pause")).to_be_visible()
    clock.run_for(2.5 * STEP_TIME)
    expect(card.locator(".ck-count")).to_contain_text("read: 2 of 5")
    card.get_by_label("Pause").click()
    expect(card.get_by_label("Play")).to_be_visible()
    clock.run_for(10 * STEP_TIME)
    expect(card.locator(".ck-count")).to_contain_text("read: 2 of 5")


def test_the_line_of_code_is_marked_at_each_read(show):
    page = show(animate(backprop, kite()))
    page.get_by_label("Step forward").click()
    expect(page.locator(".ck-code .now")).to_have_text(re.compile(r"adjoints\[v\] \+="))


def test_a_vertex_that_was_too_early_turns_red_and_stays_red(show):
    page = show(animate({"wrong": lambda lin: push(lin, ["l", "h", "m", "x"])}, skip()))
    for _ in range(3):
        page.get_by_label("Step forward").click()
    red = page.locator('.vertex.wrong[data-vertex="1"]')
    expect(red).to_be_attached()
    page.get_by_label("Step forward").click()
    expect(red).to_be_attached()
    expect(page.locator(".ck-say")).to_contain_text("It returns x 3")


def test_a_menu_chooses_the_algorithm(show):
    page = show(animate({"one": backprop, "two": partial(path_sum, w="x")}, kite()))
    page.get_by_label("Algorithm").last.select_option("two")
    expect(page.locator(".ck-code")).to_contain_text("for path in paths")
    expect(page.locator(".ck-count")).to_have_text("Read 0 of 6.")


def test_the_order_game_is_played_by_keyboard(show):
    page = show(order_game(kite()))

    def choose(name, key="Enter"):
        page.get_by_role("button", name=re.compile(f"^{name},")).press(key)

    choose("x")
    expect(page.locator(".ck-say")).to_contain_text("Not yet: ∂ℓ/∂x needs the adjoint of h")
    for name, key in (("q", " "), ("p", "Enter"), ("h", "Enter"), ("x", "Enter")):
        choose(name, key)
    expect(page.locator(".ck-say")).to_contain_text("in the order ℓ, q, p, h, x, a reverse")
    expect(page.locator(".ck-say")).to_contain_text("At 1 step, more than one choice was right")
    assert numbers_of(page, "adjoint") == ["30", "5", "1", "1", "1"]
    page.get_by_text("Start again").click()
    assert numbers_of(page, "adjoint") == ["–", "–", "–", "–", "1"]


def test_an_album_shows_each_page_with_its_meters(show):
    page = show(every_kind()["album"])
    slider = page.get_by_label("k", exact=True)
    expect(page.locator(".ck-graph circle")).to_have_count(4)
    slider.focus()
    slider.press("End")
    expect(page.locator(".ck-amount").first).to_have_text("20")
    expect(page.locator(".ck-graph circle")).to_have_count(16)


def test_a_quiz_locks_before_it_reveals(show):
    page = show(every_kind()["quiz"])
    lock = page.get_by_text("Lock my answer")
    expect(lock).to_be_disabled()
    expect(page.get_by_text("Yes.")).to_be_hidden()
    page.get_by_label("one").check()
    lock.press("Enter")
    expect(page.get_by_text("✓ Right. Yes.")).to_be_visible()
    expect(page.get_by_text("You predicted “one”; the answer is “two”.")).to_be_focused()
    expect(page.get_by_text("✗ No. No.")).to_be_visible()
    expect(page.get_by_label("two")).to_be_disabled()
    assert page.evaluate("document.querySelector('.ck-view[data-scene]').state.answer") == "one"


@pytest.mark.parametrize(
    ("typed", "explanation"),
    [("5.000", "✓ Right. Both routes"), ("4/2", "✗ One route of two."), ("7", "✗ Add over out(b)")],
)
def test_a_typed_number_is_locked_and_explained(show, typed, explanation):
    page = show(every_kind()["predict"])
    field, lock = page.get_by_label("Your number"), page.get_by_text("Lock my answer")
    field.fill("many")
    expect(lock).to_be_disabled()
    expect(page.get_by_text("Enter a number")).to_be_visible()
    field.fill(typed)
    expect(page.get_by_text("Both routes add up.")).to_be_hidden()
    field.press("Enter")
    expect(page.locator(".ck-note")).to_contain_text(explanation)
    expect(field).to_be_disabled()
    assert page.evaluate("document.querySelector('.ck-view[data-scene]').state.answer") == typed


HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\n\u202e' + "long " * 2000


def test_hostile_text_stays_text_in_every_view(show):
    lin = linearization({("a", HOSTILE): 2, (HOSTILE, "l"): 3}, loss="l")
    meters = {HOSTILE: lambda lin: len(lin.edges)}
    page = show(
        explore(lin),
        walk_paths(lin),
        order_game(lin),
        show_out(lin),
        animate({HOSTILE: backprop}, lin),
        album(lambda _: lin, 1, 2, label=HOSTILE, meters=meters),
        quiz(HOSTILE, {HOSTILE: HOSTILE, "no": "No."}, answer="no"),
        predict(HOSTILE, answer=1, why=HOSTILE, wrong={2: HOSTILE}, otherwise=HOSTILE),
    )
    expect(page.locator(".ck-view[data-scene]")).to_have_count(8)
    assert page.locator("img, .ck-view script").count() == 0
    for lock in page.get_by_text("Lock my answer").all():
        page.get_by_label("no", exact=True).check()
        page.get_by_label("Your number").fill("2")
        lock.click()
    assert page.locator("img, .ck-view script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_screen_reader_announces_each_step(show):
    page = show(explore(example(), a=2.0, b=1.0))
    live = page.locator(".ck-live")
    expect(live).to_contain_text("Every adjoint is known: ∂ℓ/∂a = 2, ∂ℓ/∂b = 5.")
    page.get_by_label("Backpropagation").get_by_label("Step back").click()
    expect(live).to_contain_text("∂ℓ/∂a = 2 × 1 = 2, along the edge a → c.")


def test_reduced_motion_stops_transitions(show):
    page = show(nudge(g := example(), g.inputs["b"], a=2.0, b=1.0), explore(kite()))
    duration = "() => getComputedStyle(document.querySelector('.ck-fill')).transitionDuration"
    assert page.evaluate(duration) == "0s"  # the page fixture asks for reduced motion
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(duration) == "0.15s"


def test_a_saved_view_works_without_a_network_or_a_kernel(browser, tmp_path):
    explore(example(), a=2.0, b=1.0).save(tmp_path / "view.html")
    gate("tanh").save(tmp_path / "gate.html")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "view.html").as_uri())
    page.get_by_label("b", exact=True).press("ArrowRight")
    expect(page.locator('[data-vertex="1"] .value')).to_have_text("1.1")
    expect(page.locator('[data-vertex="1"] .adjoint')).to_have_text("5.2")
    page.goto((tmp_path / "gate.html").as_uri())
    page.get_by_label("z", exact=True).press("End")
    expect(page.locator(".ck-say")).to_contain_text("Nearly shut")
    context.close()
    with pytest.raises(GraphError, match=r"view\.pdf: save a view as \.html"):
        gate().save(tmp_path / "view.pdf")


def test_a_hostile_name_stays_text(show):
    g = Graph()
    name = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    g.loss(g.input(name) * 2)
    page = show(explore(g, **{name: 1.0}))
    assert page.locator("img, .ck-view script").count() == 0
    expect(page.locator(".ck-say").first).to_contain_text("<img src=x")


@pytest.mark.parametrize(
    ("width", "dark"),  # 400: a narrow JupyterLab cell; 640: 1280 at 200 % zoom
    [
        (300, False),
        (1280, True),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in product((300, 400, 640, 1280), (False, True))
            if each not in [(300, False), (1280, True)]
        ),
    ],
)
def test_axe_finds_no_violation_and_nothing_overflows(show, dark, width):
    page = show(*every_kind().values(), dark=dark, width=width)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


FOCUS = """() => {
    const e = document.activeElement, style = getComputedStyle(e.matches("g") ? e.querySelector("circle") : e);
    const visible = e.matches("g") ? parseFloat(style.strokeWidth) > 3 : style.outlineStyle !== "none";
    return [e.getAttribute("aria-label") ?? e.tagName, visible];
}"""  # noqa: E501  # JavaScript


def test_every_control_can_be_reached_by_tab_with_a_visible_focus(show):
    page = show(explore(example(), a=2.0, b=1.0))
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, visible = page.evaluate(FOCUS)
        if name == "BODY":
            break
        assert visible, name
        names.append(name)
    tools = ["Zoom out", "Reset zoom", "Zoom in", "Full screen", "Copy as SVG", "Copy as PNG"]
    picture = ["Picture; scrolls sideways", "Inspect a"]
    assert names[:11] == ["a", "b", *tools, *picture, "Paths from"]
    assert names.count("Play") == names.count("Step") == names.count("Speed") == 2


REACHABLE = """() => [...document.querySelectorAll(
    ".ck-view :is(button, select, input, [tabindex='0'])")].filter((e) =>
    e.checkVisibility() && !e.disabled && e.tabIndex >= 0).length"""


@pytest.mark.parametrize(
    "kind",
    [
        kind if kind in ("explore", "quiz", "gate") else pytest.param(kind, marks=pytest.mark.slow)
        for kind in every_kind()
    ],
)
def test_every_control_of_every_view_can_be_reached_by_tab(show, kind):
    page = show(every_kind()[kind])
    controls = page.evaluate(REACHABLE) - (kind == "quiz")  # radio buttons are one Tab stop
    stops = 0
    while True:
        page.keyboard.press("Tab")
        name, visible = page.evaluate(FOCUS)
        if name == "BODY":
            break
        assert visible, name
        stops += 1
        assert stops <= controls
    assert stops == controls > 0


def test_the_inspector_explains_a_vertex(show):
    page = show(explore(example(), a=2.0, b=1.0))
    page.locator('[data-vertex="2"]').click()
    panel = page.locator(".ck-details")
    expect(panel).to_contain_text("c = a + b = 2 + 1 = 3")
    expect(panel).to_contain_text("∂ℓ/∂c = ∂ℓ/∂ℓ · ∂ℓ/∂c = 1 × 2 = 2")
    page.locator('[data-vertex="2"]').focus()
    page.keyboard.press("ArrowLeft")  # to b, the previous vertex in topological order
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("∂ℓ/∂b = ∂ℓ/∂c · ∂c/∂b + ∂ℓ/∂d · ∂d/∂b = 2 × 1 + 3 × 1 = 5")
    expect(page.locator('[data-vertex="1"].picked')).to_have_count(1)


def test_a_nudge_compares_the_change_with_the_prediction(show):
    page = show(explore(example(), a=2.0, b=1.0))
    page.locator('[data-vertex="1"]').click()
    effect = page.locator(".ck-details [role=status]")
    expect(effect).to_have_text("ℓ changes by 0.51; ∂ℓ/∂b × 0.1 predicts 0.5, off by 0.01.")
    page.get_by_label("nudge b by").press("End")
    expect(effect).to_have_text("ℓ changes by 6; ∂ℓ/∂b × 1 predicts 5, off by 1.")
    page.locator('[data-vertex="2"]').click()
    expect(page.get_by_label("nudge b by")).to_be_hidden()


def test_the_picture_zooms_by_buttons_and_keys(show):
    page = show(explore(kite()))
    width = "() => document.querySelector('svg.ck-graph').getBoundingClientRect().width"
    before = page.evaluate(width)
    page.get_by_label("Zoom in").click()
    assert page.evaluate(width) == pytest.approx(1.25 * before, rel=0.01)
    page.get_by_label("Picture; scrolls sideways").press("+")
    assert page.evaluate(width) == pytest.approx(1.5625 * before, rel=0.01)
    page.get_by_label("Reset zoom").click()
    assert page.evaluate(width) == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize(("form", "begins"), [("SVG", b"<svg"), ("PNG", b"\x89PNG")])
def test_a_picture_is_copied_or_saved(show, form, begins, tmp_path):
    page = show(explore(example(), a=2.0, b=1.0))
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    with page.expect_download() as download:
        page.get_by_label(f"Copy as {form}").click()
    download.value.save_as(tmp_path / "picture")
    data = (tmp_path / "picture").read_bytes()
    assert data.startswith(begins)
    assert form == "PNG" or b"var(--" not in data  # other programs do not know CSS variables
    expect(page.locator(".ck-status")).to_contain_text(f"Saved as picture.{form.lower()}")


def test_a_chosen_vertex_highlights_out_v_and_partials_can_be_hidden(show):
    page = show(show_out(example(), a=2.0, b=1.0))
    page.get_by_label("out of").select_option("b")
    expect(page.locator(".ck-say")).to_have_text("out(b) = {c, d}: the vertices computed from b.")
    expect(page.locator(".edge.lit")).to_have_count(2)
    assert numbers_of(page, "adjoint") == ["–"] * 5
    page.locator('[data-vertex="4"]').click()
    expect(page.locator(".ck-say")).to_have_text("out(ℓ) = ∅: nothing is computed from ℓ.")
    expect(page.locator(".ck-details")).to_have_text("ℓ = c × d = 3 × 2 = 6", use_inner_text=True)
    page.get_by_label("local partials").uncheck()
    expect(page.locator(".edge .partial").first).to_be_hidden()


def test_a_nudged_vertex_shows_a_bar_for_each_contribution(show):
    g = example()
    page = show(nudge(g, g.inputs["b"], a=2.0, b=1.0))
    rows = page.locator(".ck-bar-row")
    texts = ["through c2 × 1 × 0.1 = 0.2", "through d3 × 1 × 0.1 = 0.3", "added up5 × 0.1 = 0.5"]
    for row, text in zip(range(3), texts, strict=True):
        expect(rows.nth(row)).to_have_text(text)
    expect(rows.nth(3)).to_have_text("true change of ℓ0.51")
    page.get_by_label("δ").press("End")
    expect(page.locator(".ck-count")).to_have_text("Prediction and change differ by 1.")
    page.get_by_label("Nudged vertex").select_option("c")
    expect(page.locator(".ck-say")).to_contain_text("1 route out of c: a single contribution.")


def test_a_gate_multiplies_the_adjoint_by_its_derivative(show):
    page = show(gate("sigmoid", z=2.0, upstream=1.5))
    say = page.locator(".ck-say")
    expect(say).to_have_text("a = σ(z) = 0.881. ∂ℓ/∂z = 1.5 × 0.105 = 0.157.")
    before = page.locator(".ck-sigma").get_attribute("d")
    page.get_by_label("σ", exact=True).select_option("relu")
    expect(say).to_have_text("a = σ(z) = 2. ∂ℓ/∂z = 1.5 × 1 = 1.5.")
    assert page.locator(".ck-sigma").get_attribute("d") != before
    page.get_by_label("z", exact=True).fill("-1")
    expect(say).to_contain_text("= 0. The gate is shut: nothing comes through.")
    page.get_by_label("z", exact=True).fill("0")
    expect(say).to_contain_text("At the kink, every slope between the two is right")


def test_descent_reports_the_loss_and_whether_it_rose(show):
    page = show(descent(eta=0.3))
    say = page.locator(".ck-say")
    expect(say).to_contain_text("After 15 steps of gradient descent (the whole batch): ℓ = 0.22")
    page.get_by_label("η").fill("1.6")
    expect(say).to_contain_text("The loss rose: η is too large")
    page.get_by_label("batch").fill("4")
    expect(say).to_contain_text("stochastic descent, 4 of 16 examples a step")


def test_a_layer_highlights_a_cell_a_column_and_a_row(show):
    page = show(layer(a=[2.0, -1.0, 3.0], W=[[1.0, 2.0, 0.0], [-1.0, 1.0, 2.0]], dz=[3.0, 1.0]))
    say, highlighted = page.locator(".ck-say"), page.locator("button.ck-lit")
    expect(say).to_contain_text("∂ℓ/∂w₁₁ = ∂ℓ/∂z₁ · a₁ = 3 × 2 = 6:")
    page.get_by_role("button", name="∂ℓ/∂a₂").click()
    expect(say).to_contain_text(
        "= 3 × 2 + 1 × 1 = 7: summed down column 2, over out(a₂) = {z₁, z₂}."
    )
    expect(highlighted).to_have_text(["w₁₂2−3", "w₂₂1−1", "∂ℓ/∂a₂7"])
    page.get_by_role("button", name="z₂").last.press("Enter")
    expect(say).to_contain_text("= −1 × 2 + 1 × −1 + 2 × 3 = 3: summed along row 2.")
    expect(page.locator("th.ck-used")).to_have_text(["a₁2", "a₂−1", "a₃3"])
    # the sliders move only the pair chosen last, a₂ and w₂₂
    expect(page.get_by_label("wⱼᵢ")).to_have_value("1")
    page.get_by_label("wⱼᵢ").fill("-2")
    page.get_by_label("aᵢ").fill("0")
    expect(page.get_by_role("button", name="w₁₂")).to_have_text("w₁₂20")
    expect(page.get_by_role("button", name="w₂₂")).to_have_text("w₂₂−20")
    expect(page.get_by_role("button", name="∂ℓ/∂a₂")).to_have_text(
        "∂ℓ/∂a₂4"
    )  # not 0, although a₂ is 0 now


def test_layers_deepen_and_their_paths_add_up(show):
    page = show(deepen(width=2, depth=2))
    say = page.locator(".ck-say")
    expect(say).to_contain_text("Path 1 of 2: v₁,₁ → v₂,₁ → ℓ: 1 × 2 = 2. Sum so far 2; over all")
    page.get_by_label("path", exact=True).press("End")
    expect(say).to_contain_text("Path 2 of 2: v₁,₁ → v₂,₂ → ℓ: 2 × 3 = 6. Sum so far 8; over all")
    expect(page.locator(".edge.lit")).to_have_count(2)
    page.get_by_label("width", exact=True).press("End")
    page.get_by_label("depth", exact=True).press("End")
    expect(page.locator(".ck-amount")).to_have_text(["262,144", "148"])
    total = backprop(layered([4] * 10))["v1,1"]
    expect(say).to_contain_text(f"over all paths {total:,}.")
    expect(page.locator(".ck-count")).to_contain_text("2,621,440 for v₁,₁ alone")


def test_two_views_in_one_page_are_independent(show):
    page = show(explore(example(), a=2.0, b=1.0), explore(kite()))
    one, two = page.locator("[data-scene]").all()
    one.locator('[data-vertex="0"]').click()
    expect(one.locator(".ck-details")).to_be_visible()
    expect(two.locator(".ck-details")).to_be_hidden()
    two.get_by_label("Backpropagation").get_by_label("First step").click()
    expect(two.locator(".vertex .adjoint").first).to_have_text("–")
    expect(one.locator(".vertex .adjoint").first).to_have_text("2")


@pytest.mark.parametrize(("speed", "reads"), [("1", 2), ("2", 4)])
def test_the_playback_speed_can_be_chosen(show, clock, speed, reads):
    page = show(explore(kite()))
    card = page.get_by_label("Backpropagation")
    card.get_by_label("First step").click()
    card.get_by_label("Speed").select_option(speed)
    card.get_by_label("Play").click()
    clock.run_for(2.2 * STEP_TIME)
    expect(card.locator(".ck-count")).to_contain_text(f"read: {reads} of 5")


def test_only_the_first_64_of_many_paths_are_shown(show):
    page = show(explore(layered([4] * 10)))
    expect(page.locator(".ck-count").first).to_contain_text("262144 (only the first 64 are shown)")
