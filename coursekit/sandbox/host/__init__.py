"""The grader's side of the sandbox: starts it, asks for workers, distrusts their messages."""
