"""A real ipykernel, a frame in place of each zmq message: display, magics and await are its own.

Built once, before any fork, without a thread, a loop or a socket; `serve` runs in the fork.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import traitlets
from ipykernel import zmqshell
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from IPython.core.history import HistoryManager
from jupyter_client.session import Session
from tornado.ioloop import IOLoop

from .link import HEAD, pack_frame

MOST_PRINTED = 1 << 20  # characters of a cell that are passed on
FIRST_CELLS = (  # the first of its kind is slow: parsers, fonts and caches
    "1 + 1",
    "1 / 0",
    "import coursekit.examples, coursekit.course.checks",  # each lesson's
    "import coursekit.check_probe",  # each probe's
)


class Messages(Session):
    """The seam: whatever the kernel publishes passes `send`."""

    channel: Any = traitlets.Any()  # a socket, or None while nobody listens

    def bind(self, channel: socket.socket) -> None:
        """Speak over this socket from here on."""
        self.channel, self.printed, self._one_at_a_time = channel, 0, threading.RLock()

    def send(  # type: ignore[override]  # no stream: there is one socket
        self, _stream: Any, message: Any, content: Any = None, parent: Any = None, *_: Any,
        header: Any = None, metadata: Any = None, **_options: Any,
    ) -> Any:  # fmt: skip
        """Send a message as a frame; what is printed beyond the limit is dropped."""
        if not isinstance(message, dict):
            message = self.msg(message, content, parent, header, metadata)
        if self.channel is None:
            return message
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            if self.printed > MOST_PRINTED:
                return message
            self.printed += len(content["text"])
            if self.printed > MOST_PRINTED:
                text = content["text"][:MOST_PRINTED] + "\n[the rest is left out]\n"
                content = content | {"text": text}
        parent = (message["parent_header"] or {}).get("msg_id")
        where = "shell" if kind.endswith("_reply") else "iopub"
        frame = {"channel": where, "type": kind, "parent": parent, "content": content}
        try:
            data = pack_frame(frame)
        except (ValueError, RecursionError) as error:
            told = f"what was displayed cannot be sent: {error}"[:200]
            frame["content"] = {"ename": type(error).__name__, "evalue": told, "traceback": []}
            data = pack_frame(frame | {"type": "error"})
        with self._one_at_a_time:
            self.channel.sendall(data)
        return message

    def feed_identities(self, message: Any, copy: bool = True) -> Any:  # noqa: ARG002
        return [], message[1]

    def deserialize(self, message: Any, **_: Any) -> Any:  # type: ignore[override]  # it came as one
        return message


class Printed(OutStream):
    """stdout and stderr: sent every 64 KB, dropped beyond the limit."""

    _held = 0

    def write(self, text: str) -> Any:
        if self.session.printed > MOST_PRINTED:
            return len(text)
        self._held += len(text)
        written = super().write(text)
        if self._held > 1 << 16:
            self._held = 0
            self._flush()  # type: ignore[no-untyped-call]
        return written


class AtOnce(IOPubThread):
    """What ipykernel leaves to a thread of its own is done at once."""

    def __init__(self) -> None:
        self.socket = self.session = None
        self.thread: Any = SimpleNamespace(is_alive=lambda: False, ident=None)
        self.io_loop: Any = self

    def call_later(self, delay: float, do: Callable[[], None]) -> None:
        timer = threading.Timer(delay, do)
        timer.daemon = True
        timer.start()

    def schedule(self, do: Callable[[], None]) -> None:
        do()

    def start(self) -> None: ...

    def stop(self) -> None: ...


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """The stock shell, whose name libraries ask for; there is no application with an event loop."""

    def enable_gui(self, gui: str | None = None) -> None:
        if gui not in (None, "inline"):
            raise RuntimeError(f"there is no window here for {gui}")

    def ask_exit(self) -> None:
        """exit() ends nothing: a stock kernel ends a moment later, under another cell."""


class Kernel(IPythonKernel):
    """ipykernel's kernel with that shell."""

    shell_class = ZMQInteractiveShell

    _execute_sleep = 0  # it waits for zmq's thread, which is not there

    @property
    def _supports_kernel_subshells(self) -> bool:  # they would need zmq
        return False


def build(more: Sequence[str]) -> Any:
    """Return a kernel that has run its first cells, and `more`; nobody listens yet."""
    HistoryManager.enabled = False  # type: ignore[assignment]  # a trait
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as ipykernel's own app
    modules: dict[str, Any] = sys.modules
    modules["debugpy"] = None  # no debugger comes: a sixth of what each fork would have to copy
    session = Messages(key=b"", channel=None)
    kernel: Any = Kernel.instance(
        session=session, iopub_socket=object(), shell_stream=None, log=logging.getLogger("kernel")
    )
    kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    kept = sys.stdout, sys.stderr
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        sys.stdout = sys.stderr = nowhere
        asyncio.run(_first_cells(kernel, (*FIRST_CELLS, *more)))
        sys.stdout, sys.stderr = kept
    del modules["debugpy"]
    sys.breakpointhook = lambda *_, **__: None  # as its own does where nobody is attached
    kernel.shell.reset(new_session=True, aggressive=False)
    kernel.shell.execution_count = 1
    return kernel


def serve(kernel: Any, channel: socket.socket) -> None:
    """Run the cells that come over a socket, until it ends."""
    kernel.session.bind(channel)
    for name in ("stdout", "stderr"):
        stream: Any = Printed
        setattr(sys, name, stream(kernel.session, AtOnce(), name, watchfd=True))
    sys.displayhook = kernel.shell.displayhook
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_cells(kernel, channel))


async def _cells(kernel: Any, channel: socket.socket) -> None:
    kernel.io_loop = IOLoop.current()
    ready = asyncio.Event()
    asyncio.get_running_loop().add_reader(channel.fileno(), ready.set)

    async def exactly(length: int) -> bytes:
        """Read without O_NONBLOCK, which a dup() of ours would share and `sendall` suffer from."""
        data = b""
        while len(data) < length:
            try:
                part = channel.recv(length - len(data), socket.MSG_DONTWAIT)
            except BlockingIOError:
                ready.clear()
                await ready.wait()
                continue
            if not part:
                os._exit(0)
            data += part
        return data

    while True:
        (length,) = HEAD.unpack(await exactly(HEAD.size))
        asked = json.loads(await exactly(length))
        kernel.session.printed = 0
        await _execute(kernel, asked["code"], asked["id"])


async def _first_cells(kernel: Any, sources: Iterable[str]) -> None:
    kernel.io_loop = IOLoop.current()
    for source in sources:
        await _execute(kernel, source, "", silent=True)


async def _execute(kernel: Any, code: str, number: str, *, silent: bool = False) -> None:
    header = kernel.session.msg_header("execute_request") | {"msg_id": number}
    content = {
        "code": code, "silent": silent, "store_history": not silent, "allow_stdin": False,
        "user_expressions": {}, "stop_on_error": False,
    }  # fmt: skip
    message = {
        "header": header, "msg_id": number, "msg_type": "execute_request",
        "parent_header": {}, "metadata": {}, "buffers": [], "content": content,
    }  # fmt: skip
    await kernel.dispatch_shell([None, message])
