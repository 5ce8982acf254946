"""List every command that README.md and docs/*.md show, and how to run it on a bare Debian.

`python scripts/documented_commands.py` prints the calls to `page`, `run`, `serve` and `skip` that
scripts/bare_debian.sh makes inside the bare system.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PROGRAMS = {
    "apt-get", "coursekit", "git", "make", "pip", "pytest", "python", "python3", "sysctl",
}  # fmt: skip
SETTING = re.compile(r"[A-Z]+=\S+")  # an environment variable set in front of the program
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
COMMENT = re.compile(r"\s+# .*")
MENTION = re.compile(
    r"coursekit [a-z-]+"
)  # a command that a sentence only mentions, not one to type

SOURCE = "/root/source"  # a clean clone of this repository inside the system
CLONE = "/root/clone"  # a clone of SOURCE; README.md's commands set it up with `make env`
STARTS = {"docs/students.md": "/root"}  # page → its first folder, if that is not the clone
FIRST = ["README.md", "docs/students.md"]  # the other pages follow in alphabetical order
WITH_PYTHON = ["docs/lecturers.md"]  # other tests run the Python examples of the other pages

SUBSTITUTES = {  # a command with words in capitals → the command to run instead
    "git clone ADDRESS coursekit && cd coursekit": f"git clone {SOURCE} coursekit && cd coursekit",
    'pip install "coursekit_backprop-0.1.0-py3-none-any.whl[lab]"': f"cp {CLONE}/dist/*.whl . && "
    'pip install -q "coursekit_backprop-0.1.0-py3-none-any.whl[lab]"',
    ".venv/bin/coursekit release solutions --out DIR": ".venv/bin/coursekit release solutions"
    " --out handed-out",
    ".venv/bin/coursekit grade DIR --out OUT": "mkdir -p class/Ada && "
    "cp exercises/05-backpropagation.ipynb class/Ada && "
    ".venv/bin/coursekit grade class --out grades",
    ".venv/bin/coursekit collect DOWNLOAD --out CLASS --roster ROSTER": "mkdir -p"
    " download/Ada_7_assignsubmission_file && cp exercises/05-backpropagation.ipynb"
    " download/Ada_7_assignsubmission_file && printf 'name,id\\nAda,7\\n' > roster.csv &&"
    " .venv/bin/coursekit collect download --out collected --roster roster.csv",
    ".venv/bin/coursekit grade CLASS --out OUT": ".venv/bin/coursekit grade collected --out graded",
    ".venv/bin/coursekit grade CLASS --out OUT --deadlines FILE": "printf"
    " '[due]\\n05-backpropagation = 2026-10-24T23:59:00Z\\n' > deadlines.toml &&"
    " .venv/bin/coursekit grade collected --out graded --deadlines deadlines.toml",
    '.venv/bin/coursekit decide OUT STUDENT --exercise EXERCISE --points 3 --reason "The check was'
    ' wrong."': ".venv/bin/coursekit decide graded Ada --exercise backprop --points 3"
    " --reason 'The check was wrong.'",
    '.venv/bin/coursekit decide OUT STUDENT --reason "We looked at it again, and the points stay."'
    "": ".venv/bin/coursekit decide graded Ada --reason 'We looked at it again.'",
    ".venv/bin/coursekit insights OUT": ".venv/bin/coursekit insights graded",
    ".venv/bin/coursekit forget OUT STUDENT": ".venv/bin/coursekit forget graded Ada",
    ".venv/bin/coursekit mark OUT": "mkdir -p words/Ada &&"
    " sed 's/\\*Write your answer here\\.\\*/No./'"
    " exercises/05-backpropagation.ipynb > words/Ada/05-backpropagation.ipynb &&"
    " .venv/bin/coursekit grade words --out marked && .venv/bin/coursekit mark marked",
    ".venv/bin/coursekit export OUT --to PLATFORM --class CLASS --file FILE": "printf"
    " 'Identifier,Full name,Grade\\nParticipant 7,Ada,\\n' > worksheet.csv &&"
    " .venv/bin/coursekit export graded --to moodle --class collected --file worksheet.csv",
    ".venv/bin/coursekit doctor NOTEBOOK": ".venv/bin/coursekit doctor"
    " exercises/05-backpropagation.ipynb",
    ".venv/bin/coursekit check NOTEBOOK": ".venv/bin/coursekit check"
    " exercises/05-backpropagation.ipynb",
    ".venv/bin/pytest --coursekit SUBMISSION.ipynb": ".venv/bin/pytest --coursekit"
    " class/Ada/05-backpropagation.ipynb",
}
UNANSWERED = 1  # exit status for a notebook without any answers
STATUS = {
    ".venv/bin/coursekit check exercises/03-chain-rule.ipynb": UNANSWERED,
    ".venv/bin/coursekit doctor exercises/03-chain-rule.ipynb": UNANSWERED,
    ".venv/bin/coursekit doctor NOTEBOOK": UNANSWERED,
    ".venv/bin/coursekit check NOTEBOOK": UNANSWERED,
    ".venv/bin/pytest --coursekit SUBMISSION.ipynb": UNANSWERED,
}
CI, LONG, DEVELOPERS = (
    "continuous integration runs it",
    "it takes a long time to measure",
    "for developers: it needs Chromium, and a test fails if its output is out of date",
)
NOT_RUN = {
    "pytest --coursekit": "it needs a notebook, which docs/instructors.md passes to it",
    "make test": CI,
    "make quick": CI,
    "make more": CI,
    "make lint": CI,
    "make fuzz": LONG,
    "make peer-tests": LONG,
    "make bench": LONG,
    'PEERS="micrograd" make bench': LONG,
    "make bench-grading": LONG,
    "make bench-scale": LONG,
    "pytest -m slow tests/grading/test_memory.py": LONG,
    "make attacks": LONG,
    "make lessons": DEVELOPERS,
    "make shots": DEVELOPERS,
    "make plate": DEVELOPERS,
    "make api": DEVELOPERS,
    "KILLS=100 pytest -s tests/grading/test_kill.py": LONG,
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0": "it changes the whole machine",
}


class Command(NamedTuple):
    """A command as a page shows it, with its page and line."""

    page: str
    line: int
    text: str

    @property
    def words(self) -> list[str]:
        """The words of the command, without environment variables or the program's folder."""
        words = shlex.split(self.text)
        while words and SETTING.fullmatch(words[0]):
            words.pop(0)
        return [Path(words[0]).name, *words[1:]] if words else []

    @property
    def is_server(self) -> bool:
        """Whether the command runs until it is stopped."""
        is_desk = self.words[:2] == ["coursekit", "mark"] and not MENTION.fullmatch(self.text)
        return self.words == ["make", "lab"] or self.words[:2] == ["coursekit", "lab"] or is_desk


def pages() -> list[str]:
    """Return the pages in the order in which their commands run."""
    rest = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
    return FIRST + [page for page in rest if page not in FIRST]


def commands(page: str) -> Iterator[Command]:
    """Yield a page's commands: each line of an `sh` block, and inline code that is a command."""
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = []
    for fence in FENCE.finditer(text):
        if fence[1] == "sh":
            for line in re.finditer(r".+", fence[2]):
                shown.append((fence.start(2) + line.start(), COMMENT.sub("", line[0])))
    prose = FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)
    for code in INLINE.finditer(prose):
        shown.append((code.start(), " ".join(code[1].split())))
    for at, source in sorted(shown):
        command = Command(page, text.count("\n", 0, at) + 1, source)
        if _is_command(command):
            yield command


def _is_command(command: Command) -> bool:
    try:
        words = command.words
    except ValueError:  # an unbalanced quotation mark: not a command
        return False
    return len(words) > 1 and words[0] in PROGRAMS


def call(command: Command) -> str:
    """Return the plan's line for a command, which runs it or says why it is skipped."""
    text, place = command.text, str(command.line)
    if text in NOT_RUN:
        return shlex.join(["skip", place, text, NOT_RUN[text]])
    if command.is_server:
        return shlex.join(["serve", place, text, SUBSTITUTES.get(text, text)])
    typed = SUBSTITUTES.get(text, text)
    if MENTION.fullmatch(text) and command.page not in STARTS:
        typed = f".venv/bin/{text} --help"
    return shlex.join(["run", place, str(STATUS.get(text, 0)), text, typed])


def python_blocks(page: str) -> Iterator[str]:
    """Yield the calls that run a page's Python examples; each continues those above it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    examples = ""
    for fence in FENCE.finditer(text):
        if fence[1] == "python" and page in WITH_PYTHON:
            examples += fence[2]
            line = text.count("\n", 0, fence.start()) + 1
            typed = shlex.join([".venv/bin/python", "-c", examples])
            yield shlex.join(["run", str(line), "0", "the Python example", typed])


def plan() -> Iterator[str]:
    """Yield the lines of the plan: one block per page, in which each command appears once."""
    for page in pages():
        first: dict[str, Command] = {}
        for command in commands(page):
            first.setdefault(command.text, command)
        if first:
            yield f"( page {page} {STARTS.get(page, CLONE)}"
            yield from map(call, first.values())
            yield from python_blocks(page)
            yield ")"


if __name__ == "__main__":
    print("\n".join(plan()))
