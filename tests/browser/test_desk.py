"""The marking desk in a real Chromium, served by a real process, and used by keyboard alone."""

import io
import signal
import sqlite3
from contextlib import closing, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marks import Mark, Marking, key_of
from tests.support.desk import running_desk, write_gradebook, write_master

WHY = ["one", "two", "three", "four"]
ANSWERS = {f"S{k}": {"why": text, "how": text} for k, text in enumerate(WHY)} | {
    "T": {"why": "one\n"}, "U": {"why": " one "}
}  # fmt: skip
HOSTILE = """<script>document.title = "broken"</script>
<img src=x onerror="document.title='broken'">
[click](javascript:alert(1)) ![x](http://example.org/pixel.png) <style>* { display: none }</style>

<svg onload="document.title='broken'"> ![x](data:image/svg+xml;base64,PHN2Zz4=) a\u202eb

![](attachment:a.png) ![](attachment:b.png)"""


@pytest.fixture
def folder(tmp_path):
    write_master(tmp_path / "solutions")
    write_gradebook(tmp_path / "out", ANSWERS)
    return tmp_path


@pytest.fixture
def opened(page, folder):
    """Return a function that starts a desk and opens it in the page."""

    @contextmanager
    def opened(marker="ana", *, dark=False, width=1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        with running_desk(folder / "out", folder / "solutions", marker) as desk:
            page.goto(desk.link)
            expect(page.locator("#saved")).to_contain_text("Answer ")
            yield desk

    return opened


def book_of(folder):
    return closing(Gradebook(folder / "out" / "gradebook.sqlite"))


def marks(folder, question="why"):
    """Return the marks of a question by the text of the answer; equal answers have equal marks."""
    with book_of(folder) as book:
        found, known = {}, book.marks()
        for row in book.rows():
            if text := " ".join(row.prose.get(question, "").split()):
                mark = known.get(key_of(row, question), Mark())
                assert found.setdefault(text, mark) == mark
        return found


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def says(page, text):
    expect(page.locator("#saved")).to_have_text(text)


def go(page, key):
    """Go to another answer, and wait for it."""
    before = page.locator("#place").inner_text()
    press(page, key)
    expect(page.locator("#place")).not_to_have_text(before)


def answer(page):
    return page.locator("#content").inner_text().strip()


def comment(page, text):
    """Write a comment as a person does, and leave it."""
    press(page, "c")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.type(text)
    press(page, "Escape")
    expect(page.locator("#answer")).to_be_focused()


def errors_with(page, status):
    """Expect that the console shows answers with this status, and forget them."""
    assert page.errors
    assert all(str(status) in error for error in page.errors)
    page.errors.clear()


def test_answers_of_two_questions_are_marked_by_keyboard_alone(page, opened, folder):
    with opened() as desk:
        given = {}
        for keys, points in (("1", "1"), ("12", "2"), ("123", "2.5"), ("0", "0")):
            given[answer(page)] = Mark(float(points))
            press(page, *keys)
            says(page, f"Saved: {points} of 2.5.")
            if len(given) < len(WHY):
                go(page, "Enter")
        press(page, "Enter")
        says(page, "All answers to this question are marked. Q opens the next question.")
        expect(page.locator("#progress")).to_have_text("6 of 6 marked")
        assert marks(folder) == given
        press(page, "q")
        says(page, "Answer 1 of 4: not marked.")
        expect(page.locator("#rubric")).to_have_text("Be kind. A digit gives that many points.")
        given = {}
        for keys, points in ((["2"], 2), (["2", "+"], 2.5), (["f", "-", "-"], 2), (["t"], 0.5)):
            text = answer(page)
            press(page, *keys)
            if keys == ["t"]:
                expect(page.locator("#typed")).to_be_focused()
                page.keyboard.type("0,5")
                press(page, "Enter")
            says(page, f"Saved: {points:g} of 3.")
            given[text] = Mark(points)
            if len(given) < len(WHY):
                go(page, "n")
        press(page, "n")
        says(page, "This is the last answer.")
        assert marks(folder, "how") == given
        code, said = desk.end()
        assert code == 0
        assert said.startswith("You marked 10 answers, and all have points now. ")


def test_an_item_is_added_and_taken_out_again(page, opened):
    with opened():
        one = page.locator("#items button").first
        press(page, "1")
        expect(one).to_have_attribute("aria-pressed", "true")
        press(page, "3", "1")
        says(page, "Saved: 0.5 of 2.5.")
        expect(one).to_have_attribute("aria-pressed", "false")
        press(page, "7")
        says(page, "The rubric has 3 items.")


def test_the_fastest_keys_never_hit_another_answer(page, opened, folder):
    with opened():
        press(page, *"1n12n123n0")
        says(page, "Saved: 0 of 2.5.")
        order = []
        for _ in WHY:
            order.insert(0, answer(page))
            if len(order) < len(WHY):
                go(page, "p")
        assert marks(folder) == dict(zip(order, map(Mark, (1.0, 2.0, 2.5, 0.0)), strict=True))


def test_a_comment_that_is_typed_before_the_mark_is_saved_is_whole(page, opened, folder):
    with opened():
        press(page, *"123", "c", *"Which gx", "Backspace", *"raph?", "Enter", *"Say it.", "Escape")
        press(
            page,
            "k",
            "Enter",
            "1",
            "Shift+A",
            "Enter",
            "c",
            *"Fast",
            "Control+Enter",
            "t",
            *"2",
            "Enter",
        )
        says(page, "Saved: 2 of 2.5.")
    given = sorted((mark.points, mark.comment) for mark in marks(folder).values() if mark.points)
    assert given == [
        (1.0, "Which graph?\nSay it."), (2.0, ""), (2.5, "Which graph?\nSay it.")
    ]  # fmt: skip


def test_equal_answers_are_marked_together_and_undone_together(page, opened, folder):
    with opened():
        while answer(page) != "one":
            go(page, "n")
        expect(page.locator("#equal")).to_have_text("3 equal answers")
        press(page, "2")
        expect(page.locator("#progress")).to_have_text("3 of 6 marked")
        press(page, "u")
        says(page, "Undone: – of 2.5.")
        expect(page.locator("#progress")).to_have_text("0 of 6 marked")
        assert set(marks(folder).values()) == {Mark()}


def test_undo_goes_back_over_answers_questions_and_comments(page, opened, folder):
    with opened():
        press(page, "1", "2")
        comment(page, "Good!")
        first = answer(page)
        press(page, "n", "3", "q", "2")
        says(page, "Saved: 2 of 3.")
        for now in ("– of 3", "– of 2.5", "2 of 2.5", "1 of 2.5", "– of 2.5"):
            press(page, "u")
            says(page, f"Undone: {now}.")
        assert answer(page) == first
        press(page, "u")
        says(page, "There is nothing to undo.")
        assert {*marks(folder).values(), *marks(folder, "how").values()} == {Mark()}


def test_a_comment_is_saved_with_each_letter(page, opened, folder):
    with opened():
        press(page, "2")
        says(page, "Saved: 1 of 2.5.")
        press(page, "c")
        text = "npq 123 ? Z"
        for k, letter in enumerate(text):
            page.keyboard.type(letter)
            expected = Mark(1.0, text[: k + 1].strip())
            expect(page.locator("#comment")).to_have_value(text[: k + 1])
            for _ in range(200):
                if expected in marks(folder).values():
                    break
                page.wait_for_timeout(10)
            assert expected in marks(folder).values()
        press(page, "Escape")
        with closing(sqlite3.connect(folder / "out" / "gradebook.sqlite")) as database:
            rows = database.execute("select points, comment from marks where student = 'S1'")
            assert len({*rows.fetchall()}) <= 2  # the points, and one comment


def test_own_comments_are_used_again_by_letter(page, opened):
    with opened():
        comment(page, "Why?")
        press(page, "k")
        says(page, "Kept: Shift+A adds it.")
        press(page, "n", "1", "Shift+A")
        expect(page.locator("#comment")).to_have_value("Why?")
        page.reload()
        expect(page.locator("#phrases li")).to_have_count(1)
        press(page, "p", "n")
        expect(page.locator("#comment")).to_have_value("Why?")
        press(page, "Shift+A")
        expect(page.locator("#comment")).to_have_value("")
        press(page, "Shift+B")
        expect(page.locator("#saved")).to_contain_text("No comment has the letter B yet")


def test_a_reload_and_a_killed_desk_lose_nothing(page, opened, folder):
    with opened() as desk:
        press(page, "1", "3")
        says(page, "Saved: 1.5 of 2.5.")
        comment(page, "Nearly")
        text = answer(page)
        expect(page.locator("#comment")).to_have_value("Nearly")
        page.reload()
        expect(page.locator("#saved")).to_contain_text("not marked")  # the next unmarked one
        press(page, "p")
        expect(page.locator("#content")).to_have_text(text)
        expect(page.locator("#points")).to_have_text("1.5 of 2.5")
        expect(page.locator("#items [aria-pressed=true]")).to_have_count(2)
        desk.end(signal.SIGKILL)
        press(page, "2")
        expect(page.locator("#alert")).to_contain_text("The desk has stopped")
        expect(page.locator("#points")).to_have_text("1.5 of 2.5")
        errors_with(page, "ERR_CONNECTION_REFUSED")
    assert marks(folder)[text] == Mark(1.5, "Nearly")
    with opened():
        press(page, "p")
        expect(page.locator("#comment")).to_have_value("Nearly")


def mark_as_ben(folder, text, points):
    with book_of(folder) as book:
        keys = [key_of(row, "why") for row in book.rows() if row.prose["why"].strip() == text]
        latest = book.markings()
        seen = max((latest[key].number for key in keys if key in latest), default=0)
        assert book.mark_together(keys, Marking(seen, Mark(points, "ben's"), "ben"))


@pytest.mark.parametrize(("keys", "kept"), [(["Escape"], 0.5), (["Tab", "Enter"], 0.5),
                                            (["Tab", "Tab", "Enter"], 1.0)])  # fmt: skip
def test_a_mark_that_somebody_else_gave_meanwhile_is_shown_first(page, opened, folder, keys, kept):
    with opened():
        text = answer(page)
        mark_as_ben(folder, text, 0.5)
        press(page, "1")
        dialog = page.get_by_role("dialog", name="Somebody else has marked this answer")
        expect(dialog).to_be_visible()
        expect(dialog).to_contain_text("ben: 0.5 of 2.5, “ben's”")
        expect(dialog).to_contain_text("Yours: 1 of 2.5")
        assert marks(folder)[text].points == 0.5
        assert Axe().run(page).response["violations"] == []
        press(page, "r", "k", "1", " ")  # typed on: nothing is chosen by accident
        expect(dialog).to_be_visible()
        press(page, *keys)
        expect(dialog).to_be_hidden()
        expect(page.locator("#points")).to_have_text(f"{kept:g} of 2.5")
        assert marks(folder)[text].points == kept
        if kept == 0.5:
            expect(page.locator("#comment")).to_have_value("ben's")
            expect(page.locator("#notice")).to_have_text("Marked by ben.")
        errors_with(page, 409)


def test_two_desks_at_the_same_time(page, opened, folder):
    with opened("ana"), running_desk(folder / "out", folder / "solutions", "ben") as second:
        other = page.context.new_page()  # the same browser: cookies do not tell ports apart
        other.goto(second.link)
        expect(other.locator("#saved")).to_contain_text("Answer 1 of")
        press(page, "1", "Enter", "2", "Enter")
        expect(page.locator("#saved")).to_contain_text("not marked")
        press(other, "Enter")
        page.reload()
        other.reload()
        for one in (page, other):
            expect(one.locator("#progress")).not_to_have_text("0 of 6 marked")
        other.close()


def png():
    out = io.BytesIO()
    Image.new("RGB", (1600, 900), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("width", [400, 1280])
def test_a_hostile_answer_is_only_text(page, opened, folder, width):
    texts = {
        "H": HOSTILE, "L": "x" * 20_000, "M": "word " * 4_000, "N": "# " * 5_000,
        "O": "| a " * 60 + "|\n" + "|---" * 60 + "|\n" + "| bbbbb " * 60 + "|",
        "P": f"${'x' * 190}$", "Q": "שלום עולם", "R": "> " * 2_000 + "deep", "B": "`" * 9_999,
    }  # fmt: skip
    pictures = {"H": {"a.png": png(), "b.png": b"<svg onload=alert(1)>"}}
    write_gradebook(folder / "out", {k: {"why": v} for k, v in texts.items()}, pictures)
    with opened(width=width):
        seen = 0
        for k in range(len(texts) + len(WHY)):
            expect(page.locator("#place")).to_have_text(f"Answer {k + 1} of {len(texts) + 4}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if "<script>" in answer(page):
                seen += 1
                text = answer(page)
                assert "click (javascript:alert(1))" in text
                assert "a⟨U+202E⟩b" in text
                assert "b.png is not shown, because it is damaged" in text
                expect(page.locator("#content img")).to_have_count(1)
                expect(page.locator("#content").locator("a, script, style, iframe")).to_have_count(
                    0
                )
                press(page, "s")
                expect(page.locator("#source")).to_contain_text("<svg onload=")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                press(page, "s")
            press(page, "n")
        assert seen == 1
        assert "broken" not in page.title()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_the_desk_is_accessible(page, opened, folder, dark, width):
    rich = "**b** `c` $x^2$\n\n- d\n\n| e |\n|---|\n| f |\n\n```\nh\n```\n\n> i"
    write_gradebook(folder / "out", {"Z": {"why": rich}}, {"Z": {"a.png": png()}})
    with opened(dark=dark, width=width):
        while "b c" not in answer(page):
            go(page, "n")
        assert Axe().run(page).response["violations"] == []
        press(page, "1")
        comment(page, "Why?")
        press(page, "k")
        expect(page.locator("#phrases li")).to_have_count(1)
        assert Axe().run(page).response["violations"] == []
        press(page, "?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        assert Axe().run(page).response["violations"] == []
        press(page, "Escape")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#saved").get_attribute("role") == "status"
        assert page.locator("#alert").get_attribute("role") == "alert"


def test_every_control_can_be_reached_and_shows_its_focus(page, opened):
    with opened():
        comment(page, "Why?")
        press(page, "k")
        expect(page.locator("#phrases li")).to_have_count(1)
        wanted = set(
            page.locator("button:visible, select, input, textarea, summary").all_inner_texts()
        )
        page.locator("body").evaluate("body => body.ownerDocument.activeElement.blur()")
        reached, outlines = set(), []
        for _ in range(60):
            press(page, "Tab")
            reached.add(page.evaluate("document.activeElement.innerText"))
            outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        assert wanted <= reached
        focused = page.evaluate("document.querySelectorAll(':focus-visible').length")
        assert focused == 1
        assert outlines.count("solid") >= len(wanted)


def test_wrong_points_are_refused_in_a_sentence(page, opened):
    with opened():
        press(page, "t")
        page.keyboard.type("9")
        press(page, "Enter")
        expect(page.locator("#alert")).to_contain_text("points must be a number from 0 to 2.5")
        expect(page.locator("#points")).to_have_text("– of 2.5")
        errors_with(page, 400)


def test_a_comment_that_is_refused_stays_with_its_answer(page, opened, folder):
    with opened():
        text = answer(page)
        comment(page, "delete")
        expect(page.locator("#alert")).to_contain_text("deletes a comment in words.csv")
        for key in "nqj":
            press(page, key)
            expect(page.locator("#alert")).to_contain_text("deletes a comment in words.csv")
            assert answer(page) == text
            expect(page.locator("#comment")).to_have_value("delete")
        comment(page, " this line?")
        go(page, "n")
        errors_with(page, 400)
        assert marks(folder)[text] == Mark(None, "delete this line?")
        assert set(marks(folder, "how").values()) == {Mark()}


def test_the_page_beside_the_gradebook_opens_the_desk(page, folder):
    """Its link comes from a file, and a browser sends no strict cookie to a redirect from there."""
    with running_desk(folder / "out", folder / "solutions", "ana"):
        [file] = (folder / "out").glob("desk-*.html")
        page.goto(file.as_uri())
        expect(page.locator("#saved")).to_contain_text("Answer 1 of")
        assert "token" not in page.url
