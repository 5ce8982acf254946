"""The figures of this course: `graphs.py` draws graphs, `plots.py` draws curves and tables."""
