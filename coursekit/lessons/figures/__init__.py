"""The figures of this course: `graphs.py` draws graphs, `plots.py` draws curves and tables."""

LICENCE = (
    "CC BY 4.0 (LICENSE-CONTENT, https://creativecommons.org/licenses/by/4.0/):"
    " from coursekit, a course on backpropagation"
)
