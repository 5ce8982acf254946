"""Names: any unique string may name a vertex; unnamed ones are v1, v2, …; inputs go by name."""

from collections.abc import Mapping, Sequence
from re import sub
from typing import Any

from coursekit.engine.tape.columns import Columns
from coursekit.engine.values import number_or_array
from coursekit.errors import GraphError, did_you_mean


class Names(dict[int, str]):
    """The name of each vertex: the one that the user chose, or v1, v2, …"""

    __slots__ = ("_columns", "_taken", "tex")

    def __init__(self, columns: Columns) -> None:
        self._columns, self._taken = columns, set[str]()
        self.tex: dict[int, str] = {}  # how pictures and formulas write some of them

    def __missing__(self, index: int) -> str:
        name = f"v{index + 1}"
        while name in self._taken:
            name += "′"
        return name

    def add(self, index: int, name: str, tex: str = "") -> None:
        """Name a vertex; raise GraphError if it has a name, or the name is taken."""
        if not isinstance(name, str) or not name:
            raise GraphError(f"a name must be a string such as 'x', not {name!r}")
        if not isinstance(tex, str):
            raise GraphError(f"tex must be a string such as r'\\hat{{y}}', not {tex!r}")
        if index in self:
            raise GraphError(f"vertex {self[index]} already has a name")
        if name in self._taken:
            raise GraphError(f"the name {name!r} is already taken: choose another one")
        self[index] = name
        self._taken.add(name)
        if tex:
            self.tex[index] = tex

    def operands(self, index: int) -> list[str]:
        """Return the names of the vertices and the constants that a vertex is computed from."""
        constants, operands = self._columns.constants, self._columns.structure.operands(index)
        return [self[i] if i >= 0 else _constant(constants[-i - 1]) for i in operands]


def _constant(constant: Any) -> str:
    """Return a constant as formulas show it; an array is shown by its shape."""
    if isinstance(constant, float):
        return sub(r"(e[+-])0", r"\1", f"{constant:g}").replace("-", "−")  # 1e−5, not 1e−05
    return f"array{constant.shape}".replace(",)", ")")


def input_values(
    names: Mapping[str, object], inputs: Mapping[str, Any], values: Sequence[Any] = ()
) -> list[Any]:
    """Return the inputs' values in the order of `names`; raise GraphError if names do not match.

    Inputs go by name; `values` belong to the first names.
    """
    if values:
        inputs = _by_name([*names], values, inputs)
    if names.keys() != inputs.keys():
        for name in inputs:
            if name not in names:
                raise GraphError(
                    f"there is no input {name!r}{did_you_mean(name, names)};"
                    f" the inputs are: {', '.join(names) or 'none'}"
                )
        missing = next(name for name in names if name not in inputs)
        raise GraphError(f"missing value for input {missing!r}: for example, pass {missing}=1.0")
    return [number_or_array(inputs[name], name) for name in names]


def _by_name(
    names: Sequence[str], values: Sequence[Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs that are passed by position and by name; raise GraphError for conflicts."""
    if len(values) > len(names):
        takes = f"the inputs are {', '.join(names)}" if names else "there are no inputs"
        raise GraphError(f"too many values: {takes}, but {len(values)} values were passed")
    by_name = dict(zip(names, values, strict=False))
    if twice := by_name.keys() & inputs.keys():
        raise GraphError(f"input {min(twice)!r} is passed twice: by position and by name")
    return by_name | dict(inputs)
