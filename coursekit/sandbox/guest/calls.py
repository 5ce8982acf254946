"""Call an answer as a case says: with typed input and files, and what to look at afterwards."""

import builtins
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from . import limits
from .arguments import Stopped
from .encoding import decode, encode


def encoded_result(answer: Any, case: Mapping[str, Any], arguments: Sequence[Any]) -> Any:
    """Return what a case looks at, encoded: by default, the value that the answer returns.

    It may also be the answer itself, the text that it prints, or arguments and files afterwards.
    """
    if case.get("variable"):
        return encode(answer)
    call = _driven(answer, case["drive"]) if "drive" in case else answer
    printed = Printed()
    with ExitStack() as around:
        if "pyplot" in case.get("drive", {}).get("source", ""):
            around.enter_context(_figures_to_look_at())
        around.enter_context(_typed(case.get("typed", "")))
        if "files" in case:
            around.enter_context(_folder_of(case["files"]))
        if case.get("printed"):
            around.enter_context(redirect_stdout(printed))
        value = encode(call(*arguments))  # a generator runs only now
        if "returns" in case:
            seen = [_afterwards(place, arguments) for place in case["returns"]]
            value = encode(seen[0] if len(seen) == 1 else seen)
    return encode(printed.text) if case.get("printed") else value


def _driven(answer: Any, driver: Mapping[str, str]) -> Callable[..., Any]:
    """Return the master's driver, which calls the answer."""
    names: dict[str, Any] = {"__name__": "driver"}
    exec(compile(driver["source"], f"<{driver['name']}>", "exec"), names)
    return lambda *arguments: names[driver["name"]](answer, *arguments)


@contextmanager
def _figures_to_look_at() -> Iterator[None]:
    """Begin without figures, and keep those that are drawn, because plt.show() closes them."""
    from matplotlib import pyplot

    show = pyplot.show
    pyplot.close("all")
    pyplot.show = lambda *_, **__: None
    try:
        yield
    finally:
        pyplot.show = show
        pyplot.close("all")


def _afterwards(place: int | str, arguments: Sequence[Any]) -> Any:
    """Return an argument, by its number, or the text of a file, by its name."""
    if isinstance(place, int):
        return arguments[place]
    file = Path(place)
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None


class Printed(io.StringIO):
    """A stdout that keeps what is printed, and stops an answer that prints too much."""

    def write(self, text: str) -> int:
        if self.tell() > limits.MAX_PRINTED_CHARACTERS:
            raise Stopped(f"output: more than {limits.MAX_PRINTED_CHARACTERS:,} characters printed")
        return super().write(text)

    @property
    def text(self) -> str:
        """What was printed, without blanks at the ends of lines, and without empty last lines."""
        return "\n".join(map(str.rstrip, self.getvalue().split("\n"))).rstrip("\n")


@contextmanager
def _typed(text: str) -> Iterator[None]:
    """Let `input()` and `sys.stdin` read these lines; `input` prints no prompt."""
    before, keyboard = (builtins.input, sys.stdin), io.StringIO(text)

    def next_line(_prompt: object = "") -> str:
        line = keyboard.readline()
        if not line:
            raise EOFError("input() is called more often than there are lines to read")
        return line.removesuffix("\n")

    builtins.input, sys.stdin = next_line, keyboard
    try:
        yield
    finally:
        builtins.input, sys.stdin = before


@contextmanager
def _folder_of(files: Mapping[str, Any]) -> Iterator[None]:
    """Work in a temporary folder with these files, so that no file of the student's changes."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name, plain in files.items():
            path, content = Path(folder, name), decode(plain)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
