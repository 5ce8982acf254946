"""Graphs compiled to straight-line Python code."""
