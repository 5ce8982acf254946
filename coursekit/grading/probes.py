"""Each property of the sandbox, tried: inside, where it must fail, and outside, where it must not.

A probe that fails outside as well says nothing about the sandbox; it is then called unproven.
"""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from coursekit.grading.kernel import SandboxKernel
from coursekit.grading.sandbox.warm import cool

SECONDS = 20
PROBES = {  # what is shut → a program that prints "open" where it is not; NAME is a socket of ours
    "network": """
import socket
with socket.socket() as s:
    try: s.connect(("127.0.0.1", PORT)); print("open")
    except OSError: pass""",
    "abstract sockets": """
import socket
with socket.socket(socket.AF_UNIX) as s:
    try: s.connect(NAME); print("open")
    except OSError: pass""",
    "files": """
import os
if os.path.exists(FILE): print("open")""",
    "writing": """
import os
for place in ("/var/tmp", "/usr", "/course", "/"):
    path = f"{place}/coursekit-{os.getpid()}"
    try: open(path, "x").close(); print("open"); os.remove(path)
    except OSError: pass""",
    "other processes": """
import os
if len([p for p in os.listdir("/proc") if p.isdigit()]) > 1: print("open")""",
    "the kit's algorithms": """
import importlib.util as util
if util.find_spec("coursekit") and util.find_spec("coursekit.engine"): print("open")""",
    "further namespaces": """
import ctypes
if ctypes.CDLL(None).unshare(0x10000000) == 0: print("open")""",
    "memory without a process": """
import os
try: os.memfd_create("x"); print("open")
except OSError: pass""",
    "root": """
import os
if os.getuid() == 0: print("open")""",
}


def probe() -> dict[str, str]:
    """Return what each probe finds: "shut", "open", or "unproven"."""
    found = {}
    kernel = SandboxKernel(SECONDS)
    try:
        with _reachable() as facts:
            for name, source in PROBES.items():
                if "open" in _printed(kernel, facts + source):
                    found[name] = "open"
                else:
                    found[name] = "shut" if "open" in _outside(facts + source) else "unproven"
    finally:
        kernel.stop()
        cool()  # this process grades nothing itself
    return found


@contextmanager
def _reachable() -> Iterator[str]:
    """Yield constants that name what can be reached from this process's place."""
    name = f"\0coursekit-{id(PROBES)}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(name)
        local.listen()
        yield f"PORT = {server.getsockname()[1]}\nNAME = {name!r}\nFILE = {__file__!r}\n"


def _outside(source: str) -> str:
    run = [sys.executable, "-c", source]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout


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
