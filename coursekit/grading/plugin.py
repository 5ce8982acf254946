"""Define `pytest --coursekit`; pytest loads this module in every run of every project.

nbval is imported only when the option is used, so pytest works in an environment without nbval.
"""

from pathlib import Path
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """Add `--coursekit` and `--coursekit-solutions`."""
    group = parser.getgroup("coursekit", "grading notebooks")
    group.addoption(
        "--coursekit", action="store_true", help="grade notebooks against their masters"
    )
    group.addoption(
        "--coursekit-solutions", default="solutions", help="the folder that contains the masters"
    )


def pytest_configure(config: Any) -> None:
    """Exit with one sentence if `--coursekit` is used and a package is missing."""
    if not config.option.coursekit:
        return
    try:
        import coursekit.grading.nbval_plugin  # noqa: F401
    except ImportError as error:
        import pytest

        from coursekit.distribution import remedy

        package = (error.name or "").partition(".")[0]
        raise pytest.UsageError(f"{package} is not installed: {remedy('grade')}") from None


def pytest_collect_file(file_path: Path, parent: Any) -> Any:
    """Return a collector for the submission if `--coursekit` is used."""
    option = parent.config.option
    if not option.coursekit or file_path.suffix != ".ipynb":
        return None
    from coursekit.grading.nbval_plugin import submission_in

    return submission_in(file_path, parent, Path(option.coursekit_solutions))
