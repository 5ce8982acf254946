"""Define `pytest --coursekit`; pytest loads this module in every run of every project.

nbval is imported only when the option is used, so pytest works in an environment without nbval.
"""

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
    """Collect submissions if `--coursekit` is used; if a package is missing, name it and exit."""
    if not config.option.coursekit:
        return
    try:
        from coursekit.grading import nbval_plugin
    except ImportError as error:
        import pytest

        from coursekit.distribution import remedy

        package = (error.name or "").partition(".")[0]
        raise pytest.UsageError(f"{package} is not installed: {remedy('grade')}") from None
    config.pluginmanager.register(nbval_plugin)
    # nbval would run the submissions as well, and without a sandbox
    config.option.nbval = config.option.nbval_lax = False
