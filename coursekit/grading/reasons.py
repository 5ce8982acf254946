"""Why points are missing, in one line of plain text."""

import re
from collections.abc import Sequence
from typing import Any

from coursekit.course.records import Ending, Outcome

MAX_CHARACTERS = 200
IN_CELL = re.compile(r" \(\S+\.py, (line \d+)\)$")  # how a SyntaxError names its line


def first_reason(outcomes: Sequence[Outcome]) -> str:
    """Return why the answer was stopped or which error it raised, on the first case that says."""
    for outcome in outcomes:
        if outcome.ending is Ending.STOPPED:
            return outcome.message[:MAX_CHARACTERS]
        if outcome.ending is Ending.ERROR:
            line = f" on line {outcome.trace[-1].line}" if outcome.trace else ""
            return f"{outcome.errors[0]}{line}: {outcome.message}"[:MAX_CHARACTERS]
    return ""


def cell_error(outputs: Sequence[Any]) -> str:
    """Return the error among a cell's outputs, "" if the cell ran to its end."""
    for output in outputs:
        if output["output_type"] == "error":
            text, line = output["evalue"], ""
            if match := IN_CELL.search(text):
                text, line = text[: match.start()], f" on {match[1]}"
            return f"{output['ename']}{line}: {text}"[:MAX_CHARACTERS]
    return ""
