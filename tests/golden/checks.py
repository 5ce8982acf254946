"""The feedback that a check gives students on each kind of answer."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.provoke import Entry, Section, cell, shown
from tests.support.one import Student, one_master

NUMBERS = ["case(1)", "case(2)", "case(30)"]
LISTS = ["case([1], unchanged=True)", "case([1, 2, 3, 4], unchanged=True)"]
# the body of the reference f(x), its cases, and the bodies of students' answers
DOUBLE = ("return 2 * x", NUMBERS, [
    "raise NotImplementedError",
    "return 2 * x",
    "return None",
    "return -2 * x",
    "return 2 * x + 1e-5",
    "return True",
    "return [2 * x]",
    "return 2 * x if x < 2 else 0",
    "return undefined",
    "import sys; sys.exit()",
    "while True: pass",
])  # fmt: skip
REVERSE = ("return x[::-1]", LISTS, [
    "return x",
    "x.reverse(); return x",
    "return x[:0:-1]",
    "return x[::-1] + x",
    "return tuple(x)",
    "return [0, *x[-2::-1]]",
])  # fmt: skip
READS = ("return sum(x)", ["case([1, 2, 3], reads=4)"], ["return sum(x) + sum(x) - sum(x)"])
REFUSE = ("raise ValueError(x)", ["case(1)"], ["return x"])
GRAPH = (
    "from coursekit import backprop\nreturn dict(backprop(x))",
    ["lin_case(kite())"],
    ["return {v: 1.0 for v in x.vertices}", "return {}", "from coursekit import backprop\n"
     "return backprop(x)", "while True: x.partials[x.vertices[0], x.out(x.vertices[0])[0]]"],
)  # fmt: skip
EXERCISES = {
    "f doubles a number": DOUBLE,
    "f reverses a list and leaves it unchanged": REVERSE,
    "f may read at most four items": READS,
    "f must raise": REFUSE,
    "f returns the adjoints of a graph": GRAPH,
}


BAD_CASES = [
    "case(print)",
    "case([1], returns=[-1])",
    "case(files={'../a.csv': '1,2'})",
    "case(files={'a.csv': 12})",
    "case([1], step=2)",
    "case('Ada', print=True)",
]
BY_HAND = """
from coursekit.course.checks import Lesson
check = Lesson("05-backpropagation")
check("backprop", lambda rng: [{"args": [print]}])
"""
NO_YIELD = """
from coursekit.course.checks import Lesson, case
def few(rng): case([1])
check = Lesson("05-backpropagation")
check("backprop", few)
"""
THIRD = ',{"value":{"t":"int","v":"0x3c"}}'  # the last case's outcome in one.json


def feedback(reference: str, cases: list[str], answers: list[str]) -> Iterator[Entry]:
    """Yield the feedback on each answer to an exercise."""
    with TemporaryDirectory() as folder, chdir(folder):
        for body in answers:
            code = "def f(x):\n" + "\n".join(f"    {line}" for line in body.splitlines())
            student = Student(one_master(reference, cases), Path(folder))
            yield Entry(code, str(student.check(code)))


def files() -> Iterator[Entry]:
    """Yield the feedback when the notebook or its JSON file is not as it was released."""
    with TemporaryDirectory() as folder, chdir(folder):
        student = Student(one_master("return 2 * x", NUMBERS), Path(folder))
        public = Path("one.json")
        whole = public.read_text(encoding="utf-8")
        student.check_cell = student.check_cell.replace("check('f'", "check('g'")
        yield Entry("check('g', cases)", str(student.check("")))
        student.check_cell = student.check_cell.replace("check('g'", "check('f'")
        yield Entry("check('f', cases)    # f is not defined", str(student.check("")))
        texts = {"damaged": whole[:-9], "from another version": whole.replace(THIRD, "")}
        for what, text in texts.items():
            public.write_text(text, encoding="utf-8")
            yield Entry(f"check('f', cases)    # one.json is {what}", str(student.check("")))
        public.unlink()
        yield Entry("check('f', cases)    # one.json is missing", str(student.check("")))


def sections() -> Iterator[Section]:
    """Yield a section for each kind of exercise."""
    for what, (reference, cases, answers) in EXERCISES.items():
        yield Section(f"Checks: {what}", list(feedback(reference, cases, answers)))
    bad_cases = [cell(f"from coursekit.course.checks import case\n{code}") for code in BAD_CASES]
    yield Section(
        "Checks: cases that cannot be built", [*bad_cases, shown(BY_HAND), shown(NO_YIELD)]
    )
    yield Section("Checks: mismatched, damaged and missing files", list(files()))
