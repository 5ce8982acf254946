"""`coursekit start` never overwrites files; `coursekit lab` serves this machine only."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.server import stop

LESSON = "notebooks/00-start.ipynb"


def coursekit(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from coursekit.cli import app; app()", *arguments],
        cwd=cwd, env=os.environ | environment, capture_output=True, text=True,
    )  # fmt: skip


def wait_for_port(port):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def test_start_copies_the_lessons(tmp_path):
    run = coursekit("start", "course", cwd=tmp_path)
    assert run.returncode == 0
    assert "Next: coursekit lab course" in run.stderr
    copy = tmp_path / "course" / LESSON
    assert copy.read_bytes() == (Path(__file__).parents[2] / LESSON).read_bytes()
    root = Path(__file__).parents[2]
    expected = {p for part in ("notebooks", "exercises") for p in root.joinpath(part).glob("*.*")}
    assert {str(p.relative_to(tmp_path / "course")) for p in tmp_path.rglob("*.*")} == {
        str(p.relative_to(root)) for p in expected if p.suffix in (".ipynb", ".md")
    }


@pytest.mark.parametrize("command", ["start", "lab"])
def test_the_suggested_command_is_quoted(command, tmp_path):
    run = coursekit(command, "my course", cwd=tmp_path)
    suggestion = {"start": "coursekit lab 'my course'", "lab": "run coursekit start 'my course'"}
    assert run.stderr.strip().endswith(suggestion[command])


def test_start_never_overwrites(tmp_path):
    coursekit("start", "course", cwd=tmp_path)
    mine = tmp_path / "course" / LESSON
    mine.write_text("my work")
    run = coursekit("start", "course", cwd=tmp_path)
    assert run.returncode == 0
    assert mine.read_text() == "my work"
    assert f"Not overwritten, because you edited them: {LESSON}" in run.stderr


def test_start_refuses_a_file_as_its_folder_in_one_sentence(tmp_path):
    (tmp_path / "course").write_text("a file")
    run = coursekit("start", "course", cwd=tmp_path)
    assert run.returncode == 2
    assert "a part of the path course/notebooks is not a folder: choose another" in run.stderr
    assert run.stderr.count("\n") == 1
    assert (tmp_path / "course").read_text() == "a file"


def test_lab_reports_a_missing_folder_in_one_sentence_with_a_remedy(tmp_path):
    run = coursekit("lab", "nowhere", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.strip() == (
        "coursekit: folder nowhere does not exist: run coursekit start nowhere"
    )


def test_lab_serves_this_machine_only_and_behind_a_token(tmp_path):
    coursekit("start", "course", cwd=tmp_path)
    command = [sys.executable, "-c", "from coursekit.cli import app; app()", "lab", "course"]
    own = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {k: v for k, v in os.environ.items() if not k.endswith("DISPLAY")} | own
    server = subprocess.Popen(
        [*command, "--port", "0"], cwd=tmp_path, env=environment,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        output = ""
        while not (match := re.search(r"(http://\S+)/lab/tree/(\S+)\?token=(\w+)", output)):
            line = server.stderr.readline()
            assert line, output
            output += line
        address, lesson, token = match.groups()
        assert "Open the address that begins with http://127.0.0.1" in output
        assert address.startswith(("http://127.0.0.1:", "http://localhost:"))
        assert lesson == LESSON
        # the address is printed a moment before the port opens
        wait_for_port(int(address.rsplit(":", 1)[1]))
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{address}/api/contents")
        with urllib.request.urlopen(f"{address}/api/contents?token={token}") as answer:
            assert answer.status == 200
    finally:
        stop(server)
        server.communicate()
