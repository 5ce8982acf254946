"""Each probe must fail inside the zygote's sandbox and work outside."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from coursekit.sandbox.host.folders import GUEST, scratch_folder
from coursekit.sandbox.host.levels import strongest
from tests.support.processes import end

pytestmark = pytest.mark.sandbox

SENTINEL = "sentinel-7f3a91"
# each prints "open" if it works, or "blocked" if it does not
PROBES = {
    "network": """
import socket
server = socket.create_server(("127.0.0.1", PORT)) if PORT == 0 else None
try:
    socket.create_connection(("127.0.0.1", PORT or server.getsockname()[1]), 1); print("open")
except OSError: print("blocked")
""",
    "the machine's files": "import os; print('open' if os.path.exists(PATH) else 'blocked')",
    "writing outside the sandbox": """
try: open(PATH + '.written', 'w').close(); print('open')
except OSError: print('blocked')
""",
    "other processes": """
import os
print('open' if os.path.exists(f'/proc/{PID}/cmdline')
      and b'sleep' in open(f'/proc/{PID}/cmdline', 'rb').read() else 'blocked')
""",
    "the environment": "import os; print('open' if 'SENTINEL' in os.environ else 'blocked')",
    "the engine": """
try: import coursekit.engine.gradients; print('open')
except ImportError: print('blocked')
""",
}


@pytest.fixture
def outside(tmp_path):
    """A listening socket, a file and a process that only this process should reach."""
    import socket

    path = tmp_path / "gradebook.sqlite"
    path.write_text(SENTINEL)
    tmp_path.chmod(0o777)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(["sleep", "600"]) as sleeper,
    ):
        yield {"PORT": server.getsockname()[1], "PATH": str(path), "PID": sleeper.pid}
        sleeper.kill()


def run(code, facts, command):
    constants = "".join(f"{name} = {value!r}\n" for name, value in facts.items())
    argv = [sys.executable, "-c", constants + code]
    done = subprocess.run(
        command(argv), capture_output=True, text=True, timeout=300,
        env=os.environ | {"SENTINEL": SENTINEL}, check=False,
    )  # fmt: skip
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_that_works_outside_is_blocked_inside(name, outside, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir(mode=0o777)
    printed, errors = run(PROBES[name], outside, lambda argv: argv)
    assert printed == "open", f"the probe does not work anywhere: {errors}"
    assert strongest().level == "bubblewrap"
    printed, errors = run(PROBES[name], outside, lambda argv: strongest().command(argv, scratch))
    assert printed == "blocked", errors


def test_a_process_inside_is_not_root_and_has_no_capabilities(tmp_path):
    code = "import os; print(os.getuid(), open('/proc/self/status').read())"
    printed, errors = run(code, {}, lambda argv: strongest().command(argv, tmp_path))
    uid, status = printed.split(" ", 1)
    assert uid != "0", errors
    assert set(re.findall(r"^Cap\w+:\t(\w+)", status, re.MULTILINE)) == {"0" * 16}


FLOOD = """
import os, time
try:
    while os.fork(): pass
    time.sleep(600)
except OSError:
    print("full", flush=True)
    time.sleep(600)
"""


def test_a_flood_of_processes_does_not_affect_another_sandbox():
    """Linux limits processes per user: sandboxes with the same user would share one limit."""
    flooded, other = scratch_folder(), scratch_folder()
    limited = ["prlimit", "--nproc=64", sys.executable, "-c", FLOOD]
    flood_command = strongest().command(limited, flooded)
    flood = subprocess.Popen(flood_command, stdout=subprocess.PIPE, text=True)
    try:
        assert flood.stdout.readline() == "full\n"
        code = "import os; print(os.fork() >= 0)"
        printed, errors = run(code, {}, lambda argv: strongest().command(argv, other))
        assert printed.split() == ["True", "True"], errors
    finally:
        end("while os.fork()")
        flood.communicate()
        shutil.rmtree(flooded)
        shutil.rmtree(other)


SEARCH = """
import os
needle = "-".join(["sentinel", "7f3a91"]).encode()
places = [k for k, v in os.environb.items() if needle in k + v]
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline"):
        try: places += [f"{pid} {name}"] * (needle in open(f"/proc/{pid}/{name}", "rb").read())
        except OSError: pass
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            places += [f"{pid} {fd}"] * ("gradebook" in os.readlink(f"/proc/{pid}/fd/{fd}"))
        if pid == str(os.getpid()): continue
        with open(f"/proc/{pid}/mem", "rb") as memory:
            for line in open(f"/proc/{pid}/maps"):
                if " rw" in line and "[heap]" in line:
                    low, high = (int(x, 16) for x in line.split()[0].split("-"))
                    memory.seek(low)
                    places += [f"{pid} mem"] * (needle in memory.read(high - low))
    except OSError: pass
for root in ROOTS:
    for folder, _, names in os.walk(root):
        for name in names:
            try: places += [name] * (needle in open(os.path.join(folder, name), "rb").read(1 << 20))
            except OSError: pass
print("found" if places else "nothing")
"""


def test_a_secret_can_be_found_outside_but_not_inside(tmp_path):
    secret = tmp_path / "gradebook.sqlite"
    secret.write_text(SENTINEL)
    hold = "import sys, time; x = open(sys.argv[1]); y = x.read() * 9999; time.sleep(600)"
    holder = subprocess.Popen(  # its environment, open files and memory contain the secret
        [sys.executable, "-c", hold, str(secret)], env=os.environ | {"SEED": SENTINEL}
    )
    try:
        facts = {"ROOTS": [str(tmp_path)]}
        assert run(SEARCH, facts, lambda argv: argv)[0] == "found"
        facts = {"ROOTS": ["/tmp", "/course", "/work", "/root", "/home", "/etc", "/dev/shm"]}
        scratch = tmp_path / "scratch"
        scratch.mkdir(mode=0o777)
        printed, errors = run(SEARCH, facts, lambda argv: strongest().command(argv, scratch))
        assert printed == "nothing", errors
    finally:
        holder.kill()
        holder.wait()


def test_the_guest_contains_no_algorithms():
    text = "".join(p.read_text() for p in GUEST.rglob("*.py"))
    assert "def backprop" not in text
    assert "def topological_order" not in text
    assert "adjoints[" not in text
