"""Programs that try to break the sandbox: each must fail inside and work outside.

A probe that fails outside too says nothing about the sandbox, so it counts as untested.
"""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from subprocess import DEVNULL, PIPE

from coursekit.sandbox.host.folders import temporary_prefix
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from coursekit.sandbox.host.zygote_client import ZygoteClient

PROBE_TIMEOUT = 20  # seconds
IMPORTS = """
import ctypes, mmap, os, signal, socket, tempfile
from contextlib import suppress
"""
# what it tries → a program that raises an error if that is blocked. SOCKET is the name of one of
# our sockets, PORT is the port of another, FOLDER is one of our folders, and SECRET is a file in it
PROBES = {
    "network": 'socket.create_connection(("127.0.0.1", PORT))',
    "abstract sockets": "socket.socket(socket.AF_UNIX).connect(SOCKET)",
    "reading files": "open(SECRET)",
    "writing files": """
written = []
for place in ("/var/tmp", "/usr", "/course", "/"):
    path = f"{place}/coursekit-{os.getpid()}"
    with suppress(OSError): open(path, "x"); written.append(path); os.remove(path)
assert written""",
    "listing folders": "os.listdir(FOLDER)[0]",
    "oversized files": "tempfile.TemporaryFile().truncate(65 << 20)",
    "other processes": '[p for p in os.listdir("/proc") if p.isdigit()][1]',
    "too many processes": """
children = []
try:
    while len(children) < 40:
        pid = os.fork()
        if pid == 0: signal.pause()
        children.append(pid)
finally:
    with suppress(OSError):
        for pid in children: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)""",
    "too much memory": "mmap.mmap(-1, 3 << 30, mmap.MAP_PRIVATE)",
    "coursekit's algorithms": "import coursekit.engine",
    "new namespaces": "assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "memory outside any process": 'os.memfd_create("x")',
    "larger socket buffers": """
socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)""",
    "kernel keys": """
import pyseccomp
call = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "add_key")
assert ctypes.CDLL(None).syscall(call, b"user", b"coursekit", b"x", 1, -1) >= 0""",
    "capabilities": """
assert int(open("/proc/self/status").read().split("CapEff:")[1].split()[0], 16)""",
    "root": "assert os.getuid() == 0",
}
# each probe runs in its own fork: one that made namespaces would affect the next
OUTSIDE = """
import os, sys
for source in sys.argv[1:]:
    if os.fork() == 0: exec(source); break
    os.wait()
"""


class ProbeResult(StrEnum):
    """The result of a probe."""

    BLOCKED = "blocked"
    OPEN = "not blocked"
    UNTESTED = "could not be tested"  # it fails outside too


def probe(zygote: ZygoteClient | None = None) -> dict[str, ProbeResult]:
    """Return the result of each probe, run in a worker of this zygote or of a new one."""
    zygote = zygote or ZygoteClient(libraries=())
    try:
        with _targets() as constants:
            sources = [
                f"{IMPORTS}{constants}{source}\nprint({name!r}, flush=True)"
                for name, source in PROBES.items()
            ]
            run = [sys.executable, "-c", OUTSIDE, *sources]
            with subprocess.Popen(run, stdout=PIPE, stderr=DEVNULL, text=True) as outside:
                inside = _printed_inside(zygote, sources)
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


def _printed_inside(zygote: ZygoteClient, sources: Sequence[str]) -> list[str]:
    """Return the lines that probes print in a worker."""
    kernel, text = SandboxKernel(zygote, PROBE_TIMEOUT), ""
    try:
        for source in sources:
            # one statement: a worker runs what follows a failed import
            kernel.execute_cell_input(f"exec({source!r})")
            state = "busy"
            while state != "idle":
                content = kernel.get_message("iopub", PROBE_TIMEOUT)["content"]
                text += content.get("text", "")
                state = content.get("execution_state", "busy")
    finally:
        kernel.stop()
    return text.splitlines()
