"""The sample master: an exercise with checks and distractors, and a written question."""

import nbformat

from coursekit.course.master import METADATA

TEXT_CELLS = ("title", "largest", "words", "words-answer")
CELLS = {
    "title": """# Exercises: NAME

There is one function to write, and one question to answer in words. Replace
`raise NotImplementedError`, run the cell, then run the check below it, as often as you like.""",
    "setup": """from random import Random

from coursekit.course.checks import Lesson, case

check = Lesson("NAME")""",
    "largest": """## 1. The largest

Write `largest(numbers)`, which returns the largest number in a list that is not empty. Do not
change the list.""",
    "largest-answer": """# exercise: largest


def largest(numbers):
    ### BEGIN SOLUTION
    best = numbers[0]
    for x in numbers[1:]:
        if x > best:
            best = x
    return best
    ### END SOLUTION""",
    "largest-check": """# check: largest, 1 point
def small_lists(rng: Random):  # from small to large: students see the first case that fails
    yield case([3], unchanged=True)
    yield case([1, 2], unchanged=True)
    yield case([-5, -2, -9], unchanged=True)
    for n in (4, 6):
        yield case([rng.randint(-9, 9) for _ in range(n)], unchanged=True)


check("largest", small_lists)""",
    "largest-hidden": """# hidden: largest, 2 points
def more_lists(rng: Random):
    for n in range(1, 12):
        yield case([rng.randint(-99, 99) for _ in range(n)], unchanged=True)


check("largest", more_lists)""",
    "largest-first": """# distractor: largest, the first
# hint: You return the first number: look at all of them.
def largest(numbers):
    return numbers[0]""",
    "largest-from-zero": """# distractor: largest, begins at zero
# hint: All numbers may be negative: start with one of them, not with 0.
def largest(numbers):
    best = 0
    for x in numbers:
        if x > best:
            best = x
    return best""",
    "words": """## 2. In words

How many times does your function compare two numbers if the list has n of them?""",
    "words-answer": """<!-- written: words, 2 points
rubric: 1 point: each number is compared once. 1 point: so the cost grows with the length. -->
n − 1 times: each number but the first is compared once with the best so far.""",
}


def new_master(name: str) -> str:
    """Return a new master, in which `coursekit check-master` finds no errors."""
    v4, cells = nbformat.v4, []
    for at, source in CELLS.items():
        new_cell = v4.new_markdown_cell if at in TEXT_CELLS else v4.new_code_cell
        cells.append(new_cell(source.replace("NAME", name), id=at))
    return f"{nbformat.writes(v4.new_notebook(cells=cells, metadata=METADATA))}\n"
