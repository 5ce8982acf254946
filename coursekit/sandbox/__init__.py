"""The sandbox of a submission: `host` runs in the grader, `guest` beside a student's code."""
