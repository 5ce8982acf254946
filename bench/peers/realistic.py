"""A class of 300 as it hands in lesson 5, and the time that grading it takes.

Run as a program, it grades the class once and prints JSON; `measure` also counts the CPU time of
every process in the sandbox.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import nbformat

from bench.peers.guard import ROOT
from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook
from coursekit.course.records import Status
from coursekit.course.release import answered_notebook, student_notebook
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.guest.linux import adopt_orphans

LESSON = "05-backpropagation"
STUDENTS, PROCESSES = 300, 2
SLOW = 12  # submissions with an answer that runs out of time
BLANK = 12  # submissions without any answer
TESTING = 3  # each third student keeps a test of their own below the answer
KINDS = {  # kind of answer → share of all others
    "right": 58, "distractor": 20, "wrong": 9, "raises": 6, "stub": 4, "chatty": 3
}  # fmt: skip
TEST = 'print(topological_order(["b", "a"], {"a": ["b"], "b": []}.get))'
ORDERS = {
    "right": [
        """
from collections import deque

def topological_order(vertices, out):
    count = {v: 0 for v in vertices}
    for v in count:
        for u in out(v):
            count[u] += 1
    ready, order = deque(v for v in count if count[v] == 0), []
    while ready:
        order.append(v := ready.popleft())
        for u in out(v):
            count[u] -= 1
            if count[u] == 0:
                ready.append(u)
    if len(order) != len(count):
        raise ValueError("cycle")
    return order
""",
        """
from graphlib import CycleError, TopologicalSorter

def topological_order(vertices, out):
    try:
        sorter = TopologicalSorter({v: out(v) for v in vertices})
        return list(sorter.static_order())[::-1]
    except CycleError:
        raise ValueError("there is a cycle")
""",
        """
def topological_order(vertices, out):
    state, order = {}, []
    for root in vertices:
        stack = [] if root in state else [(root, iter(out(root)))]
        if stack:
            state[root] = "open"
        while stack:
            v, heads = stack[-1]
            for u in heads:
                if state.get(u) == "open":
                    raise ValueError("cycle through " + u)
                if u not in state:
                    state[u] = "open"
                    stack.append((u, iter(out(u))))
                    break
            else:
                state[v] = "done"
                order.append(v)
                stack.pop()
    return order[::-1]
""",
    ],
    "wrong": [
        "def topological_order(vertices, out):\n    return sorted(vertices)",
        "def topological_order(vertices, out):\n    order = list(vertices)\n    order.reverse()",
        "def topological_order(vertices, out):\n    return {v: out(v) for v in vertices}",
        """
def topological_order(vertices, out):
    seen, order = set(), []
    def visit(v):
        seen.add(v)
        order.append(v)
        for u in out(v):
            if u not in seen:
                visit(u)
    for v in vertices:
        if v not in seen:
            visit(v)
    return order
""",
    ],
    "raises": [
        "def topological_order(vertices, out):\n    return [v for v in vertices if not out[v]]",
        "def topological_order(vertices, out):\n    order = vertices\n    return ordr",
        "def topological_order(vertices, out)\n    return list(vertices)",
        """
def topological_order(vertices, out):
    return topological_order(vertices[1:], out) + [vertices[0]]
""",
    ],
    "chatty": [
        """
def topological_order(vertices, out):
    waiting = {v: 0 for v in vertices}
    for v in vertices:
        for u in out(v):
            waiting[u] = waiting[u] + 1
            print("edge from", v, "to", u, "now", waiting[u])
    order = [v for v in vertices if waiting[v] == 0]
    for v in order:
        print("next:", v, "so far:", len(order), "of", len(waiting))
        for u in out(v):
            waiting[u] = waiting[u] - 1
            if waiting[u] == 0:
                order.append(u)
    if len(order) < len(waiting):
        raise ValueError("cycle")
    return order
""",
    ],
    "slow": [  # never ends if there is a cycle; visits every walk; looks through a list each time
        """
def topological_order(vertices, out):
    heads = {v: set(out(v)) for v in vertices}
    order = []
    while len(order) < len(vertices):
        for v in vertices:
            if v not in order and not any(v in heads[u] for u in vertices if u not in order):
                order.append(v)
    return order
""",
        """
def topological_order(vertices, out):
    heads = {v: out(v) for v in vertices}
    depth = dict.fromkeys(vertices, 0)
    changed = True
    while changed:
        changed = False
        for v in vertices:
            for u in heads[v]:
                if depth[u] <= depth[v]:
                    depth[u] = depth[v] + 1
                    changed = True
    return sorted(vertices, key=depth.get)
""",
    ],
}
SWEEPS = {
    "right": [
        """
def backprop(lin):
    adjoints = {lin.loss: 1}
    def adjoint(v):
        if v not in adjoints:
            adjoints[v] = sum(adjoint(u) * lin.partials[v, u] for u in lin.out(v))
        return adjoints[v]
    return {v: adjoint(v) for v in lin.vertices}
""",
        """
def backprop(lin):
    left = {v: len(lin.out(v)) for v in lin.vertices}
    grad = {v: 0.0 for v in lin.vertices}
    grad[lin.loss] = 1.0
    todo = [v for v in left if left[v] == 0]
    while todo:
        u = todo.pop()
        for v in lin.into(u):
            grad[v] += grad[u] * lin.partials[v, u]
            left[v] -= 1
            if left[v] == 0:
                todo.append(v)
    return grad
""",
    ],
    "wrong": [
        """
def backprop(lin):
    grad = {v: 0 for v in lin.vertices}
    grad[lin.loss] = 1
    for u in reversed(lin.vertices):
        for v in lin.into(u):
            grad[v] = max(grad[v], grad[u] * lin.partials[v, u])
    return grad
""",
        "def backprop(lin):\n    return dict.fromkeys(lin.vertices, 1)",
        "def backprop(lin):\n    adjoints = {lin.loss: 1}\n    print(adjoints)",
        """
def backprop(lin):
    return {v: sum(lin.partials[v, u] for u in lin.out(v)) for v in lin.vertices}
""",
    ],
    "raises": [
        """
def backprop(lin):
    adjoints = {lin.loss: 1}
    for u in reversed(lin.vertices):
        for v in lin.into(u):
            adjoints[v] += adjoints[u] * lin.partials[v, u]
    return adjoints
""",
        "def backprop(lin):\n    return {v: lin.partials[v] for v in lin.vertices}",
        "import numppy as np\n\ndef backprop(lin):\n    return np.zeros(len(lin.vertices))",
        "def backprop(lin):\nreturn {}",
    ],
    "chatty": [
        """
def backprop(lin):
    adjoints = {v: 0 for v in lin.vertices}
    adjoints[lin.loss] = 1
    left = {v: len(lin.out(v)) for v in lin.vertices}
    todo = [lin.loss] + [v for v in left if not left[v] and v != lin.loss]
    for u in todo:
        print("now", u, adjoints)
        for v in lin.into(u):
            adjoints[v] += adjoints[u] * lin.partials[v, u]
            left[v] -= 1
            if not left[v]:
                todo.append(v)
    return adjoints
""",
    ],
    "slow": [  # all paths, without reading a partial; a loop that forgets to go on
        """
def backprop(lin):
    def paths(v):
        if v == lin.loss:
            yield (v,)
        for u in lin.out(v):
            for path in paths(u):
                yield (v, *path)
    adjoints = {}
    for v in lin.vertices:
        adjoints[v] = 0
        for path in list(paths(v)):
            product = 1
            for tail, head in zip(path, path[1:]):
                product *= lin.partials[tail, head]
            adjoints[v] += product
    return adjoints
""",
        """
def backprop(lin):
    adjoints = dict.fromkeys(lin.vertices, 0)
    adjoints[lin.loss] = 1
    u = lin.loss
    while lin.into(u):
        for v in lin.into(u):
            if v in adjoints:
                continue
            u = v
    return adjoints
""",
    ],
}


def submissions(text):
    """Return the submissions, and the number of each kind of answer among them."""
    master, rng = Master.parse(text), Random(300)
    sources = {"topological_order": dict(ORDERS), "backprop": dict(SWEEPS)}
    for cell in Notebook.parse(student_notebook(master)).with_role(Role.ANSWER):
        its = sources[cell.exercise]
        its["stub"] = [cell.source]
        its["right"] = [master.answers[cell.exercise], *its["right"]]
        its["distractor"] = [
            wrong.source for wrong in master.with_role(Role.DISTRACTOR)
            if wrong.exercise == cell.exercise
        ]  # fmt: skip
    counts = Counter()
    class_ = []
    for k in range(STUDENTS):
        kinds = dict(zip(sources, rng.choices(list(KINDS), list(KINDS.values()), k=2), strict=True))
        if k < SLOW:
            kinds[list(sources)[k % 2]] = "slow"
        elif k < SLOW + BLANK:
            kinds = dict.fromkeys(sources, "stub")
        counts.update(kinds.values())
        answers = {
            exercise: source if kind == "stub" else f"{source.strip()}\n# answer {k}"
            for exercise, kind in kinds.items()
            for source in [rng.choice(sources[exercise][kind])]
        }
        test = TEST if k % TESTING == 0 and kinds["topological_order"] == "right" else ""
        class_.append(Submission(f"s{k}", _notebook(master, answers, test)))
    rng.shuffle(class_)
    return class_, counts


def _notebook(master, answers, test):
    """Return a notebook with these answers, and a test of the student's own below the first."""
    text = answered_notebook(master, answers)
    if not test:
        return text
    notebook = nbformat.reads(text, as_version=4)
    first = next(iter(answers.values()))
    [place] = [k for k, cell in enumerate(notebook.cells) if cell.source == first]
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(test))
    return nbformat.writes(notebook)


def grade():
    """Grade the class once; return the seconds, and the counts of answers and of results."""
    text = (ROOT / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    class_, counts = submissions(text)
    with tempfile.TemporaryDirectory() as folder:
        book = Gradebook(Path(folder, "gradebook.sqlite"))
        start = time.perf_counter()
        grade_class(class_, text, LESSON, book, workers=PROCESSES)
        seconds = time.perf_counter() - start
        rows = book.rows()
        book.close()
    assert {row.status for row in rows} == {"graded"}
    public = [r for row in rows for r in row.results if r.part is Role.CHECK]
    stopped = sum(r.status is Status.LOST for r in public)
    return {"seconds": seconds, "answers": counts, "stopped": stopped}


def measure():
    """Grade the class in a process of its own; return what `grade` does, and the CPU seconds."""
    adopt_orphans()  # the processes of a sandbox: their times are added when we wait for them
    load, before = os.getloadavg()[0], _cpu()
    run = [sys.executable, "-m", "bench.peers.realistic"]
    output = subprocess.run(run, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return json.loads(output) | {"cpu": _cpu() - before, "load": load}


def _cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(grade()))
