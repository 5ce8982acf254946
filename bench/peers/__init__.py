"""The graders that instructors have today, on the same notebooks: nbgrader and Otter-Grader."""
