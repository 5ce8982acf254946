"""A real ipykernel that sends lines of JSON instead of zmq messages: display, magics, await work.

The zygote builds it once, without a thread, an event loop or a socket; each fork runs it.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace
from typing import Any

from ipykernel import zmqshell
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from IPython.core.history import HistoryManager
from jupyter_client.session import Session
from tornado.ioloop import IOLoop

from . import check_probe
from .check_probe import MIME
from .limits import MAX_SHOWN_BYTES
from .statements import run_each_statement

CHUNK = 1 << 18  # bytes received at a time
FLUSH_CHARACTERS = 1 << 16
MAX_ERROR_CHARACTERS = 1 << 14  # of each text in an error: a message may contain all of its data
MAX_TRACEBACK_LINES = 50
BYTES_PER_CHARACTER = 12  # the most in JSON: "\\ud83d\\ude00"
CONTROL = {"status", "execute_reply", "error"}  # messages that are always sent
LEFT_OUT = "\n[the rest is left out]\n"
WARM_UP_CELLS = (  # the first cell of each kind is slow: it loads parsers and fills caches
    "1 + 1",
    "1 / 0",
    "import coursekit.examples, coursekit.course.checks",  # every lesson does this
    "from coursekit.check_probe import display_record, outcomes_of\n"
    "outcomes = outcomes_of(len, [{'args': ['a']}], 1)\n"
    "display_record({'exercise': 'len', 'outcomes': outcomes})",  # every check does this
)


def to_line(message: Any) -> bytes:
    """Return a message as a line of JSON; a value that JSON cannot represent is sent as its repr.

    >>> to_line({"a": "1\\n"})
    b'{"a":"1\\\\n"}\\n'
    """
    return json.dumps(message, separators=(",", ":"), default=repr).encode() + b"\n"


class LineSession(Session):
    """A Jupyter session that sends each of ipykernel's messages as a line of JSON."""

    channel: Any = None  # a worker's socket; the zygote has none and sends nothing
    owner = 0  # the worker's process; what its children print could mix with its messages
    shown = 0  # bytes of text, pictures and other output that the current cell has sent
    _one_at_a_time = threading.RLock()

    def send(  # type: ignore[override]  # a single socket replaces the streams
        self, _stream: Any, message: Any, content: Any = None, parent: Any = None, *_: Any,
        header: Any = None, metadata: Any = None, **_options: Any,
    ) -> Any:  # fmt: skip
        """Send a message; drop what a cell shows beyond the limit, which costs it no points."""
        if not isinstance(message, dict):
            message = self.msg(message, content, parent, header, metadata)
        if self.channel is None:
            return message
        kind, content = message["header"]["msg_type"], message["content"]
        is_output = kind not in CONTROL and MIME not in (content.get("data") or ())
        if is_output and (self.is_full or os.getpid() != self.owner):
            return message
        if kind in CONTROL:
            content = {key: _shortened_error(value) for key, value in content.items()}
        parent = (message["parent_header"] or {}).get("msg_id")
        frame = {"type": kind, "parent": parent, "content": content}
        try:
            data = to_line(frame)
        except (ValueError, RecursionError) as error:
            what = f"the displayed object cannot be sent: {error}"[:200]
            content = {"ename": type(error).__name__, "evalue": what, "traceback": []}
            data = to_line(frame | {"type": "error", "content": content})
        if is_output:
            left = max(0, MAX_SHOWN_BYTES - self.shown)
            self.shown += len(data)
            if self.is_full and kind != "stream":
                return message
            if self.is_full:
                text = content["text"][: left // BYTES_PER_CHARACTER] + LEFT_OUT
                data = to_line(frame | {"content": content | {"text": text}})
        with self._one_at_a_time:
            self.channel.sendall(data)
        return message

    @property
    def is_full(self) -> bool:
        """Whether the current cell has shown all that it may."""
        return self.shown > MAX_SHOWN_BYTES

    def feed_identities(self, message: Any, copy: bool = True) -> Any:  # noqa: ARG002
        return [], message

    def deserialize(self, message: Any, **_: Any) -> Any:  # type: ignore[override]  # never serialized
        return message


def _shortened_error(value: Any) -> Any:
    """Return a part of an error's message with its texts shortened."""
    if isinstance(value, str):
        return value[:MAX_ERROR_CHARACTERS]
    if isinstance(value, list):  # a traceback
        return [_shortened_error(line) for line in value[:MAX_TRACEBACK_LINES]]
    return value


class CappedStream(OutStream):
    """A stdout or stderr that sends text every 64 KB, at a flush and at the end of a cell."""

    _unsent = 0

    def write(self, text: str) -> Any:
        if self.session.is_full:
            return len(text)
        self._unsent += len(text)
        length = super().write(text)
        if self._unsent > FLUSH_CHARACTERS:
            self._unsent = 0
            self._flush()  # type: ignore[no-untyped-call]
        return length


class NoThread(IOPubThread):
    """Replaces ipykernel's output thread, and does its work immediately.

    A thread for each delayed flush would count towards the processes that a worker may have.
    """

    def __init__(self) -> None:
        self.thread: Any = SimpleNamespace(is_alive=lambda: False, ident=None)
        self.io_loop: Any = self

    def call_later(self, _delay: float, _do: Callable[[], None]) -> None:
        """Do nothing: text that is not flushed is sent at the end of the cell."""

    def schedule(self, do: Callable[[], None]) -> None:
        do()


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """The stock shell, under the name that libraries look for, without a GUI event loop."""

    def enable_gui(self, gui: str | None = None) -> None:
        if gui not in (None, "inline"):
            raise RuntimeError(f"cannot open a {gui} window here: no windows are available")

    def ask_exit(self) -> None:
        """Ignore exit(): a stock kernel would exit a moment later, during another cell."""


class Kernel(IPythonKernel):
    """ipykernel's kernel with the shell defined above."""

    shell_class = ZMQInteractiveShell

    _execute_sleep = 0  # do not wait for zmq's thread, which does not exist here

    @property
    def _supports_kernel_subshells(self) -> bool:  # they would need zmq
        return False


def build_kernel(library_cells: Sequence[str]) -> Any:
    """Return a kernel that has run the warm-up cells and `library_cells`; it sends nothing yet."""
    HistoryManager.enabled = False
    if sys.version_info >= (3, 14):  # by default, it has a fork server, which must handle SIGCHLD
        from multiprocessing import context

        context._default_context._default_context = context._concrete_contexts["fork"]
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as in ipykernel's app
    modules: dict[str, Any] = sys.modules
    modules["debugpy"] = None  # no debugger attaches, and each fork would copy its pages
    session = LineSession(key=b"")
    kernel: Any = Kernel.instance(
        session=session, iopub_socket=object(), shell_stream=None, log=logging.getLogger("kernel")
    )
    run_each_statement(kernel.shell)
    kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    with open(os.devnull, "w") as null, redirect_stdout(null), redirect_stderr(null):
        for cell in (*WARM_UP_CELLS, *library_cells):
            asyncio.run(_execute(kernel, cell, "", is_kept=False))
    del modules["debugpy"]
    sys.breakpointhook = lambda *_, **__: None  # as in ipykernel when no debugger is attached
    kernel.shell.reset(new_session=True, aggressive=False)
    kernel.shell.execution_count = 1
    return kernel


def serve(kernel: Any, channel: socket.socket) -> None:
    """Run the cells that a socket receives, until it closes."""
    kernel.session.channel, kernel.session.owner = channel, os.getpid()
    for name in ("stdout", "stderr"):
        stream: Any = CappedStream
        setattr(sys, name, stream(kernel.session, NoThread(), name, watchfd=True))
    sys.displayhook = kernel.shell.displayhook
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_run_cells(kernel, channel))


async def _run_cells(kernel: Any, channel: socket.socket) -> None:
    parts: asyncio.Queue[bytes] = asyncio.Queue()

    def receive() -> None:  # O_NONBLOCK would also affect `sendall`
        parts.put_nowait(channel.recv(CHUNK, socket.MSG_DONTWAIT))

    asyncio.get_running_loop().add_reader(channel.fileno(), receive)
    data = b""
    while part := await parts.get():
        *lines, data = (data + part).split(b"\n")
        for line in lines:
            request = json.loads(line)
            kernel.session.shown = 0
            check_probe.cases = request["cases"]
            await _execute(kernel, request["code"], request["id"])
    os._exit(0)


async def _execute(kernel: Any, code: str, number: str, *, is_kept: bool = True) -> None:
    kernel.io_loop = IOLoop.current()
    content = {"code": code, "silent": False, "store_history": is_kept, "stop_on_error": False}
    message = kernel.session.msg("execute_request", content)
    message["header"]["msg_id"] = number  # the parent of the messages that the cell sends
    await kernel.dispatch_shell(message)
