"""A submission's sandbox: `host` runs in the grader, `guest` in a process with student code."""
