"""The package that pip installs: its name, its version, and its extras."""

from importlib.metadata import version as version_of
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec

from coursekit.errors import CommandError

NAME = "coursekit-backprop"  # `coursekit` on PyPI is another project


def version() -> str:
    """Return the version of the installed distribution."""
    return version_of(NAME)


def remedy(extra: str) -> str:
    """Return instructions for installing an extra, from a clone or from the wheel."""
    wheel = f"{NAME.replace('-', '_')}-{version()}-py3-none-any.whl"
    return f'run "make env" in a clone, or pip install "{wheel}[{extra}]"'


def course_folder(name: str) -> Traversable:
    """Return the course's `notebooks` or `exercises`, in the wheel or in the clone."""
    in_wheel, in_clone = files("coursekit") / name, files("coursekit") / ".." / name
    return in_wheel if in_wheel.is_dir() else in_clone


def require(package: str, extra: str) -> None:
    """Raise a CommandError if the package is missing; it says how to install the extra."""
    if find_spec(package) is None:
        raise CommandError(f"{package} is not installed: {remedy(extra)}")
