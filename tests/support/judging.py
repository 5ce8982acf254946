"""A master run without its checks, and whether an answer is judged wrong on some cases."""

from coursekit.course import master as masters
from coursekit.course.compare import right
from coursekit.sandbox.guest.outcome import outcome_of


class Recorder:
    """Stands for `check` in a master: keeps generators and judges, and runs nothing."""

    def __init__(self):
        self.checks = {}

    def __call__(self, exercise, generate, *, judge=None):
        self.checks.setdefault(exercise, []).append((generate, judge))


def run_master(master):
    """Return the names that a master defines, and its checks."""
    names, recorder = {}, Recorder()
    for cell in master.cells:
        if cell.cell_type == "code" and masters.role(cell) != "distractor":
            exec(cell.source, names)
            names["check"] = recorder
    return names, recorder.checks


def notices(answer, found):
    """Return whether an answer is judged wrong on one of these cases."""
    for case, want, judge in found:
        got = outcome_of(answer, case)
        if not right(case, got, want, judge):
            return True
    return False
