"""a_j = σ(Σ_i w_ji a_i + b_j): a network of layers, with a circle for each neuron."""

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any

from coursekit.errors import GraphError, plural
from coursekit.render.diagram import Diagram
from coursekit.render.picture import Picture, picture_of
from coursekit.render.text import format_number, label

MOST, ENDS = 8, 3  # neurons of a layer; of a larger one, so many are drawn at each end
MAX_LAYERS = 12
MOST_NUMBERS = 24  # more weights than this are widths and colours
Neuron = tuple[int, int | None]  # its layer and its index; None for those that are left out


def draw_network(
    sizes: Sequence[int],
    *,
    weights: Sequence[Any] | None = None,
    biases: Sequence[Any] | None = None,
) -> Picture:
    """Return the picture of a network: `sizes` are the numbers of neurons, inputs first.

    `weights` has a matrix of shape (outputs, inputs) for each pair of layers, and `biases` a vector
    for each layer after the first. The middle of a layer of more than 8 neurons is left out. More
    than 24 weights are widths and colours instead of numbers.

    >>> draw_network([2, 2, 1], weights=[[[1, -1], [2, 0]], [[1, 3]]])
    Network of layers with 2, 2 and 1 neurons. Weights: 6.
    """
    _check_sizes(sizes)
    matrices = _arrays("weights", weights, [(m, n) for n, m in pairwise(sizes)])
    vectors = _arrays("biases", biases, [(m,) for m in sizes[1:]])
    columns = [[(k, i) for i in _shown(n)] for k, n in enumerate(sizes)]
    neurons = [each for column in columns for each in column]
    place = {each: v for v, each in enumerate(neurons)}
    links = [
        (tail, head)
        for tails, heads in pairwise(columns)
        for tail, head in product(tails, heads)
        if tail[1] is not None and head[1] is not None
    ]
    many = len(links) > MOST_NUMBERS
    last, height = len(sizes) - 1, max(map(len, columns))
    diagram = Diagram(
        names=tuple(_name(each, last) for each in neurons),
        symbols=tuple(_bias(each, vectors) for each in neurons),
        kinds=tuple("gap" if i is None else "inner" if k else "input" for k, i in neurons),
        edges=tuple((place[tail], place[head]) for tail, head in links),
        title=_title(sizes, weights),
        formulas=("",) * len(neurons),
        partials=[float(matrices[t[0]][h[1]][t[1]]) for t, h in links] if matrices else (),
        places=tuple(
            (k, row + (height - len(column)) / 2)
            for k, column in enumerate(columns)
            for row in range(len(column))
        ),
        headings=((0, "input"), (place[columns[-1][0]], "output")),
        hide=frozenset({"values", "adjoints"} | ({"partials"} if many or not matrices else set())),
        weights=bool(matrices) and many,
    )
    return picture_of(diagram)


def _check_sizes(sizes: Sequence[int]) -> None:
    if not isinstance(sizes, Sequence) or isinstance(sizes, str):
        raise GraphError(f"sizes={sizes!r}: pass a list such as [2, 2, 1]")
    if not 2 <= len(sizes) <= MAX_LAYERS:
        raise GraphError(
            f"{plural(len(sizes), 'layer')}: pass the sizes of 2 to {MAX_LAYERS}, as in [2, 2, 1]"
        )
    for n in sizes:
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise GraphError(f"{n!r} is not a number of neurons: pass sizes such as [2, 2, 1]")


def _arrays(name: str, arrays: Sequence[Any] | None, shapes: list[tuple[int, ...]]) -> list[Any]:
    """Return the arrays, or raise GraphError for the first that has another shape."""
    import numpy as np  # imported on first use

    if arrays is None:
        return []
    if not isinstance(arrays, Sequence):
        raise GraphError(f"{name}: pass a list with {plural(len(shapes), 'array')}, one a layer")
    if len(arrays) != len(shapes):
        raise GraphError(f"{name}: {len(arrays)} arrays, but the network needs {len(shapes)}")
    found = []
    for k, (array, shape) in enumerate(zip(arrays, shapes, strict=True)):
        try:
            found.append(np.asarray(array, dtype=float))
        except (TypeError, ValueError):
            raise GraphError(f"{name}[{k}] is not an array of numbers") from None
        if found[-1].shape != shape:
            raise GraphError(
                f"{name}[{k}] has the shape {found[-1].shape}, but between these layers it is"
                f" {shape}: one row for each neuron of the later layer"
            )
    return found


def _shown(n: int) -> list[int | None]:
    """Return the neurons of a layer that are drawn; None stands for its middle."""
    if n <= MOST:
        return [*range(n)]
    return [*range(ENDS), None, *range(n - ENDS, n)]


def _name(neuron: Neuron, last: int) -> str:
    k, i = neuron
    letter = "x" if k == 0 else r"\hat{y}" if k == last else "a"
    layer = f"^{{({k})}}" if 0 < k < last and last > 2 else ""
    return label("⋮" if i is None else f"{letter}_{{{i + 1}}}{layer}")


def _bias(neuron: Neuron, biases: list[Any]) -> str:
    k, i = neuron
    if not biases or k == 0 or i is None:
        return ""
    text = format_number(float(biases[k - 1][i]))
    return f"− {text[1:]}" if text.startswith("−") else f"+ {text}"


def _title(sizes: Sequence[int], weights: Any) -> str:
    *some, end = map(str, sizes)
    many = sum(n * m for n, m in pairwise(sizes))
    title = f"Network of layers with {', '.join(some)} and {end} neurons"
    if left := sum(n - 2 * ENDS for n in sizes if n > MOST):
        title += f"; dots stand for {plural(left, 'neuron')} more"
    return f"{title}. Weights: {many:,}" if weights is not None else title
