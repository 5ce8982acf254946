"""Check-master reports each error planted in a master, by cell and line."""

import json
import re

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.headers import Role, parse_header
from coursekit.course.master import Master, Notebook, sample_master
from coursekit.course.mutants import mutants
from coursekit.course.review import review
from coursekit.grading.grade import grade_one
from tests.support import ROOT

pytestmark = pytest.mark.sandbox


def reviewed(lesson, text):
    return list(review(lesson, text, grade=grade_one))


def planted(change):
    """Return a new master after `change`, which receives the cells by id."""
    notebook = nbformat.reads(sample_master("13-lists"), as_version=4)
    change({cell.id: cell for cell in notebook.cells})
    notebook.cells = [cell for cell in notebook.cells if cell.source != "gone"]
    return nbformat.writes(notebook)


def source(at, old, new):
    def change(cells):
        assert old in cells[at].source
        cells[at].source = cells[at].source.replace(old, new)

    return change


def field(at, name, value):
    def change(cells):
        fields = parse_header("code", cells[at].source)
        cells[at].metadata["coursekit"] = fields | {name: value}

    return change


def whole(at, text):
    return lambda cells: setattr(cells[at], "source", text)


NOW = "__import__('time').perf_counter()"
JUDGE = """def is_first(value, numbers):
    return value == numbers[0]


check("largest", more_lists, """
ALONE = """from random import seed


def is_any(value, numbers):
    return seed(1) is None


check("largest", more_lists, """
NEAR = """def is_near(value, numbers):
    return not abs(value - max(numbers)) > 1e-9


check("largest", small_lists, """
HALF = JUDGE.replace("value == numbers[0]", "value >= max(numbers)")
CLASS = """# exercise: largest
class largest:
    ### BEGIN SOLUTION
    def __new__(cls, numbers):
        return max(numbers)
    ### END SOLUTION"""
KIT = "from coursekit import backprop\n    best = numbers[0] + 0 * len(backprop.__name__)"
CHECK = "# check: largest, 1 point\n"
HIDDEN = "# hidden: largest, 2 points\n"
FIRST = "# distractor: largest, the first\n# hint: Look at all of them.\n"
ZERO = "# distractor: largest, begins at zero\n# hint: Begin with one of them.\n"
ENDLESS = "the reference never returns"  # takes 20 seconds
ERRORS = {
    "a distractor passes": (
        whole("largest-first", f"{FIRST}def largest(numbers):\n    return max(numbers)"),
        "cell 6, line 1: the distractor 'the first' passes the public check",
    ),
    "a distractor does not run": (
        whole("largest-first", f"{FIRST}raise RuntimeError"),
        "cell 6, line 3: the distractor 'the first' does not run: it fails: RuntimeError",
    ),
    "two equivalent distractors have different hints": (
        whole("largest-from-zero", f"{ZERO}def largest(numbers):\n    return numbers[0] + 0"),
        "cell 7, line 1: the distractor 'begins at zero' behaves like another distractor, whose",
    ),
    "a distractor without a hint": (
        field("largest-first", "hint", ""),
        "cell 6, line 1: the distractor cell has no hint",
    ),
    "the reference fails": (
        source("largest-answer", "best = numbers[0]", "best = numbers_[0]"),
        "cell 4, line 1: on case 0 the reference fails: NameError",
    ),
    "the reference is not deterministic": (
        source("largest-answer", "return best", f"return best + {NOW}"),
        "cell 4, line 1: a second run of the reference returns different values for the same cases",
    ),
    "cases that are not drawn from rng": (
        source("largest-check", "yield case([3], unchanged=True)", f"yield case([{NOW}])"),
        "cell 4, line 1: a second run generates different cases: use only rng",
    ),
    ENDLESS: (
        source("largest-answer", "best = numbers[0]", "while True: pass"),
        "cell 4, line 1: on case 0 the reference is stopped: no result",
    ),
    "the reference modifies its arguments": (
        source("largest-answer", "best = numbers[0]", "best = numbers.pop(0)"),
        "cell 4, line 1: on case 0 the reference modifies its arguments",
    ),
    "the reference breaks its own budget": (
        source("largest-check", "case([1, 2], unchanged=True)", "case([1, 2, 3], reads=2)"),
        "cell 4, line 1: on case 1 the reference is stopped: more than 2 reads",
    ),
    "points are missing": (
        field("largest-hidden", "points", 0),
        "cell 5, line 1: the hidden cell has no points",
    ),
    "a hidden check repeats the public one": (
        lambda cells: whole(
            "largest-hidden",
            cells["largest-check"].source.replace("check: largest, 1", "hidden: largest, 2"),
        )(cells),
        "cell 5, line 1: every case of this hidden check is also in the public one",
    ),
    "a check without cases": (
        whole("largest-check", f"{CHECK}def none(rng):\n    return []\n\n\ncheck('largest', none)"),
        "cell 4, line 1: the generator yields no cases, so every answer passes",
    ),
    "a check that an empty answer passes": (
        whole(
            "largest-check",
            f"{CHECK}def one(rng):\n    yield case([0, 0])\n\n\ncheck('largest', one)",
        ),
        "cell 4, line 1: an answer that only returns 0 passes this check",
    ),
    "a line of the solution in a public cell": (
        source("largest", "Do not", "\n    for x in numbers[1:]:\nDo not"),
        "cell 2, line 4: students receive this line of the solution to 'largest': for x in numbers",
    ),
    "a solution without markers": (
        source("largest-answer", "    ### END SOLUTION", ""),
        "cell 3, line 1: the answer has no ### BEGIN SOLUTION and ### END SOLUTION",
    ),
    "a syntax error": (
        source("largest-check", "def small_lists(rng: Random):", "def small_lists(rng: Random)"),
        "cell 4, line 2: invalid Python: expected ':'",
    ),
    "an unknown role": (
        field("largest-hidden", "role", "secret"),
        "cell 5, line 1: unknown role 'secret': use one of answer, check, hidden, distractor,",
    ),
    "an exercise without a hidden check": (
        whole("largest-hidden", "gone"),
        "cell 3, line 1: the exercise 'largest' has no hidden cell",
    ),
    "a misspelt header": (
        source("largest-hidden", "# hidden:", "# Hidden:"),
        "cell 5, line 1: '# Hidden: largest, 2 points' is not a header: begin the cell",
    ),
    "metadata that contradicts the header": (
        field("largest-hidden", "exercise", "smallest"),
        "cell 5, line 1: the first line says 'largest', but the metadata 'smallest'",
    ),
    "points that are not a number": (
        field("largest-hidden", "points", "two"),
        "cell 5, line 1: 'two' is not a number of points",
    ),
    "a reference that kills its kernel": (
        source("largest-answer", "best = numbers[0]", "__import__('os')._exit(1)"),
        "the master's cell 4 killed its kernel",
    ),
    "a set-up that needs a file outside the sandbox": (
        lambda cells: [
            source("setup", "check = ", "HOST = open('/etc/hostname').read()\ncheck = ")(cells),
            source("largest-answer", "best = ", "best = 0 * len(HOST) + ")(cells),
        ],
        "graded in the sandbox, the reference earns no points",
    ),
    "a judge that rejects the reference's value": (
        source("largest-hidden", 'check("largest", more_lists)', f"{JUDGE}judge=is_first)"),
        "cell 5, line 1: on case 1 the judge rejects the reference's own value",
    ),
    "a judge that accepts infinity": (
        source("largest-hidden", 'check("largest", more_lists)', f"{HALF}judge=is_first)"),
        "cell 5, line 1: on case 0 the judge accepts inf: test that the value is a number",
    ),
    "a reference that waits for input": (
        source("largest-answer", "best = numbers[0]", "best = int(input())"),
        "more often than there are lines to read; pass the lines that it reads with typed=",
    ),
    "a solution that is the body of a class": (
        whole("largest-answer", CLASS),
        "cell 3, line 1: without the solution, the class 'largest' cannot be defined: put ###",
    ),
    "a stub that is not valid Python": (
        source("largest-answer", "    ### BEGIN", "### BEGIN"),
        "cell 3, line 1: without the solution, the cell is not valid Python: move ###",
    ),
    "two public checks": (
        lambda cells: whole("words", cells["largest-check"].source)(cells)
        or cells["words"].update(cell_type="code", outputs=[], execution_count=None),
        "the exercise 'largest' has 2 check cells: keep one",
    ),
    "a judge that is not self-contained": (
        source("largest-hidden", 'check("largest", more_lists)', f"{ALONE}judge=is_any)"),
        "cell 5, line 1: on case 0 the judge rejects the reference's own value",
    ),
    "a judge that does not exist": (
        source("largest-check", "small_lists)", "small_lists, judge='anything')"),
        "unknown judge 'anything'; judges: topological order",
    ),
    "a set-up that fails": (
        source("setup", "from random import Random", "from random import Randomm"),
        "cell 1, line 1: the cell fails: ImportError",
    ),
    "a check for another exercise": (
        field("largest-check", "exercise", "smallest"),
        "the exercise 'smallest' has no answer cell and no distractor cell and no hidden cell",
    ),
    "a reference that returns a function": (
        source("largest-answer", "return best", "return print"),
        "on case 0 the reference returns a value of type builtin_function_or_method, which",
    ),
    "a case that passes a module": (
        source("largest-check", "case([3], unchanged=True)", "case([__import__('math')])"),
        "fails: argument 1 of case() is or holds a value of type module, which a case cannot pass",
    ),
    "a judge that needs a name from its cell": (
        source("largest-hidden", 'check("largest", more_lists)', f"{ALONE}judge=is_any)"),
        "(NameError: name 'seed' is not defined): define or import everything that it needs inside",
    ),
    "a judge that accepts NaN": (
        source("largest-check", 'check("largest", small_lists)', f"{NEAR}judge=is_near)"),
        "cell 4, line 1: on case 0 the judge accepts nan: test that the value is a number",
    ),
    "a reference that prints what it should return": (
        source("largest-answer", "return best", "print(best)"),
        "cell 4, line 1: the reference returns None on every case: compare what it prints (printed",
    ),
    "cases without yield": (
        whole("largest-check", f"{CHECK}def one(rng):\n    case([3])\n\n\ncheck('largest', one)"),
        "cell 4, line 6: the cell fails: one returns None, not cases: write yield before each case",
    ),
    "a keyword argument in a case": (
        source("largest-check", "case([3], unchanged=True)", "case([3], start=2)"),
        "the cell fails: case() has no option 'start': let a driver (drive=…) pass keyword",
    ),
    "a misspelt option of a case": (
        source("largest-check", "case([3], unchanged=True)", "case([3], print=True)"),
        "the cell fails: case() has no option 'print' (did you mean 'printed'?): let a driver",
    ),
    "an error that the reference does not raise itself": (
        source("largest-check", "case([3], unchanged=True)", "case([])"),
        "on case 0 the reference fails: IndexError: list index out of range; if it should,",
    ),
    "a reference that returns too much": (
        source("largest-answer", "return best", "return iter(int, 1)"),
        "on case 0 the reference returns a value of more than 200,000 items, which cannot be",
    ),
    "a tolerance for a variable": (
        source("largest-check", "small_lists)", "lambda rng: [case(variable=True)], within=1e-3)"),
        "within= does not apply to a variable, whose value is secret: accept it with a judge",
    ),
    "a reference that is still a stub": (
        source("largest-answer", "return best", "raise NotImplementedError"),
        "on case 0 the reference raises NotImplementedError, which means that nobody has answered",
    ),
    "an answer that needs coursekit's engine": (
        source("largest-answer", "best = numbers[0]", KIT),
        "graded in the sandbox, the reference earns no points",
    ),
}  # fmt: skip


KINDS = [pytest.param(one, marks=[pytest.mark.slow] * (one == ENDLESS)) for one in ERRORS]


@pytest.mark.parametrize("error", KINDS)
def test_each_error_is_reported_with_its_cell_and_line(error):
    change, sentence = ERRORS[error]
    findings = reviewed("13-lists", planted(change))
    errors = [str(finding) for finding in findings if not finding.advice]
    assert any(sentence in line for line in errors), errors


def test_a_sample_master_has_no_errors_and_its_equivalent_mutants_are_hints():
    findings = reviewed("13-lists", sample_master("13-lists"))
    assert findings
    assert all(finding.advice for finding in findings)
    assert any("x > best → x >= best" in finding.what for finding in findings)


def test_an_exercise_without_arguments_has_no_errors():
    calls = "def once(rng):\n    yield case()\n\n\ncheck('largest', once)"
    stub = "# exercise: largest\ndef largest():\n    {}"
    text = planted(
        lambda c: [
            whole("largest-answer", stub.format("""
    ### BEGIN SOLUTION
    return 7
    ### END SOLUTION"""))(c),
            whole("largest-check", f"{CHECK}{calls}")(c),
            whole("largest-hidden", f"{HIDDEN}{calls}")(c),
            whole("largest-first", f"{FIRST}def largest():\n    return 8")(c),
            whole("largest-from-zero", f"{ZERO}def largest():\n    return 9")(c),
        ]
    )  # fmt: skip
    assert [str(f) for f in reviewed("13-lists", text) if not f.advice] == []


def test_a_check_with_too_few_cases_lets_mutants_pass():
    only = f"{CHECK}def one(rng):\n    yield case([1, 2])\n\n\ncheck('largest', one)"
    more = f"{HIDDEN}def two(rng):\n    yield case([2, 3])\n\n\ncheck('largest', two)"
    text = planted(lambda c: [whole("largest-check", only)(c), whole("largest-hidden", more)(c)])
    unnoticed = {finding.what for finding in reviewed("13-lists", text) if finding.advice}
    assert "no check notices x > best → not x > best" not in unnoticed
    assert "no check notices best = x → pass" not in unnoticed
    assert len(unnoticed) > len(reviewed("13-lists", sample_master("13-lists")))


def test_the_commands_from_a_sample_master_to_a_students_check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(app, ["new", "13-lists"]).exit_code == 0
    assert run(app, ["new", "13-lists"]).exit_code == 2  # nothing is overwritten
    assert run(app, ["new", "../x"]).exit_code == 2
    checked = run(app, ["check-master", "solutions/13-lists.ipynb"])
    assert (checked.exit_code, checked.stdout.splitlines()[-2]) == (0, "No errors.")
    assert re.fullmatch(
        r"The checks notice \d+ of \d+ small changes to the reference.",
        checked.stdout.splitlines()[-1],
    )
    assert run(app, ["release", "solutions", "--out", "out"]).exit_code == 0
    handed_out = tmp_path / "out" / "13-lists.ipynb"
    empty = run(app, ["check", str(handed_out)])
    assert (empty.exit_code, empty.stdout.split("\n")[0]) == (1, "largest: not attempted")
    notebook = Master.read(handed_out)
    answer = notebook.node.cells[next(notebook.with_role(Role.ANSWER)).index]
    answer.source = "def largest(numbers):\n    return max(numbers)"
    handed_out.write_text(json.dumps(notebook.node))
    solved = run(app, ["check", str(handed_out)])
    assert (solved.exit_code, solved.stdout.split("\n")[0]) == (0, "largest: 5 of 5 checks passed")
    answer.source = "# mine\ndef largest(numbers):\n    return numbers_"
    handed_out.write_text(json.dumps(notebook.node))
    wrong = run(app, ["check", str(handed_out)])
    assert wrong.exit_code == 1
    assert wrong.stdout.splitlines()[1:3] == [
        "largest([3]) raises NameError: name 'numbers_' is not defined",
        "  line 3, in largest: return numbers_",
    ]
    answer.source = "def largest(numbers):\nreturn 1"
    handed_out.write_text(json.dumps(notebook.node))
    assert "cell 3, line 2: IndentationError" in run(app, ["check", str(handed_out)]).stdout
    assert run(app, ["check", "nowhere.ipynb"]).exit_code == 2
    assert run(app, ["check-master", "nowhere.ipynb"]).exit_code == 2


CELL = re.compile(r"^```python\n(.*?)\n```", re.MULTILINE | re.DOTALL)


def masters_of_the_page():
    """Return the masters in docs/writing-exercises.md, built from its code blocks."""
    page = (ROOT / "docs" / "writing-exercises.md").read_text(encoding="utf-8")
    notebooks = []
    for code in CELL.findall(page):
        if "check = Lesson(" in code:
            notebooks.append(nbformat.v4.new_notebook())
        notebooks[-1].cells.append(nbformat.v4.new_code_cell(code))
    return [nbformat.writes(notebook) for notebook in notebooks]


@pytest.mark.slow
def test_the_masters_on_the_page_have_no_errors():
    masters = masters_of_the_page()
    assert [len(Notebook.parse(text).cells) for text in masters] == [7, 6, 26, 21]
    merging, *others = (reviewed("page", text) for text in masters)
    assert [str(f) for findings in (merging, *others) for f in findings if not f.advice] == []
    page = (ROOT / "docs" / "writing-exercises.md").read_text(encoding="utf-8")
    hints = [f"hint   {finding}" for finding in merging]
    total = len(list(mutants(Master.parse(masters[0]).answers["merge"])))
    noticed = f"The checks notice {total - len(merging)} of {total} small changes to the reference."
    assert "\n".join([*hints, "No errors.", noticed]) in page


def test_a_master_from_the_course_has_no_errors():
    text = (ROOT / "solutions" / "03-chain-rule.ipynb").read_text(encoding="utf-8")
    assert reviewed("03-chain-rule", text) == []
