"""Names and formulas: a name may be any unique string; unnamed vertices are v1, v2, …"""

from coursekit.engine.tape.columns import Columns
from coursekit.engine.tape.inputs import constant_text
from coursekit.errors import GraphError


class Names:
    """The names that the user chose for vertices, and the formulas that use all names."""

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

    def is_chosen(self, index: int) -> bool:
        """Return whether the user chose a name for this vertex."""
        return index in self._name_of

    def is_taken(self, name: str) -> bool:
        """Return whether some vertex has this name."""
        return name in self._index_of

    def add(self, index: int, name: str) -> None:
        """Name a vertex; raise GraphError if it has a name, or the name is taken."""
        if index in self._name_of:
            raise GraphError(f"vertex {self[index]} already has a name")
        if name in self._index_of:
            raise GraphError(f"the name {name!r} is already taken: choose another one")
        self._index_of[name], self._name_of[index] = index, name

    def operands(self, index: int) -> list[str]:
        """Return the names of the vertices and the constants that a vertex is computed from."""
        constants = self._columns.constants
        operands = self._columns.operands(index)
        return [self[i] if i >= 0 else constant_text(constants[-i - 1]) for i in operands]

    def formula(self, index: int) -> str:
        """Return the formula of a vertex, such as "a + b", or "" for an input."""
        op = self._columns.ops[index]
        return op.formula(*self.operands(index)) if op else ""
