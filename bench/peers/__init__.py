"""Compare coursekit with nbgrader and Otter-Grader, which instructors use today."""
