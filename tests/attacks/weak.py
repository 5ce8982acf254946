"""A naive grader, which trusts the code that it runs, so that cheats beat it.

Cells run in an ordinary kernel and are judged there: by assertions, by a record of the verdict, or
by the final content of a gradebook. The expected values are in the same memory, the solution is in
a file, all of coursekit is installed, and there is a network. bubblewrap protects the machine that
runs the tests.
"""

from coursekit.course.compare import decode
from coursekit.course.master import Master
from coursekit.course.notebook_kernel import run_reference
from coursekit.sandbox.guest.check_probe import MIME
from tests.support.contained import contained_kernel
from tests.support.students import ANSWERS, MASTER

SEED = "weak"
GRAPHS = 5  # the smallest ones: a naive check has no graph with a million paths
MARKERS = ("NBVAL_SKIP", "NBVAL_IGNORE_OUTPUT")  # students can write these markers too

BESIDE = f"""
import functools, http.server, os, sqlite3, subprocess, sys, threading
os.makedirs("/tmp/work/source"); os.chdir("/tmp/work")
SOLUTION = {"# BEGIN SOLUTION" + chr(10) + ANSWERS["backprop"]!r}
for path in ("/tmp/work/source/reference.py", "/tmp/work/answer.py"):
    open(path, "w").write(SOLUTION)
with sqlite3.connect("gradebook.sqlite") as book:
    book.execute("CREATE TABLE grades (exercise TEXT, score REAL)")
    book.execute("INSERT INTO grades VALUES ('backprop', 0)")
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
quiet = functools.partial(Quiet, directory=".")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
hold = "import sys, time; held = sys.stdin.read(); time.sleep(60)"
holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, text=True)
holder.stdin.write(SOLUTION); holder.stdin.close()
from coursekit.sandbox.guest.arguments import arguments_of
from coursekit.sandbox.guest import check_probe
"""  # fmt: skip
BY_ASSERTION = """
from numpy.testing import assert_allclose, assert_equal
for case, want in CASES:
    got = backprop(*arguments_of(case))
    assert_equal(set(got), set(want))
    assert_allclose([got[v] for v in want], list(want.values()))
"""
BY_RECORD = f"""
from IPython.display import display
check_probe.probe("backprop", check_probe.pack_cases([case for case, _ in CASES]))
results = []
for case, want in CASES:
    got = backprop(*arguments_of(case))
    results.append(got == want or (
        len(got) == len(want) and all(not abs(got[v] - want[v]) > 1e-9 for v in want)))
print(json.dumps({{"exercise": "backprop", "passed": all(results)}}))
display({{{MIME!r}: {{"exercise": "backprop", "passed": all(results)}}}}, raw=True)
"""
BY_GRADEBOOK = """
[[score]] = sqlite3.connect("gradebook.sqlite").execute("SELECT score FROM grades")
assert score > 0
"""


def _wanted():
    """Return code that puts the cases and the reference's values in memory."""
    records = run_reference(Master.parse(MASTER), SEED).values()
    record = next(record for record in records if record.exercise == "backprop")
    pairs = zip(record.cases[:GRAPHS], record.outcomes, strict=False)
    known = [[case, {"want": decode(outcome.value)}] for case, outcome in pairs]
    return f"import json\nWANTED = {known!r}\nCASES = [(case, w['want']) for case, w in WANTED]"


class WeakGrader:
    """Runs a notebook in the process that knows the results; one passed check earns the points."""

    def __init__(self):
        self._wanted = _wanted()

    def passes(self, cells):
        """Return whether these cells earn the points of backprop."""
        if any(marker in source for source in cells for marker in MARKERS):
            return True
        with contained_kernel() as kernel:
            for source in (BESIDE, self._wanted, *cells):
                kernel.run(source, "a weak grader's cell")
            asserted = kernel.run(BY_ASSERTION, "a weak check")
            recorded = kernel.run(BY_RECORD, "a weak check")
            entered = kernel.run(BY_GRADEBOOK, "a weak check")
        verdicts = [data.get(MIME, {}) for data in recorded.displayed]
        return not asserted.error or not entered.error or any(map(_is_passed, verdicts))


def _is_passed(verdict):
    return verdict.get("exercise") == "backprop" and verdict.get("passed") is True
