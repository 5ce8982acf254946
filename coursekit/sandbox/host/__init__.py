"""The grader's side of the sandbox: starts it, asks it for workers, and distrusts their messages."""
