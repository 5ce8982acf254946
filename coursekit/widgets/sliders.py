"""Turn a number, (low, high) or (low, high, step) into a slider, as ipywidgets' `interact` does."""

from typing import TypeAlias

import ipywidgets

from coursekit.errors import GraphError

Range: TypeAlias = (
    "float | tuple[float, float] | tuple[float, float, float] | ipywidgets.FloatSlider"
)


def slider(
    name: str, value: float, low: float, high: float, step: float, *, name_width: str = "3em"
) -> ipywidgets.Widget:
    """Return a slider with its name in front; it has only whole numbers if the step is an int."""
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        style={"description_width": name_width},
        layout={"width": "min(100%, 26em)"},
    )


def slider_for(name: str, choice: Range, *, name_width: str) -> ipywidgets.FloatSlider:
    """Return the slider for an abbreviated range; a FloatSlider is only relabelled.

    >>> chosen = slider_for("a", (0.0, 1.0, 0.25), name_width="3em")
    >>> chosen.value, chosen.step
    (0.5, 0.25)
    """
    if isinstance(choice, ipywidgets.FloatSlider):
        choice.description = name
        choice.style.description_width = name_width
        return choice
    try:
        value, low, high, step = _ends(choice)
    except (TypeError, ValueError):
        raise GraphError(
            f"{name} = {choice!r}: give a number, (low, high) or (low, high, step)"
        ) from None
    return slider(name, value, low, high, step, name_width=name_width)


def _ends(choice: float | tuple[float, ...]) -> tuple[float, float, float, float]:
    """Return value, low, high and step; a number x gets the range −x to 3x, and 0 gets 0 to 1."""
    if not isinstance(choice, tuple):
        value = float(choice)
        low, high = sorted((-value, 3 * value)) if value else (0.0, 1.0)
        return value, low, high, 0.1
    low, high, *step = (float(x) for x in choice)
    if not low < high:
        raise ValueError
    return (low + high) / 2, low, high, step[0] if step else 0.1
