"""Every kind of exercise in docs/writing-exercises.md is judged alike at home and in grading."""

import linecache

import pytest

from coursekit.course.checks import case
from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.records import Status
from coursekit.course.release import answered_notebook, public_checks, release, student_notebook
from coursekit.errors import CommandError
from coursekit.grading.grade import grade_one
from tests.course.test_review import masters_of_the_page

TEXT = masters_of_the_page()[2]
MASTER = Master.parse(TEXT)
SETUP = MASTER.cells[0].source
RIGHT = ("1 of 1", "2 of 2")
ANSWERS = {  # exercise → what the feedback says → an answer
    "oldest": {
        "2 of 2": """
def oldest(people):
    return sorted(people, key=lambda person: person["age"])[-1]["name"]""",
        "AttributeError: 'dict' object has no": "def oldest(people):\n    return people[0].name",
    },
    "add_up": {
        "2 of 2": """
def add_up():
    print("sum:", sum(map(int, iter(input, ""))), end="  \\n\\n")""",
        "prints nothing": "def add_up():\n    return sum(map(int, iter(input, '')))",
        "EOFError: input() is called more": "def add_up():\n    while True: input()",
        "1,048,576 characters": "def add_up():\n    while True: print('sum: 3' * 99)",
        "printed   'sum: 0'": "def add_up():\n    print('sum: 0')",
    },
    "double_all": {
        "2 of 2": "def double_all(numbers):\n    numbers[:] = [n + n for n in numbers]",
        "double_all([1]): argument 0 afterwards": "def double_all(numbers):\n    numbers *= 2",
        "Expected 1 item, got 0": "def double_all(numbers):\n    numbers.clear()",
    },
    "seconds_of_a_week": {
        "1 of 1": "seconds_of_a_week = 604_800.0",
        "seconds_of_a_week is 420, which is not right.": "seconds_of_a_week = 7 * 60",
        "is <function>, which is not right": "def seconds_of_a_week():\n    return 604800",
    },
    "column_sum": {
        "2 of 2": """
import csv
from pathlib import Path

def column_sum(file, column):
    rows = csv.DictReader(Path(file).read_text().splitlines())
    return sum(float(row[column]) for row in rows)""",
        "FileNotFoundError: [Errno 2] No": "def column_sum(*_):\n    return open('c.csv')",
        "with the files a.csv": "def column_sum(file, _):\n    return open(file, 'w').close()",
    },
    "Stack": {
        "2 of 2": """
class Stack(list):
    push = list.append
    items = property(list, list.extend)""",
        "object has no attribute 'pop'": "class Stack:\n    def push(self, x):\n        pass",
        "'int' object is not callable": "Stack = 5",
        "1 of 2": """
class Stack:
    def __init__(self):
        self.items = []
    def push(self, item):
        if item == 2:
            raise NotImplementedError
        self.items = [item]
    def pop(self):
        return self.items.pop()""",
    },
}
PAIRS = [(name, said) for name, answers in ANSWERS.items() for said in answers]


@pytest.fixture(scope="module")
def released():
    return release("15-kinds", MASTER, 1, public_checks(MASTER))


@pytest.fixture(scope="module")
def graded():
    """Return the results of each exercise and answer."""
    results = {}
    for k in range(max(map(len, ANSWERS.values()))):
        said = {name: list(answers)[k] for name, answers in ANSWERS.items() if k < len(answers)}
        answers = {name: ANSWERS[name][text] for name, text in said.items()}
        for result in grade_one("x", answered_notebook(MASTER, answers), TEXT, "seed").results:
            if result.exercise in said:
                key = result.exercise, said[result.exercise]
                results.setdefault(key, []).append(result)
    return results


@pytest.mark.sandbox
@pytest.mark.parametrize(("exercise", "said"), PAIRS)
def test_an_answer_is_judged_alike_at_home_and_in_grading(
    exercise, said, released, graded, tmp_path, monkeypatch
):
    answer = ANSWERS[exercise][said]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "15-kinds.json").write_text(released["15-kinds.json"])
    (tmp_path / "a.csv").write_text("mine")
    names = {"__name__": "__main__"}
    exec(SETUP, names)
    exec(answer, names)
    [source] = (cell.source for cell in MASTER.of_exercise(exercise, Role.CHECK))
    body, call = source.rsplit("\n", 1)
    linecache.cache["<check>"] = len(source), None, source.splitlines(keepends=True), "<check>"
    exec(compile(body, "<check>", "exec"), names)
    feedback = eval(call, names)
    assert said in str(feedback)
    assert (tmp_path / "a.csv").read_text() == "mine"
    public, *hidden = (result.points > 0 for result in graded[exercise, said])
    assert public is (said in RIGHT)
    assert all(hidden) is public


def test_what_a_case_says_is_checked_when_it_is_built():
    for files in ({"/etc/x": ""}, {"../x": ""}, {"": ""}, {"a\\b": ""}):
        with pytest.raises(CommandError, match="is not a name of a file"):
            case(files=files)
    for place in (1, -1, 0.0, None):
        with pytest.raises(CommandError, match="pass the number of an argument"):
            case(5, returns=[place])
    with pytest.raises(CommandError, match=r"a\.csv is not text or bytes"):
        case(files={"a.csv": 5})


@pytest.mark.sandbox
def test_a_blank_notebook_is_not_attempted_in_any_kind():
    results = grade_one("x", student_notebook(MASTER), TEXT, "seed").results
    assert {(result.status, result.why) for result in results} == {(Status.NOT_ATTEMPTED, "")}
