"""Each property of the sandbox, tried: inside, where it must fail, and outside, where it must not.

A probe that fails outside as well says nothing about the sandbox; it is then called unproven.
"""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coursekit.sandbox.host.folders import ours
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from coursekit.sandbox.host.zygote_client import cool

SECONDS = 20
# what is shut → a program that prints "open" where it is not. NAME is a socket of ours, SECRET a
# file, LEFT a folder with something in it
PROBES = {
    "network": """
import socket
with socket.socket() as s:
    s.connect(("127.0.0.1", PORT)); print("open")""",
    "abstract sockets": """
import socket
with socket.socket(socket.AF_UNIX) as s:
    s.connect(NAME); print("open")""",
    "files": """
open(SECRET).close(); print("open")""",
    "writing": """
import os
for place in ("/var/tmp", "/usr", "/course", "/"):
    path = f"{place}/coursekit-{os.getpid()}"
    try: open(path, "x").close(); print("open"); os.remove(path)
    except OSError: pass""",
    "what another left": """
import os
if os.listdir(LEFT): print("open")""",
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
    "the kit's algorithms": """
import importlib.util as util
if util.find_spec("coursekit") and util.find_spec("coursekit.engine"): print("open")""",
    "further namespaces": """
import ctypes
if ctypes.CDLL(None).unshare(0x10000000) == 0: print("open")""",
    "memory without a process": """
import os
os.memfd_create("x"); print("open")""",
    "keys": """
import ctypes, pyseccomp
call = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "add_key")
if ctypes.CDLL(None).syscall(call, b"user", b"coursekit", b"x", 1, -1) >= 0: print("open")""",
    "capabilities": """
if int(open("/proc/self/status").read().split("CapEff:")[1].split()[0], 16): print("open")""",
    "root": """
import os
if os.getuid() == 0: print("open")""",
}


def probe() -> dict[str, str]:
    """Return what each probe finds: "shut", "open", or "unproven"."""
    found = {}
    with _reachable() as facts:
        outside = {name: _outside(facts + source) for name, source in PROBES.items()}
        kernel = SandboxKernel(SECONDS)
        try:
            for name, source in PROBES.items():
                inside = _printed(kernel, facts + source)
                can = "open" in outside[name].communicate()[0]
                found[name] = "open" if "open" in inside else "shut" if can else "unproven"
        finally:
            kernel.stop()
            cool()  # this process grades nothing itself
    return found


@contextmanager
def _reachable() -> Iterator[str]:
    """Yield constants that name what can be reached from this process's place."""
    name = f"\0coursekit-{id(PROBES)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
        tempfile.TemporaryDirectory(prefix=ours("secret")) as left,
    ):
        local.bind(name)
        local.listen()
        Path(left).chmod(0o755)  # for anyone to read: what keeps a worker out is the sandbox alone
        secret = Path(left, "secret")
        secret.touch()
        port = server.getsockname()[1]
        yield f"PORT = {port}\nNAME = {name!r}\nSECRET = {str(secret)!r}\nLEFT = {left!r}\n"


def _outside(source: str) -> subprocess.Popen[str]:
    run = [sys.executable, "-c", source]
    return subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _printed(kernel: SandboxKernel, source: str) -> str:
    sent = kernel.execute_cell_input(source)
    printed = ""
    while True:
        message = kernel.get_message("iopub", SECONDS)
        if message["msg_type"] == "stream":
            printed += message["content"]["text"]
        if message["content"].get("execution_state") == "idle" and (
            message["parent_header"]["msg_id"] == sent
        ):
            return printed
