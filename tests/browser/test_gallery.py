"""The page beside written figures: readable in both themes, and usable without a mouse."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from coursekit.figures import write_figures


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The figures of lesson 3, as PDF only: the page still shows them."""
    folder = tmp_path_factory.mktemp("talk") / "figures"
    write_figures("03", folder, forms=["pdf"])
    return folder


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_nothing_overflows(page, folder, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((folder / "index.html").as_uri())
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("img:visible")).to_have_count(3)
    expect(page.locator(f"img.{scheme}:visible")).to_have_count(3)
    sizes = page.locator("img:visible").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert min(sizes) > 200


def test_the_theme_is_chosen_and_latex_copied_by_keyboard(page, folder):
    page.goto((folder / "index.html").as_uri())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("radio", name="light").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("img.dark:visible")).to_have_count(3)
    for _ in range(5):  # three links to files, the code and its button
        page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Copy")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[1] == (
        r"\foreach \k in {1,...,3}{\only<\k>"
        r"{\includegraphics[width=\textwidth]{figures/03-fan-0\k-dark.pdf}}}"
    )


def test_each_picture_says_what_it_shows_and_names_its_licence(page, folder):
    page.goto((folder / "index.html").as_uri())
    alts = page.locator("img:visible").evaluate_all("all => all.map(each => each.alt)")
    assert [alt[:12] for alt in alts] == ["Step 1 of 3.", "Step 2 of 3.", "Step 3 of 3."]
    expect(page.get_by_text("CC BY 4.0 (LICENSE-CONTENT")).to_be_visible()
