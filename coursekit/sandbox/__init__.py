"""Where a submission runs: knows nothing of grading."""
