"""nbgrader and Otter-Grader, the graders that instructors use today, on the same notebooks."""
