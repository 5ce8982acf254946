"""∂ℓ/∂w, one sum over paths, computed two ways.

The public names stand in `__init__.pyi`, each loaded on first use; every operation of the table
in `engine/operations.py` is public under its own name.
"""

from typing import Any

import lazy_loader

_public, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    from coursekit.engine.operations import OPS

    return OPS[name] if name in OPS else _public(name)
