"""The content of this course, apart from the kit: its map, its judges, its public outcomes."""
