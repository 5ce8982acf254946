"""Inside a worker: what is missing, what is forbidden, and what kills the worker."""

import errno
import os
import subprocess
import sys
import time

import pytest

from coursekit.sandbox.guest import linux, seccomp
from coursekit.sandbox.host import worker_kernel
from coursekit.sandbox.host.levels import Sandbox
from coursekit.sandbox.host.probes import ProbeResult, probe
from coursekit.sandbox.host.worker_kernel import SandboxKernel, WorkerLostError
from coursekit.sandbox.host.zygote_client import InfrastructureError, ZygoteClient
from tests.support.processes import below, end

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def client():
    with_libraries = ZygoteClient()
    yield with_libraries
    with_libraries.close()


@pytest.fixture(scope="module")
def kernel(client):
    started = SandboxKernel(client, 20)
    yield started
    started.stop()


def printed(kernel, source):
    """Return what a cell prints in a fresh worker."""
    kernel.stop()
    kernel.start()
    return messages(kernel, source, "stream", "text")


def messages(kernel, source, kind, part):
    sent = kernel.execute_cell_input(source)
    kernel.await_reply(sent, 60)
    parts = []
    while True:
        message = kernel.get_message("iopub", 5)
        content = message["content"]
        if content.get("execution_state") == "idle":
            return "".join(parts)
        if message["msg_type"] == kind:
            parts.append(str(content[part]))


@pytest.mark.skipif(os.geteuid() != 0, reason="some probes work outside only as root")
def test_every_probe_is_blocked():
    assert set(probe().values()) == {ProbeResult.BLOCKED}


def test_the_probes_detect_what_a_weaker_sandbox_does_not_block():
    results = probe(ZygoteClient(Sandbox("limits only", filtered=True), libraries=()))
    for name in ("network", "reading files", "other processes"):
        assert results[name] is ProbeResult.OPEN
    for name in ("new namespaces", "memory outside any process"):
        assert results[name] is ProbeResult.BLOCKED


def test_every_forbidden_call_fails_with_EPERM(kernel):  # noqa: N802
    names = [name for names in seccomp.FORBIDDEN.values() for name in names]
    source = f"""
import ctypes, pyseccomp
c = ctypes.CDLL(None, use_errno=True)
for name in {names!r}:
    number = {seccomp.NUMBERS!r}.get(name) or pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    if number >= 0:
        ctypes.set_errno(0)
        c.syscall(number, 0, 0, 0, 0, 0, 0)
        print(name, ctypes.get_errno())
"""
    errors = dict(line.rsplit(" ", 1) for line in printed(kernel, source).splitlines())
    assert len(errors) > 45
    assert {name for name, number in errors.items() if int(number) != errno.EPERM} == set()


def test_without_namespaces_more_calls_are_forbidden():
    """All arguments are zero, so that a call does nothing if it is not forbidden."""
    source = """
import ctypes, pyseccomp
from coursekit.sandbox.guest import seccomp, linux
seccomp.build_filter(namespaced=False).load()
names = [name for names in seccomp.FORBIDDEN_WITHOUT_NAMESPACES.values() for name in names]
for name in names:
    number = seccomp.NUMBERS.get(name) or pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    if number >= 0:
        ctypes.set_errno(0)
        linux.libc.syscall(number, 0, 0, 0, 0, 0, 0)
        print(name, ctypes.get_errno())
for name, arguments in (("fcntl", (0, 8, 1)), ("ioctl", (0, 0x8901, 0)), ("prlimit64", (1, 0))):
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    linux.libc.syscall(number, *arguments, 0, 0)
    print(name, ctypes.get_errno())
"""
    run = [sys.executable, "-c", source]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    errors = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert len(errors) > 30
    assert {name for name, number in errors.items() if int(number) != errno.EPERM} == set()


@pytest.mark.parametrize(
    "call",
    [
        "socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)",
        "socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, 33, 1 << 20)",  # SO_RCVBUFFORCE
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)",
        "socket.socket(socket.AF_UNIX, socket.SOCK_RAW)",  # the same as SOCK_DGRAM
        "socket.socket().setsockopt(socket.SOL_SOCKET, 26, bytes(16))",  # SO_ATTACH_FILTER
        "fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)",  # F_SETPIPE_SZ
        "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
        "mmap.mmap(-1, 4096)",
        "mmap.mmap(os.open('/dev/zero', os.O_RDONLY), 4096, prot=mmap.PROT_READ)",
    ],
)
def test_no_call_makes_memory_that_the_zygote_cannot_count(kernel, call):
    assert printed(
        kernel,
        f"""
import fcntl, mmap, os, socket
try: {call}
except OSError as error: print(type(error).__name__)""",
    ).strip()


def test_honest_processes_pipes_and_sockets_work(kernel):
    source = """
import asyncio, multiprocessing, os, subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory
with multiprocessing.Pool(8) as pool: print(sum(pool.map(abs, range(100))))
with ProcessPoolExecutor(4) as pool: print(sum(pool.map(abs, range(100))))
with multiprocessing.Manager() as manager: print(len(manager.list([1, 2])))
print(multiprocessing.Value("i", 3).value, sum(multiprocessing.Array("d", [1.0] * 1000)))
shared = shared_memory.SharedMemory(create=True, size=1000)
shared.close(); shared.unlink()
done = subprocess.run("cat | wc -c", shell=True, input=b"x" * 10**6, capture_output=True)
print(int(done.stdout))
async def cat():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = await asyncio.create_subprocess_exec("cat", **pipes)
    return len((await process.communicate(b"x" * 10**6))[0])
print(await cat())
"""
    assert printed(kernel, source).split() == [
        "4950",
        "4950",
        "2",
        "3",
        "1000.0",
        "1000000",
        "1000000",
    ]


def test_no_process_can_let_linux_forget_the_cpu_time_of_its_children(kernel):
    source = """
import ctypes, pyseccomp, signal
call = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "rt_sigaction")
syscall = ctypes.CDLL(None).syscall
syscall.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_long]
def change(number): return syscall(call, number, bytes(256), None, 8)
print(*(change(number) for number in (signal.SIGUSR1, signal.SIGCHLD, signal.SIGCHLD + (1 << 32))))
"""
    assert printed(kernel, source).split() == ["0", "-1", "-1"]


def test_no_process_can_hide_its_memory(kernel):
    hide = """
import ctypes, pyseccomp
call, syscall = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "prctl"), ctypes.CDLL(None).syscall
syscall.argtypes = [ctypes.c_long] * 6
print(*(syscall(call, option, 0, 0, 0, 0) for option in (4, 4 + (1 << 32))))"""
    assert printed(kernel, hide) == "-1 -1\n"


def test_a_worker_has_no_capability_and_cannot_gain_one(kernel):
    status = printed(kernel, "print(open('/proc/self/status').read())")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {facts[name] for name in facts if name.startswith("Cap")} == {"0" * 16}
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")


def test_a_worker_finds_nothing_that_another_left(kernel):
    left = """
import os, builtins, subprocess, sys
open('/tmp/left', 'w').write('x')
builtins.left = 1
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
"""
    printed(kernel, left)
    source = """
import builtins, os
processes = [p for p in os.listdir('/proc') if p.isdigit()]
print(os.listdir('/tmp'), hasattr(builtins, 'left'), processes)
"""
    assert printed(kernel, source).strip() == "[] False ['1']"


LIMITS = {
    "memory of one process": ("x = bytearray(1100 << 20)\nx[::4096] = b'1' * len(x[::4096])",
                              "more than 1024 MB of memory"),
    "memory of many processes": ("""
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(os.urandom(1 << 20) * 160); time.sleep(600)
time.sleep(600)""", "more than 1024 MB of memory"),
    "memory of a thread's children": ("""
import os, threading, time
def grow():
    for _ in range(8):
        if os.fork() == 0:
            x = bytearray(os.urandom(1 << 20) * 160); time.sleep(600)
    time.sleep(600)
threading.Thread(target=grow).start()
time.sleep(600)""", "more than 1024 MB of memory"),
    "memory of a process whose first thread has exited": ("""
import ctypes, os, threading, time
def grow():
    x = bytearray(os.urandom(1 << 20) * 300); time.sleep(600)
for _ in range(4):
    if os.fork() == 0:
        threading.Thread(target=grow).start()
        ctypes.CDLL(None).syscall(60, 0)  # ends this thread alone
time.sleep(600)""", "more than 1024 MB of memory"),
    "memory in page tables": ("""
import ctypes, os, time
mmap = ctypes.CDLL(None).mmap
mmap.restype, mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, *[ctypes.c_size_t] * 5]
for _ in range(4):
    if os.fork() == 0:
        for k in range(60_000):  # a page in each gigabyte: two pages of tables for each
            ctypes.string_at(mmap((16 << 40) + (k << 30), 4096, 1, 0x22, 2**64 - 1, 0), 1)
        time.sleep(600)
time.sleep(600)""", "more than 1024 MB of memory"),
    "memory in sockets": ("""
import os, socket, time
for _ in range(28):
    if os.fork() == 0:
        held = []
        try:
            while True: held.append(socket.socketpair())
        except OSError: time.sleep(600)
time.sleep(600)""", "more than 1024 MB of memory"),
    "memory in connections that nobody accepts": ("""
import socket, time
with socket.socket(socket.AF_UNIX) as server:
    server.bind("\\0s"); server.listen(4096)
    for _ in range(3_000):
        with socket.socket(socket.AF_UNIX) as client: client.connect("\\0s")
    time.sleep(600)""", "more than 1024 MB of memory"),
    "CPU time of many processes": ("""
import os
for _ in range(3):
    os.fork()
while True: pass""", "more than 2 seconds of CPU time"),
    "CPU time of children that are ignored": ("""
import os, signal, time
try: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
except OSError: pass
while True:
    if os.fork() == 0:
        while time.process_time() < 0.05: pass
        os._exit(0)
    try: os.wait()
    except ChildProcessError: pass""", "more than 2 seconds of CPU time"),
    "another architecture's call": ("import ctypes; ctypes.CDLL(None).syscall(39 | 0x40000000)",
                                    "the process was killed by SIGSYS"),
    "signal": ("import os, ctypes; ctypes.string_at(0)", "the process was killed by SIGSEGV"),
    "exit": ("import os; os._exit(0)", "the process exited"),
    "endless message": ("import os\nwhile True: os.write(3, b'x' * 99)",
                        "more than 4 MB of output"),
    "not a message": ("import os; os.write(3, b'x' * 99 + b'\\n')",
                      "the process sent something that is not a message"),
    "forged message": ("import os; os.write(3, b'[]\\n')",
                       "the process sent something that is not a message"),
    "asleep": ("import time; time.sleep(600)", "the cell did not finish"),
}  # fmt: skip


@pytest.mark.parametrize("what", LIMITS)
def test_the_message_says_why_a_worker_was_lost(client, what, monkeypatch):
    monkeypatch.setattr(
        worker_kernel, "CELL_SLOWDOWN", 60
    )  # a busy machine must not affect the result
    if what != "asleep":
        monkeypatch.setattr(worker_kernel, "SLEEP_FRACTION", 60)
    source, why = LIMITS[what]
    kernel = SandboxKernel(client, 20 if "memory" in what else 2)
    sent = kernel.execute_cell_input(source)
    with pytest.raises(WorkerLostError) as lost:
        kernel.await_idle(sent + " and more", 60)
    assert why in str(lost.value)
    assert not kernel.is_alive()
    kernel.start()
    assert messages(kernel, "1 + 1", "execute_result", "data") == "{'text/plain': '2'}"
    kernel.stop()


SHOWN = {
    "flushes": "for k in range(20_000): print('\\r', k, end='', flush=True)",
    "flushes of both streams": """
import sys
for k in range(200):
    sys.stdout.write(str(k)); sys.stdout.flush(); sys.stderr.write(str(k)); sys.stderr.flush()""",
    "logging": "import logging\nfor k in range(5_000): logging.warning('step %d', k)",
    "flushes of threads": """
import threading
def count():
    for k in range(500): print(k, flush=True)
threads = [threading.Thread(target=count) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()""",
    "prints of a pool": """
from multiprocessing import Pool
def count(n):
    for k in range(20_000): print(k, 'x' * 60, flush=True)
with Pool(4) as pool: pool.map(count, range(4))""",
    "text of wide characters": "for _ in range(9): print('\N{GRINNING FACE}' * 500_000)",
    "a display without an end": """
from IPython.display import clear_output, display
for k in range(20_000): clear_output(wait=True); display(k)""",
    "a huge display": "from IPython.display import HTML, display; display(HTML('x' * (9 << 20)))",
    "a huge error": "try: raise ValueError('x' * (9 << 20))\nfinally: print('y')",
}  # fmt: skip


@pytest.mark.parametrize("what", SHOWN)
def test_what_a_cell_shows_never_costs_it_its_worker(kernel, what):
    kernel.stop()
    kernel.start()
    raised = messages(kernel, SHOWN[what], "error", "ename")
    assert raised == ("ValueError" if "error" in what else "")
    assert messages(kernel, "1 + 1", "execute_result", "data") == "{'text/plain': '2'}"


def test_pages_shared_by_forks_are_counted_once(kernel, client):
    """A 300 MB worker with eight forked children uses 300 MB, not 2,700 MB."""
    source = """
import os, time, warnings
warnings.simplefilter("ignore")  # Python 3.12 warns of forks in a process with threads
x = bytearray(os.urandom(1 << 20) * 300)
for _ in range(8):
    if os.fork() == 0:
        time.sleep(600); os._exit(0)
print('forked')
"""
    assert printed(kernel, source) == "forked\n"
    greedy = SandboxKernel(client, 20)
    source, why = LIMITS["memory of one process"]
    sent = greedy.execute_cell_input(source)
    with pytest.raises(WorkerLostError, match=why):
        greedy.await_idle(f"{sent} and more", 60)
    # the zygote checks all workers in turn, so it has checked the forks too
    assert messages(kernel, "1 + 1", "execute_result", "data") == "{'text/plain': '2'}"


def test_a_zygote_without_libraries_loads_none_but_a_student_may_import_them():
    client = ZygoteClient(libraries=())
    kernel = SandboxKernel(client, 20)
    loaded = "import sys; print(*{'matplotlib', 'numpy', 'debugpy'} & set(sys.modules))"
    assert printed(kernel, loaded) == "\n"
    figure = "import matplotlib.pyplot as plt; plt.plot([1, 2]);"
    assert "image/png" in messages(kernel, figure, "display_data", "data")
    kernel.stop()
    client.close()


def test_a_killed_zygote_is_not_a_students_fault(client):
    kernel = SandboxKernel(client, 20)
    end("coursekit.zygote")
    kernel.stop()
    with pytest.raises(InfrastructureError):
        kernel.start()
    client.close()
    again = SandboxKernel(client, 20)
    kernel.stop()  # its worker died with the first zygote
    assert messages(again, "1 + 1", "execute_result", "data") == "{'text/plain': '2'}"
    again.stop()


def settled(measure):
    """Return the result of `measure` once it has been stable for two seconds."""
    values = [measure()]
    while len(values) < 20 or len(set(values[-20:])) > 1:
        time.sleep(0.1)
        values.append(measure())
    return values[-1]


def test_workers_do_not_leak_descriptors_or_processes(kernel):
    def used():
        return len(os.listdir("/proc/self/fd")), len(below("coursekit.zygote"))

    for _ in range(3):
        printed(kernel, "1")
    before = settled(used)  # including a spare worker
    for _ in range(60):
        printed(kernel, "1")
    assert settled(used) == before


def test_descendants_tolerates_processes_that_exit_in_the_meantime():
    source = "import os\nwhile True:\n if os.fork() == 0: os.fork(); os._exit(0)\n os.wait()"
    storm = subprocess.Popen([sys.executable, "-c", source])
    end_of_it = time.monotonic() + 2
    try:
        while time.monotonic() < end_of_it:
            list(linux.descendants(storm.pid))
    finally:
        storm.kill()
        storm.wait()
