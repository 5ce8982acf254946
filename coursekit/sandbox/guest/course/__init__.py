"""A package for `coursekit.course.checks`, which every lesson imports."""
