"""messages.md is up to date, and it contains each of our errors."""

import pytest

from tests.golden.page import PARTS, committed, generated
from tests.golden.provoke import raised_at, raises

OUTDATED = "if you meant to change these messages, run make messages"
QUICK = ["Graphs and pictures", "Learning platforms", "The marking desk"]
SLOW = [part for part in PARTS if part not in QUICK]
# errors that cannot be triggered here, as "file: function" → when they are raised
ELSEWHERE = {
    "course/compare.py: source_of": "in a master's kernel: see check-master",
    "course/compare.py: predicate_of": "in a master's kernel: see check-master",
    "course/notebook_kernel.py: run": "after 300 seconds; its other error is on the page",
    "cli/mark.py: _marker": "for a user without a login name; its other error is on the page",
    "distribution.py: require": "when a package is missing",
    "grading/batch.py: _connect": "when Dask is missing",
    "grading/batch.py: _require_sandboxes": "on a cluster without a sandbox",
    "grading/sheet.py: read_sheet": "on a disk that fails",
    "cli/machine.py: check_limits": "in a shell that limits too much",
    "course/notebook_kernel.py: ordinary_kernel": "when Jupyter's kernel dies",
    "cli/grading.py: _check_sandbox": "on a machine without a sandbox",
    "cli/grading.py: _probe": "in a sandbox that does not hold",
    "layout/conflicts.py: refuse_conflicts": "for an empty group, which `boxes` refuses before",
    "render/film.py: _mp4": "without ffmpeg, or when it fails",
    "widgets/modules.py: parse_module": "for developers of a view",
    "widgets/modules.py: modules_of": "for developers of a view",
    "widgets/modules.py: join_modules": "for developers of a view",
}


@pytest.mark.parametrize("part", QUICK)
def test_the_quick_parts_of_the_page_are_up_to_date(part):
    assert generated(part).strip() == committed(part).strip(), OUTDATED


@pytest.mark.slow
def test_the_whole_page_is_up_to_date_and_contains_every_error():
    with raised_at() as places:
        texts = {part: generated(part).strip() for part in PARTS}
    for part, text in texts.items():
        assert text == committed(part).strip(), OUTDATED
    missing = {
        f"{file}: {function}"
        for file, function, lines in raises()
        if not any((file, line) in places for line in lines)
    }
    assert missing == ELSEWHERE.keys()
