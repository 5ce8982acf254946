"""∂ℓ/∂w, one sum over paths, computed two ways.

`__init__.pyi` lists the public names with their modules; each module is loaded when one of its
names is first used. The operations in that list are entries of the table in
`engine/operations.py`.
"""

import builtins
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_OPERATIONS = "coursekit.engine.operations"
_STUB = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
_IMPORTS = re.findall(r"^from \.([\w.]+) import (\w+)", _STUB, re.MULTILINE)
_MODULES = {name: f"coursekit.{module}" for module, name in _IMPORTS}
_MODULES |= dict.fromkeys(re.findall(r"^(\w+): Op$", _STUB, re.MULTILINE), _OPERATIONS)
# `from coursekit import *` must not replace abs, pow, sum, max and min
__all__ = [name for name in _MODULES if not hasattr(builtins, name)]


def __dir__() -> list[str]:
    return sorted([*_MODULES, "examples", "networks"])


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module == _OPERATIONS:
        value = import_module(module).OPS[name]
    elif module:
        value = getattr(import_module(module), name)
    elif not name.startswith("_") and find_spec(f"coursekit.{name}"):
        value = import_module(f"coursekit.{name}")
    else:
        return _added_operation(name)
    globals()[name] = value  # cached: the next lookup does not call __getattr__
    return value


def _added_operation(name: str) -> Any:
    """Return an operation that the user added to the table; raise an error if there is none."""
    operations = sys.modules.get(_OPERATIONS)
    if operations and name in operations.OPS:
        return operations.OPS[name]
    from coursekit.errors import did_you_mean

    message = f"coursekit has no name {name!r}{did_you_mean(name, _MODULES)}"
    # `from coursekit import x` replaces the message of an AttributeError, but not of an ImportError
    if sys._getframe(2).f_code.co_name == "_handle_fromlist":
        raise ImportError(message, name="coursekit")
    raise AttributeError(message, name=name, obj=None)  # with None, Python adds no hint
