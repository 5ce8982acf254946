"""Width by size and colour by sign of a partial: half a decade is one step of the width.

From |∂u/∂v| ≤ 0.01, the thinnest, to |∂u/∂v| ≥ 100; negative edges are dashed, too.
`lib/weights.js` does the same in the browser.
"""

from math import floor, isnan, log10
from numbers import Real
from typing import Any

STEPS = 4  # half decades below and above 1
ZERO = "zero"


def weight_states(partial: Any) -> tuple[str, ...]:
    """Return the states of an edge with this partial; () if it is not a number.

    >>> weight_states(1.0), weight_states(-0.1), weight_states(1e9), weight_states(None)
    (('plus', 'size-4'), ('minus', 'size-2'), ('plus', 'size-8'), ())
    """
    if not isinstance(partial, Real) or isnan(partial):
        return ()
    if partial == 0:
        return (ZERO,)
    size = 2 * log10(min(max(abs(float(partial)), 1e-9), 1e9))
    step = min(max(floor(size + 0.5), -STEPS), STEPS)
    return "plus" if float(partial) > 0 else "minus", f"size-{step + STEPS}"
