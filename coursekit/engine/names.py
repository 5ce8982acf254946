"""Names: a name may be any unique string; unnamed vertices are v1, v2, …"""

from typing import Any

from coursekit.engine.tape.columns import Columns
from coursekit.errors import GraphError


class Names:
    """The names that the user chose for vertices, and the names of their operands."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._index_of: dict[str, int] = {}
        self._name_of: dict[int, str] = {}

    def __getitem__(self, index: int) -> str:
        """Return the name that the user chose for a vertex, or v1, v2, …"""
        if (chosen := self._name_of.get(index)) is not None:
            return chosen
        name = f"v{index + 1}"
        while name in self._index_of:
            name += "′"
        return name

    def add(self, index: int, name: str) -> None:
        """Name a vertex; raise GraphError if it has a name, or the name is taken."""
        if index in self._name_of:
            raise GraphError(f"vertex {self[index]} already has a name")
        if name in self._index_of:
            raise GraphError(f"the name {name!r} is already taken: choose another one")
        self._index_of[name], self._name_of[index] = index, name

    def operands(self, index: int) -> list[str]:
        """Return the names of the vertices and the constants that a vertex is computed from."""
        constants, operands = self._columns.constants, self._columns.structure.operands(index)
        return [self[i] if i >= 0 else _constant(constants[-i - 1]) for i in operands]


def _constant(constant: Any) -> str:
    """Return a constant as formulas show it; an array is shown by its shape."""
    if isinstance(constant, float):
        return f"{constant:g}".replace("-", "−")
    return f"array{constant.shape}".replace(",)", ")")
