"""A class in a folder, with a master that may change, on which commands run."""

import nbformat
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.platforms.grades import read_grades
from tests.support.one import one_master

RIGHT, HALF, WRONG = "return 2 * x", "return 2 * x if x < 9 else 0", "return x"


class Course:
    """One lesson, called one, whose only exercise is f."""

    def __init__(self, folder):
        self.folder, self.out = folder, folder / "out"
        self.release([2])

    def release(self, cases):
        master = one_master(RIGHT, [f"case({x})" for x in cases])
        (self.folder / "solutions").mkdir(exist_ok=True)
        path = self.folder / "solutions" / "one.ipynb"
        path.write_text(nbformat.writes(master.node), encoding="utf-8")

    def notebook(self, answer):
        master = Master.read(self.folder / "solutions" / "one.ipynb")
        return answered_notebook(master, {"f": f"def f(x):\n    {answer}"})

    def hand_in(self, student, answer):
        """Put an answer into a student's folder, such as "Ada" or "Ada/attempt 2"."""
        path = self.folder / "in" / student / "one.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.notebook(answer), encoding="utf-8")

    def grade(self, *options):
        submissions, solutions = self.folder / "in", self.folder / "solutions"
        always = ("--out", self.out, "--solutions", solutions, "--lesson", "one", "--jobs", "1")
        return self.run("grade", submissions, *always, *options)

    def run(self, *arguments):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
        return result.output

    @property
    def points(self):
        return {grade.student: grade.points for grade in read_grades(self.out)}

    def page(self, student):
        return (self.out / "feedback" / f"{student}.html").read_text(encoding="utf-8")
