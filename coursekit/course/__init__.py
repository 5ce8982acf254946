"""Tools for exercises: masters, checks, judges, feedback, release and review."""
