"""The figures of this course, one module for each lesson."""
