"""Exercises of other subjects: each kind of value is judged alike at home and in grading.

One master holds an exercise of each kind. Its reference and other right answers pass, and natural
wrong answers fail with a sentence that names the mistake.
"""

import linecache
from dataclasses import dataclass, field
from textwrap import dedent, indent

import nbformat
import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook, public_checks, release
from coursekit.course.review_checks import behaviour
from coursekit.grading.grade import grade_one

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

SETUP = """from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pandas as pd

from coursekit.course.checks import Lesson, case

check = Lesson("other")


def drawn(answer, xs):
    from matplotlib import pyplot as plt

    answer(xs)
    axes = plt.gca()
    return {"lines": [line.get_xydata() for line in axes.lines], "title": axes.get_title()}


def first_items(answer, n):
    from itertools import islice

    return list(islice(answer(), n))


def with_options(answer, arguments, options):
    return answer(*arguments, **options)


def applied(answer, name):
    return answer({"double": lambda x: 2 * x, "square": lambda x: x * x}[name], 5)


def has_all_sides(value, n):
    return len(value) == n and set(value) == {1, 2, 3, 4, 5, 6}"""


@dataclass(frozen=True)
class Kind:
    """An exercise: its reference, its public and hidden cases, and answers of students."""

    reference: str
    public: str
    hidden: str
    right: tuple[str, ...] = ()
    wrong: dict[str, str] = field(default_factory=dict)  # part of the feedback → answer
    options: str = ""


def function(body, parameters="x"):
    return f"def f({parameters}):\n{indent(dedent(body).strip(), '    ')}"


KINDS = {
    "integers": Kind(
        function("return np.bincount(x)"), "case(np.array([0, 1, 1]))", "case(np.array([3, 0]))",
        (function("return [int((x == k).sum()) for k in range(max(x) + 1)]"),),
        {"(array([0, 1, 1]))": function("return np.bincount(x) / 2")},
    ),
    "truth": Kind(
        function("return ~x"), "case(np.array([True, False]))", "case(np.array([[True]]))",
        (function("return np.logical_not(x).astype(object)"),),
        {"[0] must be True or False, not a number.": function("return 1 - x.astype(int)")},
    ),
    "texts": Kind(
        function("return np.char.upper(x)"), "case(np.array(['a', 'ü']))", "case(np.array(['bc']))",
        (function("return [one.upper() for one in x]"),),
        {"Return a list, not text.": function("return str(np.char.upper(x))")},
    ),
    "shapes": Kind(
        function("return x.T"), "case(np.zeros((0, 3)))", "case(np.zeros((2, 0, 1)))",
        (function("return np.zeros(x.shape[::-1])"),),
        {"expected  [] of shape (3, 0)": function("return x")},
    ),
    "no_dimension": Kind(
        function("return np.array(x + 1)"), "case(np.array(3))", "case(np.array(2.5))",
        (function("return x.item() + 1"),),
        {"Return a number, not a list.": function("return [x]")},
    ),
    "single": Kind(
        function("return x / 3"), "case(np.float32(1))", "case(np.ones(2, dtype='f4'))",
        (function("return x.astype(float) / 3"),), {"(np.float32(1.0))": function("return x")},
        ", within=1e-6",
    ),
    "masked": Kind(
        function("return np.ma.masked_less(x, 0)"), "case(np.array([1, -1]))",
        "case(np.array([-1.0, 2]))", (function("return [n if n >= 0 else None for n in x]"),),
        {"expected  [1, None]": function("return x")},
    ),
    "not_finite": Kind(
        function("return [n / 2 if n > 0 else np.nan for n in x]"),
        "case([4.0, float('nan'), float('inf')])", "case([-5.0])",
        (function("return np.where(np.array(x) > 0, np.array(x) / 2, np.nan)"),),
        {"[1] must be a number, not None.": function("return [x[0] / 2, None, x[-1]]")},
    ),
    "minus_zero": Kind(
        function("return np.copysign(1, x)"), "case(-0.0)", "[case(0.0), case(-0.0)]",
        (function("return -1 if str(x)[0] == '-' else 1"),),
        {"(−0.0)": function("return 1 if x >= 0 else -1")},
    ),
    "pairs": Kind(
        function("return {key[::-1]: {n} for key, n in x.items()}"), "case({(0, (1,)): 'a'})",
        "case({('x', 'y'): None})",
        (function("return {(b, a): frozenset([n]) for (a, b), n in x.items()}"),),
        {"{((1,), 0): {'a'}}": function("return {key[::-1]: n for key, n in x.items()}")},
    ),
    "same_numbers": Kind(
        function("return [{9, 10}, {1: 2}, (1, 2), 3][x]"),
        "[case(k) for k in range(3)]", "case(3)",
        (function("return [{9.0, 10.0}, {1.0: 2}, np.array([1, 2.0]), 3 + 0j][x]"),),
        {"expected  {9, 10}": function("return [{9, 11}, 0, 0, 0][x]")},
    ),
    "missing": Kind(
        function("return None if x < 0 else x"), "[case(1), case(-1)]", "[case(2), case(-2)]",
        (function("if x >= 0: return x"),),
        {"Return None, not text.": function("return 'None' if x < 0 else x")},
    ),
    "roots": Kind(
        function("return x ** 0.5"), "[case(-1), case(-4.0)]", "[case(-9), case(4)]",
        (function("import cmath\nreturn cmath.sqrt(x)"),),
        {"expected  (6.1e−17+1j)": function("return (x * x) ** 0.25")},
    ),
    "octets": Kind(
        function("return x[::-1]"), "case(b'ab\\xff')", "case(b'cd')",
        (function("return bytearray(reversed(x))"),),
        {"Return bytes, not text.": function("return x[::-1].hex()")},
    ),
    "days": Kind(
        function("return date(x.year + 1, 1, 1) - x"), "case(date(2024, 2, 28))",
        "case(date(2023, 3, 1))",
        (function("return timedelta((date(x.year + 1, 1, 1) - x).days)"),),
        {"Return a timedelta, not a number.": function("return (date(x.year + 1, 1, 1) - x).days")},
    ),
    "zones": Kind(
        function("return x.astimezone(UTC)"),
        "case(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2))))",
        "case(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=3))))",
        (function("return x"),), {"datetime(2024": function("return x.replace(tzinfo=None)")},
    ),
    "prices": Kind(
        function("return (x * 3).quantize(Decimal('0.1'))"), "case(Decimal('1.15'))",
        "case(Decimal('2.22'))", (function("return float((x * 3).quantize(Decimal('0.1')))"),),
        {"(Decimal('1.15'))": function("return x * 3")},
    ),
    "shares": Kind(
        function("return 1 / x"), "case(Fraction(2, 3))", "case(Fraction(3, 7))",
        (function("return 1 / float(x)"),),
        {"Return a number, not text.": function("return str(1 / x)"),
         "in a new cell to repeat": function("return x")},
    ),
    "table": Kind(
        function("return x[x['age'] > 40].reset_index(drop=True)"),
        "case(pd.DataFrame({'name': ['Ada', 'Bob'], 'age': [36, 41]}))",
        "case(pd.DataFrame({'name': ['Cy', 'Di'], 'age': [50, 5]}))",
        (function("return x.query('age > 40').set_index(pd.RangeIndex((x.age > 40).sum()))"),),
        {"(DataFrame({'name': ['Ada', 'Bob'], 'age': [36, 41]}))": function("return x[x.age > 4]"),
         "Return a DataFrame, not a Series.": function("return x['name']")},
    ),
    "means": Kind(
        function("return x.groupby('city')['age'].mean()"),
        "case(pd.DataFrame({'city': ['A', 'B', 'A'], 'age': [36, 41, 2]}))",
        "case(pd.DataFrame({'city': ['C'], 'age': [1]}))",
        (function("return x.groupby('city').age.agg('mean')"),),
        {"Return a Series, not a dict.": function("return dict(x.groupby('city')['age'].mean())")},
    ),
    "every_other": Kind(
        function("return x[::2]"), "case(range(5))", "case(range(0, 10**9, 3))",
        (function("assert type(x) is range\nreturn range(x.start, x.stop, 2 * x.step)"),),
        {"(range(0, 5))": function("return range(1, x.stop, 2)")},
    ),
    "views": Kind(
        function("return x.items()"), "case({'a': 1})", "case({'b': 2, 'c': 3})",
        (function("return list(x.items())"),), {"Return a list, not a dict.": function("return x")},
    ),
    "generator": Kind(
        function("for k in range(x):\n    yield k * k"), "case(4)", "case(9)",
        (function("return [k * k for k in range(x)]"),),
        {"<a value of more than 200,000 items>": function("while True:\n    yield x")},
    ),
    "endless": Kind(
        function("k = 0\nwhile True:\n    yield k\n    k += 2", ""), "case(3)", "case(9)",
        (function("import itertools\nreturn itertools.count(0, 2)", ""),),
        {"Expected 3 items, got 1": function("yield 0", "")}, ", drive=first_items",
    ),
    "callback": Kind(
        function("return x(x(y))", "x, y"), "case('double')", "case('square')",
        (function("for _ in 'ab':\n    y = x(y)\nreturn y", "x, y"),),
        {"applied(callback, 'double')": function("return x(y)", "x, y")}, ", drive=applied",
    ),
    "options": Kind(
        function("return x[::step]", "x, *, step=1"), "case(([1, 2, 3],), {'step': 2})",
        "[case(([1, 2, 3],), {}), case(([1, 2],), {'step': 2})]",
        (function("return [*x][0::step]", "x, *, step=1"),),
        {"unexpected keyword argument 'step'": function("return x")}, ", drive=with_options",
    ),
    "errors": Kind(
        function("if x < 0:\n    raise ValueError\nreturn x"), "[case(1), case(-1)]",
        "[case(2), case(-2)]", (function("if x < 0:\n    raise UnicodeError('no')\nreturn x"),),
        {"should raise ValueError, but returns −1.": function("return x"),
         "should raise ValueError, but raises AssertionError.": function("assert x > 0\nreturn x")},
    ),
    "own_error": Kind(
        "class TooPoor(Exception):\n    pass\n\n\n"
        + function("if x < 0:\n    raise TooPoor('no money')\nreturn x"),
        "[case(1), case(-1)]", "[case(2), case(-2)]",
        wrong={"In this case, let the function raise TooPoor.": function("return x")},
    ),
    "dice": Kind(
        function("from random import choices\nreturn choices(range(1, 7), k=x)"), "case(99)",
        "case(200)", (function("return np.random.default_rng().integers(1, 7, x)"),),
        {"which is not right": function("return [k % 6 for k in range(x)]")},
        ", judge=has_all_sides",
    ),
    "seeded": Kind(
        function("return Random(x).random()"), "case(5)", "case(6)",
        (function("import random\nrandom.seed(x)\nreturn random.random()"),),
        {"expected  0.623": function("import random\nreturn random.random()")},
    ),
    "long_text": Kind(
        function("return 'ab' * x + 'c'"), "case(3000)", "case(600_000)",
        (function("return ''.join(['ab'] * x + ['c'])"),),
        {"First difference at character 6,001": function("return 'ab' * x + 'd'")},
    ),
    "long_list": Kind(
        function("return list(range(x))"), "case(30_000)", "case(150_000)",
        (function("return np.arange(x) * 1.0"),),
        {"at [25000]: expected 25000, got 0": function("return [k % 25_000 for k in range(x)]")},
    ),
    "digits": Kind(
        function("return 7 ** x"), "[case(3), case(12_000)]", "case(13_000)",
        (function("return pow(7, x)"),),
        {"The two differ beyond": function("return 7 ** x + 2 * (x > 9)"),
         "<a whole number of 33,689 bits>": function("return -(7 ** x) if x > 9 else 343")},
    ),
    "tiny": Kind(
        function("return 6.62607015e-34 * x"), "case(5e14)", "case(3e8)",
        (function("return x * (6.62607015e-34 + 1e-44)"),),
        {"3.3e−19": function("return 2 * 6.62607015e-34 * x")},
    ),
    "lines": Kind(
        function("print('Hello', x)\nprint(len(x))"), "case('Ada', printed=True)",
        "case('Bob!', printed=True)", (function("print(f'Hello {x}\\n{len(x)}')"),),
        {"in line 1: expected 'Hello Ada', got 'Hi Ada'.": function("print('Hi', x)\nprint(3)"),
         "Line 2 is missing: '3'.": function("print('Hello', x)"),
         "Line 3 is not expected: 'ok'.": function("print('Hello', x)\nprint('3\\nok')")},
    ),
    "keyboard": Kind(
        function("return int(input('a? ')) + int(input('b? '))", ""), "case(typed='3\\n4')",
        "case(typed='-5\\n6')", (function("import sys\nreturn sum(map(int, sys.stdin))", ""),),
        {"Return a number, not text.": function("return input() + input()", "")},
    ),
    "in_place": Kind(
        function("x *= 2"), "case(np.array([1, 2]), returns=[0])", "case(np.ones(2), returns=[0])",
        (function("x[:] = [2 * n for n in x]"),),
        {"argument 0 afterwards": function("return 2 * x")},
    ),
    "written": Kind(
        function("with open(x, 'w') as file:\n    file.write('a\\nb')"),
        "case('out.txt', returns=['out.txt'])", "case('b/o.txt'[2:], returns=['o.txt'])",
        (function("from pathlib import Path\nPath(x).write_text('a\\nb')"),),
        {"out.txt afterwards is missing": function("return 'a\\nb'"),
         "Line 2 is missing: 'b'.": function("from pathlib import Path\nPath(x).write_text('a')")},
    ),
    "points": Kind(
        "f = np.linspace(0, 1, 5)", "case(variable=True)", "case(variable=True)",
        ("f = [1e-16, 0.25 + 1e-15, 0.5, 0.75, 1 + 1e-15]",),
        {"points is [0, 1], which is not right.": "f = [0, 1]"},
    ),
    "plot": Kind(
        function("from matplotlib import pyplot as plt\nplt.plot(x, x)\nplt.title('line')"),
        "case([1, 2])", "case([1, 2, 4])",
        (function("""
            import matplotlib.pyplot as plt
            figure, axes = plt.subplots()
            axes.plot(x, x, "o-")
            axes.set_title("line")
            plt.show()
            return figure"""),),
        {"'title': ''": function("import matplotlib.pyplot as plt\nplt.plot(x, x)\nplt.show()"),
         "'lines': []": function("from matplotlib import pyplot as plt\nplt.scatter(x, x)")},
        ", drive=drawn",
    ),
}  # fmt: skip


def named(source, name):
    """Return an answer with the exercise's own name."""
    return source.replace("def f(", f"def {name}(").replace("f = ", f"{name} = ")


def cells_of(name, kind):
    """Yield the sources of an exercise's cells."""
    lines = named(kind.reference, name).splitlines()
    start = next((k for k, line in enumerate(lines, 1) if line.startswith("def ")), 0)
    body, pad = lines[start:], "    " * bool(start)
    marks = f"{pad}### BEGIN SOLUTION", f"{pad}### END SOLUTION"
    yield "\n".join([f"# exercise: {name}", *lines[:start], marks[0], *body, marks[1]])
    for role, cases in (("check", kind.public), ("hidden", kind.hidden)):
        many = cases if cases.startswith("[") else f"[{cases}]"
        check = f"check({name!r}, cases{kind.options})"
        yield f"# {role}: {name}, 1 point\ndef cases(rng):\n    yield from {many}\n\n\n{check}"
    for said, answer in kind.wrong.items():
        yield f"# distractor: {name}, {said}\n# hint: Think.\n{named(answer, name)}"


@pytest.fixture(scope="module")
def master():
    sources = [SETUP, *(cell for name, kind in KINDS.items() for cell in cells_of(name, kind))]
    cells = map(nbformat.v4.new_code_cell, sources)
    return Master.of(nbformat.v4.new_notebook(cells=list(cells)))


@pytest.fixture(scope="module")
def released(master):
    return release("other", master, 1, public_checks(master))["other.json"]


def answers_of(kind):
    return [kind.reference, *kind.right, *kind.wrong.values()]


@pytest.fixture(scope="module")
def points(master):
    """Return the points of the public and the hidden check of each exercise and answer."""
    text, earned = nbformat.writes(master.node), {}
    for k in range(max(len(answers_of(kind)) for kind in KINDS.values())):
        answers = {name: answers_of(kind)[k:][:1] for name, kind in KINDS.items()}
        sources = {name: named(one[0], name) for name, one in answers.items() if one}
        graded = grade_one("x", answered_notebook(master, sources), text, "seed")
        assert graded.status == "graded"
        for result in graded.results:
            earned.setdefault((result.exercise, k), []).append(result.points)
    return earned


def test_check_master_finds_no_errors(master):
    assert [str(one) for one in behaviour(master, mutate=False) if not one.advice] == []


@pytest.mark.parametrize("name", KINDS)
def test_answers_are_judged_alike_at_home_and_in_grading(
    name, master, released, points, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.json").write_text(released)
    [check] = (cell.source for cell in master.of_exercise(name, Role.CHECK))
    kind = KINDS[name]
    said = ["All public checks pass."] * (1 + len(kind.right)) + list(kind.wrong)
    for k, (answer, sentence) in enumerate(zip(answers_of(kind), said, strict=True)):
        feedback = str(at_home(named(answer, name), check))
        assert sentence in feedback, feedback
        is_right = k <= len(kind.right)
        assert points[name, k] == ([1, 1] if is_right else [0, 0]), feedback


def at_home(answer, check):
    """Run the set-up, an answer and its check as a notebook does; return the feedback."""
    names = {"__name__": "__main__"}
    for file, source in (("<set-up of home>", SETUP), ("<answer at home>", answer)):
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
        exec(compile(source, file, "exec"), names)
    body, call = check.rsplit("\n", 1)
    exec(compile(body, "<check>", "exec"), names)
    return eval(call, names)
