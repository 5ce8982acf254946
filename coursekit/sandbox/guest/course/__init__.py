"""The parent package of `coursekit.course.checks`, which every lesson imports."""
