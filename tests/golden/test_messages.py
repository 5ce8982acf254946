"""messages.md holds what coursekit answers today, and every error of ours is on it."""

import pytest

from tests.golden.page import PARTS, provoked, written
from tests.golden.provoke import raised_at, raises

QUICK = ["Graphs and pictures"]
SLOW = [part for part in PARTS if part not in QUICK]
# raised where this page cannot look, by file and function, and why
ELSEWHERE = {
    "course/judges.py: judge_to_json": "in a master's kernel: see check-master",
    "course/judges.py: predicate_of": "in a master's kernel: see check-master",
    "course/notebook_kernel.py: run": "after 300 seconds; the other of its two is on the page",
    "distribution.py: require": "where a package is missing",
    "grading/cluster.py: _connect": "where Dask is missing",
    "grading/cluster.py: _require_sandboxes": "on a cluster without a sandbox",
    "grading/grade_command.py: _check_sandbox": "on a machine without a sandbox",
    "grading/grade_command.py: _probe": "in a sandbox that does not hold",
    "render/dot.py: pipe": "for who writes another renderer",
    "widgets/modules.py: parse_module": "for who writes a view",
    "widgets/modules.py: modules_of": "for who writes a view",
    "widgets/modules.py: join_modules": "for who writes a view",
}


@pytest.mark.parametrize("part", QUICK)
def test_the_page_holds_the_answers_of_today(part):
    assert provoked(part).strip() == written(part).strip(), "if it is meant: make messages"


@pytest.mark.slow
def test_the_page_holds_all_answers_and_every_error_is_on_it():
    with raised_at() as places:
        texts = {part: provoked(part).strip() for part in PARTS}
    for part, text in texts.items():
        assert text == written(part).strip(), "if it is meant: make messages"
    missing = {
        f"{file}: {function}"
        for file, function, lines in raises()
        if not any((file, line) in places for line in lines)
    }
    assert missing == ELSEWHERE.keys()
