"""`pytest --coursekit`: the entry point that pytest loads in every run of every project.

It imports nothing until the option is used, so an environment without nbval can still run pytest.
"""

from pathlib import Path
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """Add `--coursekit` and `--coursekit-solutions`."""
    group = parser.getgroup("coursekit", "grading of notebooks")
    group.addoption(
        "--coursekit", action="store_true", help="grade notebooks against their masters"
    )
    group.addoption("--coursekit-solutions", default="solutions", help="the folder of the masters")


def pytest_configure(config: Any) -> None:
    """Stop with one sentence where `--coursekit` is used without the packages that it needs."""
    if config.option.coursekit:
        try:
            import coursekit.grading.nbval_plugin  # noqa: F401
        except ImportError as error:
            import pytest

            from coursekit import distribution

            package = (error.name or "").partition(".")[0]
            raise pytest.UsageError(
                f"{package} is not installed: {distribution.remedy('grade')}"
            ) from None


def pytest_collect_file(file_path: Path, parent: Any) -> Any:
    """Return the collector of a submission, where `--coursekit` asks for one."""
    option = parent.config.option
    if not option.coursekit or file_path.suffix != ".ipynb":
        return None
    from coursekit.grading.nbval_plugin import submission_in

    return submission_in(file_path, parent, Path(option.coursekit_solutions))
