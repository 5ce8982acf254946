"""Programs that try to break the sandbox: each must fail inside and work outside.

A probe that fails outside too says nothing about the sandbox, so it counts as untested.
"""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from coursekit.sandbox.host.folders import temporary_prefix
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from coursekit.sandbox.host.zygote_client import ZygoteClient

PROBE_TIMEOUT = 20  # seconds
# what it tries → a program that prints "open" if that works. SOCKET is the name of one of our
# sockets, FOLDER is one of our folders, and SECRET is a file in it
PROBES = {
    "network": """
import socket
with socket.socket() as s:
    s.connect(("127.0.0.1", PORT)); print("open")""",
    "abstract sockets": """
import socket
with socket.socket(socket.AF_UNIX) as s:
    s.connect(SOCKET); print("open")""",
    "reading files": """
open(SECRET).close(); print("open")""",
    "writing files": """
import os
for place in ("/var/tmp", "/usr", "/course", "/"):
    path = f"{place}/coursekit-{os.getpid()}"
    try: open(path, "x").close(); print("open"); os.remove(path)
    except OSError: pass""",
    "listing folders": """
import os
if os.listdir(FOLDER): print("open")""",
    "large files": """
import tempfile
with tempfile.TemporaryFile() as file: file.truncate(65 << 20); print("open")""",
    "other processes": """
import os
if len([p for p in os.listdir("/proc") if p.isdigit()]) > 1: print("open")""",
    "many processes": """
import os, signal
children = []
try:
    while len(children) < 40:
        pid = os.fork()
        if pid == 0: signal.pause()
        children.append(pid)
    print("open")
finally:
    for pid in children: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)""",
    "much memory": """
import mmap
mmap.mmap(-1, 3 << 30); print("open")""",
    "coursekit's algorithms": """
import importlib.util as util
if util.find_spec("coursekit") and util.find_spec("coursekit.engine"): print("open")""",
    "new namespaces": """
import ctypes
if ctypes.CDLL(None).unshare(0x10000000) == 0: print("open")""",
    "memory outside any process": """
import os
os.memfd_create("x"); print("open")""",
    "kernel keys": """
import ctypes, pyseccomp
call = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "add_key")
if ctypes.CDLL(None).syscall(call, b"user", b"coursekit", b"x", 1, -1) >= 0: print("open")""",
    "capabilities": """
if int(open("/proc/self/status").read().split("CapEff:")[1].split()[0], 16): print("open")""",
    "root": """
import os
if os.getuid() == 0: print("open")""",
}
# each probe runs in its own fork: one that made namespaces would affect the next
OUTSIDE = """
import json, os, sys
for name, source in json.load(sys.stdin).items():
    pid = os.fork()
    if pid == 0:
        try: exec(source, {"print": lambda word: os.write(1, f"{name}\\n".encode())})
        except Exception: pass
        finally: os._exit(0)
    os.waitpid(pid, 0)
"""


class ProbeResult(StrEnum):
    """The result of a probe."""

    BLOCKED = "blocked"
    OPEN = "not blocked"
    UNTESTED = "could not be tested"  # it fails outside too

    @property
    def heading(self) -> str:
        """The words before a list of probes with this result.

        >>> [result.heading for result in ProbeResult]
        ['Blocked', 'NOT blocked', 'Could not be tested']
        """
        return self.capitalize() if self is not ProbeResult.OPEN else "NOT blocked"


def probe(zygote: ZygoteClient | None = None) -> dict[str, ProbeResult]:
    """Return the result of each probe, run in a worker of this zygote or of a new one."""
    zygote = zygote or ZygoteClient(libraries=())
    try:
        with _targets() as constants:
            sources = {name: constants + source for name, source in PROBES.items()}
            with _start_outside(sources) as outside:
                inside = _open_inside(zygote, sources)
                possible = outside.communicate()[0].splitlines()
    finally:
        zygote.close()
    return {
        name: ProbeResult.OPEN if name in inside
        else ProbeResult.BLOCKED if name in possible
        else ProbeResult.UNTESTED
        for name in PROBES
    }  # fmt: skip


@contextmanager
def _targets() -> Iterator[str]:
    """Make a server, a socket and a file outside the sandbox; yield code that names them."""
    name = f"\0coursekit-{id(PROBES)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
        tempfile.TemporaryDirectory(prefix=temporary_prefix("secret")) as folder,
    ):
        local.bind(name)
        local.listen()
        Path(folder).chmod(0o755)  # world-readable: only the sandbox denies access
        secret = Path(folder, "secret")
        secret.touch()
        port = server.getsockname()[1]
        yield f"PORT = {port}\nSOCKET = {name!r}\nSECRET = {str(secret)!r}\nFOLDER = {folder!r}\n"


def _start_outside(sources: dict[str, str]) -> subprocess.Popen[str]:
    """Start a process that prints the name of each probe that works outside the sandbox."""
    with tempfile.TemporaryFile("w+") as file:
        json.dump(sources, file)
        file.seek(0)
        return subprocess.Popen(
            [sys.executable, "-c", OUTSIDE],
            stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip


def _open_inside(zygote: ZygoteClient, sources: dict[str, str]) -> list[str]:
    """Return the names of the probes that work in a worker."""
    kernel = SandboxKernel(zygote, PROBE_TIMEOUT)
    try:
        return [name for name, source in sources.items() if "open" in _printed(kernel, source)]
    finally:
        kernel.stop()


def _printed(kernel: SandboxKernel, source: str) -> str:
    number = kernel.execute_cell_input(source)
    text = ""
    while True:
        message: Any = kernel.get_message("iopub", PROBE_TIMEOUT)
        content, parent = message["content"], message["parent_header"]
        if message["msg_type"] == "stream":
            text += content["text"]
        if content.get("execution_state") == "idle" and parent["msg_id"] == number:
            return text
