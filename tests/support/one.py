"""A master of one exercise, written as the page on writing exercises has it."""

import nbformat

from coursekit.course import master as masters
from coursekit.course.release import release

SETUP = """from random import Random

from coursekit.course.checks import Given, Lesson, case, lin_case
from coursekit.examples import kite

check = Lesson("one")"""
DISTRACTOR = "# distractor: f, none\n# hint: Think.\ndef f(*_):\n    raise ZeroDivisionError"


def one(body, cases, options="", above=""):
    """A master whose exercise is f, with the same cases in public and, twice, in hiding."""
    solution = "\n".join(f"    {line}" for line in body.splitlines())
    answer = f"# exercise: f\ndef f(x):\n    ### BEGIN SOLUTION\n{solution}\n    ### END SOLUTION"
    given = "\n".join(f"    yield {one_case}" for one_case in cases)
    checks = [
        f"# {mark}\n{above}\n\ndef cases(rng):\n{given}\n\n\ncheck('f', cases{options})"
        for mark in ("check: f, 1 point", "hidden: f, 2 points")
    ]
    cells = map(nbformat.v4.new_code_cell, [SETUP, answer, *checks, DISTRACTOR])
    return nbformat.v4.new_notebook(cells=list(cells))


class Handed:
    """What a student has: the released notebook in a folder, its cells run one by one."""

    def __init__(self, master, folder):
        for file, text in release("one", master).items():
            (folder / file).write_text(text)
        self.cells = masters.read(folder / "one.ipynb").cells
        self.names = {"__name__": "__main__"}

    def check(self, answer):
        """The feedback on an answer."""
        exec(compile(SETUP, "<set-up>", "exec"), self.names)
        exec(compile(answer, "<answer>", "exec"), self.names)
        [check] = [c.source for c in self.cells if masters.role(c) == "check"]
        body, call = check.rsplit("\n", 1)
        exec(compile(body, "<check>", "exec"), self.names)
        return eval(call, self.names)

    @property
    def failing(self):
        return self.names["check"].failing
