"""Exercises: what a check hands to an answer, how what comes back is judged, what is released."""
