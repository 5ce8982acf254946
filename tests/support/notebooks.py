"""Notebooks as nbformat objects, for tests that edit cells before grading."""

from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.release import student_notebook


def released(master):
    """Return the notebook that students receive from a master."""
    return Master.parse(student_notebook(master)).node


def nodes(notebook, *roles):
    """Return the cells of a notebook that have one of these roles, to be edited."""
    return [notebook.cells[cell.index] for cell in Notebook.of(notebook).with_role(*roles)]


def exercise_of(node):
    """Return the exercise that a cell belongs to."""
    return Cell.of(0, node).exercise
