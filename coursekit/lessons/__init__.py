"""The content of this course, separate from the kit: its map, judges, figures and outcomes."""
