"""Graphs compiled to straight-line code: run again and again, for numbers, batches and arrays."""
