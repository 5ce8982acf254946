"""A worker sends the same messages as an ordinary kernel, except for the cells in DIFFERENT."""

import os
import re

import pytest
from jupyter_client.manager import KernelManager

from coursekit.sandbox.host.worker_kernel import SandboxKernel
from coursekit.sandbox.host.zygote_client import ZygoteClient

pytestmark = pytest.mark.sandbox

CELLS = r'''
1 + 1
x = 3
x
x;
_
_ + 1
__
print("out")
print("a", end="")
import sys; print("err", file=sys.stderr)
print("one"); print("two", file=sys.stderr); print("three")
for i in range(3): print(i)
print("no flush", end="", flush=True)
sys.stdout.write("written\n")
"text"
"two\nlines"
[1, 2, 3]
{"a": {"b": [1, 2]}}
list(range(2000))
None
...
1 / 0
undefined
def f(): return g()
def g(): raise ValueError("deep")
f()
raise KeyboardInterrupt
raise SystemExit(3)
raise Exception
assert False, "no"
def broken(:
"unfinished
x = 1 +
  indented = 1
int("x")
{}["missing"]
[].pop()
raise ValueError("cause") from KeyError("k")
from IPython.display import display, HTML, Markdown, Latex, JSON, SVG, Image, Math
display(1)
display(1, 2, "three")
display(HTML("<b>bold</b>"))
HTML("<i>it</i>")
Markdown("**m**")
Latex("$x$")
Math("x^2")
JSON({"a": 1})
SVG("<svg xmlns='http://www.w3.org/2000/svg'/>")
display({"text/plain": "raw", "application/x-own": {"k": 1}}, raw=True)
display("first", display_id="here")
display("second", display_id="here", update=True)
from IPython.display import clear_output; clear_output()
print("gone"); clear_output(wait=True); print("there")
import numpy as np; np.arange(3)
np.array([[1.5, 2], [3, 4]])
np.float64(0.1)
import matplotlib.pyplot as plt; len(plt.plot([1, 2]))
plt.plot([1, 2, 3]); plt.show()
fig, ax = plt.subplots(); ax.plot([0, 1]); plt.close(fig)
plt.get_backend()
%matplotlib inline
%time 2 + 2
%timeit -n1 -r1 None
%who_ls
%pwd
%precision 3
3.14159
%precision
%load_ext nothing_such
%no_such_magic
%%capture captured⏎print("caught")
captured.stdout
%%writefile note.txt⏎hello
open("note.txt").read()
%env COURSEKIT_NOTHING=1
%run note.txt
%%html⏎<p>html</p>
%%javascript⏎1
%xmode Plain
1 / 0
%xmode Context
import asyncio
await asyncio.sleep(0)
await asyncio.sleep(0.01, result="awaited")
async def slow(): return 5
await slow()
coroutine = slow()
asyncio.run(coroutine)
coroutine.close()
[await slow() for _ in range(2)]
async with asyncio.timeout(1): print("inside")
input("name? ")
import getpass; getpass.getpass()
import warnings; warnings.warn("careful")
import threading; t = threading.Thread(target=print, args=("threaded",)); t.start(); t.join()
import subprocess; child = [sys.executable, "-c", "print('child')"]
subprocess.run(child, capture_output=True, text=True).stdout
!echo shell
lines = !printf 'a\nb'
lines
import os; os.write(1, b"written below python\n")
import os; _ = os.system("echo from system")
import logging; logging.warning("logged")
class Rich:⏎    def _repr_html_(self): return "<b>rich</b>"⏎    def __repr__(self): return "plain"
Rich()
class Bad:⏎    def __repr__(self): raise RuntimeError("no repr")
Bad()
class Mime:⏎    def _repr_mimebundle_(self, **_): return {"text/plain": "m", "text/x-own": "o"}
Mime()
float("nan"), float("inf")
"\ud800"
"é ∂ 🎓"
b"bytes"
10 ** 30
(lambda: 5)
import fractions; fractions.Fraction(1, 3)
import ipywidgets; ipywidgets.IntSlider(3)
_exit_code = 1
In[-1]
len(Out) > 3
get_ipython().__class__.__name__
get_ipython().user_ns is globals()
__name__
import this_module_is_not_there
?len
print?
import contextlib, io⏎with contextlib.redirect_stdout(io.StringIO()) as held: print("held")
held.getvalue()
import time; time.perf_counter() > 0
sum(i * i for i in range(10**5))
import random; random.seed(1); random.random()
import json; json.dumps({"a": [1, None]})
print("x" * 200_000)
import signal; signal.getsignal(signal.SIGINT) is not None
import multiprocessing; multiprocessing.get_start_method()
import tempfile; open(tempfile.mkstemp()[1], "w").close()
import sqlite3; sqlite3.connect(":memory:").execute("select 1").fetchone()
import collections; collections.Counter("abca")
1 if True else 2
for n in (1, 2):⏎    n
del x
x
import gc; gc.collect() >= 0
breakpoint(); print("went on")
sys.exit()
"still here"
'''  # fmt: skip
DIFFERENT = {  # first characters of cells whose messages may differ → reason
    "%pwd": "the folder differs",
    "%time": "the time differs",
    "import os; os.write(1": "output written below Python arrives when its pipe is read",
    "import os; _ = os.system": "output written below Python arrives when its pipe is read",
    "import ipywidgets": "each widget has its own id",
}

# output written below Python may arrive during any later cell, so it is ignored
LATE = re.compile("written below python\n|from system\n")


def cells():
    return [line.replace("⏎", "\n") for line in CELLS.strip("\n").split("\n")]


def plain(value):
    """Return a message's value without the parts that differ from process to process."""
    if isinstance(value, str):
        value = re.sub(r"\x1b\[[0-9;]*m", "", value)
        value = re.sub(r"0x[0-9a-f]+", "0x…", value)
        value = re.sub(r"/[\w/.-]*/(ipykernel_\d+|[\w.-]+\.(py|txt))", "…", value)
        value = re.sub(r"/tmp/[\w/]+", "…", value)
        return re.sub(r"\d+", "n", value) if "ipykernel" in value or "Cell In" in value else value
    if isinstance(value, dict):
        return {key: plain(x) for key, x in value.items()}
    return [plain(x) for x in value] if isinstance(value, list) else value


def visible(kind, content):
    """Return what a reader sees of a message, or None if nothing is visible."""
    match kind:
        case "stream":
            text = LATE.sub("", content["text"])
            return (kind, content["name"], plain(text)) if text else None
        case "error":
            return kind, content["ename"], plain(content["evalue"]), len(content["traceback"])
        case "display_data" | "execute_result" | "update_display_data":
            return kind, plain(content["data"])
        case "clear_output":
            return kind, content["wait"]
    return None


def joined(messages):
    """Return the messages in order, with consecutive output on the same stream joined."""
    merged = []
    for message in messages:
        if merged and message[0] == merged[-1][0] == "stream" and message[1] == merged[-1][1]:
            merged[-1] = (*message[:2], merged[-1][2] + message[2])
        else:
            merged.append(message)
    return merged


def run(execute, get_message, source):
    sent = execute(source)
    messages = []
    while True:
        message = get_message()
        if message["parent_header"].get("msg_id") != sent:
            continue
        if message["content"].get("execution_state") == "idle":
            return joined(messages)
        if one := visible(message["msg_type"], message["content"]):
            messages.append(one)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return each cell's messages from an ordinary kernel and from a worker."""
    folder = tmp_path_factory.mktemp("kernel")
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "k"))
    # under pytest, ipykernel does not capture output written below Python
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    alone = ["--HistoryManager.enabled=False"]  # kernels would share one history file
    manager.start_kernel(extra_arguments=alone, cwd=str(folder), env=environment)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def execute(source):
        return client.execute(source, allow_stdin=False)

    ordinary = [run(execute, lambda: client.get_iopub_msg(30), source) for source in cells()]
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    kernel = SandboxKernel(ZygoteClient(), 60)
    worker = [
        run(kernel.execute_cell_input, lambda: kernel.get_message("iopub", 30), source)
        for source in cells()
    ]
    kernel.stop()
    return list(zip(ordinary, worker, strict=True))


def test_there_are_a_hundred_cells():
    assert len(cells()) >= 100
    assert all(any(cell.startswith(begin) for cell in cells()) for begin in DIFFERENT)


@pytest.mark.parametrize("number", range(len(cells())), ids=lambda n: cells()[n][:30])
def test_a_worker_sends_the_messages_of_an_ordinary_kernel(both, number):
    source = cells()[number]
    ordinary, worker = both[number]
    if not source.startswith(tuple(DIFFERENT)):
        assert worker == ordinary
