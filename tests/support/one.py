"""A master with one exercise, in the form that docs/writing-exercises.md describes."""

import nbformat

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import public_checks, release

SETUP = """from random import Random

from coursekit.course.checks import Given, Lesson, case, lin_case
from coursekit.examples import kite

check = Lesson("one")"""
DISTRACTOR = "# distractor: f, none\n# hint: Think.\ndef f(*_):\n    raise ZeroDivisionError"


def one_master(body, cases, options="", above=""):
    """Return a master with the exercise f; its hidden and public checks have the same cases."""
    solution = "\n".join(f"    {line}" for line in body.splitlines())
    answer = f"# exercise: f\ndef f(x):\n    ### BEGIN SOLUTION\n{solution}\n    ### END SOLUTION"
    yields = "\n".join(f"    yield {one_case}" for one_case in cases)
    checks = [
        f"# {header}\n{above}\n\ndef cases(rng):\n{yields}\n\n\ncheck('f', cases{options})"
        for header in ("check: f, 1 point", "hidden: f, 2 points")
    ]
    cells = map(nbformat.v4.new_code_cell, [SETUP, answer, *checks, DISTRACTOR])
    return Master.of(nbformat.v4.new_notebook(cells=list(cells)))


class Student:
    """A student who has the released notebook in a folder and runs its cells one by one."""

    def __init__(self, master, folder):
        for file, text in release("one", master, 1, public_checks(master)).items():
            (folder / file).write_text(text)
        notebook = Master.read(folder / "one.ipynb")
        [self.check_cell] = [cell.source for cell in notebook.with_role(Role.CHECK)]
        self.names = {"__name__": "__main__"}

    def check(self, answer):
        """Return the feedback on an answer."""
        exec(compile(SETUP, "<set-up>", "exec"), self.names)
        exec(compile(answer, "<answer>", "exec"), self.names)
        body, call = self.check_cell.rsplit("\n", 1)
        exec(compile(body, "<check>", "exec"), self.names)
        return eval(call, self.names)

    @property
    def failing(self):
        return self.names["check"].failing
