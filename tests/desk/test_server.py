"""A real desk answers its own page only, and only a POST of that page changes a mark."""

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from coursekit.grading.gradebook import Gradebook
from tests.support.desk import QUESTIONS, running_desk, write_gradebook, write_master

ANSWERS = {f"S{k}": {name: f"{name} {k}" for name in QUESTIONS} for k in range(3)}
MARK = {"number": 0, "points": "1", "comment": "", "items": []}


def made(folder):
    write_master(folder / "solutions")
    write_gradebook(folder / "out", ANSWERS)
    return folder


@pytest.fixture
def folder(tmp_path):
    return made(tmp_path)


@pytest.fixture
def desk(folder):
    """A desk for one test, which changes marks."""
    with running_desk(folder / "out", folder / "solutions", "ana") as desk:
        yield desk


@pytest.fixture(scope="module")
def unmarked(tmp_path_factory):
    """The folder of the desk that refuses everything."""
    return made(tmp_path_factory.mktemp("unmarked"))


@pytest.fixture(scope="module")
def strict(unmarked):
    """A desk for all tests in which no mark may change."""
    with running_desk(unmarked / "out", unmarked / "solutions", "ana") as desk:
        yield desk


def request(desk, path, method="GET", body=None, **headers):
    """Send a request as the page does, except for the headers given; None leaves one out."""
    host = desk.address.partition("://")[2]
    usual = {"Host": host, "Cookie": desk.cookie}
    if method == "POST":
        usual |= {"Origin": desk.address, "Content-Type": "application/json"}
    sent = {name.replace("_", "-"): value for name, value in (usual | headers).items() if value}
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.putrequest(method, path, skip_host=True)
        content = json.dumps(body).encode() if not isinstance(body, bytes) else body
        for name, value in (sent | {"Content-Length": str(len(content))}).items():
            connection.putheader(name, value)
        connection.endheaders(content)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def group(desk):
    return json.loads(request(desk, "/api/question/why")[2])["groups"][0]["id"]


def marks(folder):
    with closing(Gradebook(folder / "out" / "gradebook.sqlite")) as book:
        return book.marks()


def test_the_page_itself_may_mark(desk, folder):
    status, _, body = request(desk, f"/api/mark/why/{group(desk)}", "POST", MARK)
    assert status == 200
    assert json.loads(body)["points"] == "1"
    assert [mark.points for mark in marks(folder).values()] == [1.0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost:1"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Cookie": None}, 403),
        ({"Cookie": "coursekit-desk-1=x"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_nobody_else_may_mark(strict, unmarked, headers, status):
    path = f"/api/mark/why/{group(strict)}"
    assert request(strict, path, "POST", MARK, **headers)[0] == status
    assert request(strict, "/api/question/why/phrases", "POST", {"phrases": ["x"]}, **headers)[
        0
    ] == (status)
    assert marks(unmarked) == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_a_post_changes_a_mark(strict, unmarked, method):
    query = "?points=1&number=0&comment=&items="
    status, _, _ = request(strict, f"/api/mark/why/{group(strict)}{query}", method, MARK)
    assert status in (405, 415, 403)
    assert marks(unmarked) == {}


@pytest.mark.parametrize("path", ["/", "/desk.js", "/api/desk", "/api/question/why", "/nowhere"])
@pytest.mark.parametrize(
    "headers", [{"Cookie": None}, {"Cookie": "coursekit-desk-0=é"}, {"Host": "evil.example:80"}]
)
def test_without_the_link_nothing_is_shown(strict, path, headers):
    headers = {k: v and v.encode() for k, v in headers.items()}
    status, sent, body = request(strict, path, **headers)
    assert status == 403
    assert "Set-Cookie" not in sent
    assert set(json.loads(body)) == {"error"}


def test_a_guessed_token_is_refused_and_none_opens_a_foreign_host(strict):
    assert request(strict, "/?token=guess", Cookie=None)[0] == 403
    status, sent, _ = request(strict, f"/?token={strict.token}", Cookie=None, Host="evil.example")
    assert status == 403
    assert "Set-Cookie" not in sent
    assert request(strict, f"/api/desk?token={strict.token}", Cookie=None)[0] == 403


def test_the_link_becomes_a_strict_cookie(strict):
    status, sent, body = request(strict, f"/?token={strict.token}", Cookie=None)
    assert status == 200
    cookie = sent["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
    assert strict.token.encode() not in body
    assert request(strict, "/", Cookie=cookie.partition(";")[0])[0] == 200


@pytest.mark.parametrize("path", ["/", "/desk.css", "/desk.js", "/api/desk", "/nowhere"])
def test_every_answer_forbids_inline_scripts_and_other_hosts(strict, path):
    _, sent, _ = request(strict, path)
    rules = dict(rule.split(maxsplit=1) for rule in sent["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["img-src"] == "data:"
    assert sent["Cache-Control"] == "no-store"
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Referrer-Policy"] == "no-referrer"
    assert "Server" not in sent


def test_no_other_file_is_served(strict):
    for path in ("/desk.html", "/answers.py", "/../server.py", "/%2e%2e/server.py", "/x.js"):
        assert request(strict, path)[0] in (400, 404)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"null", b"\xff", b'{"number": 0}', b'{"number": "x"}', b"[" * 50_000,
     json.dumps(MARK | {"items": 3}).encode(), json.dumps(MARK | {"number": None}).encode(),
     json.dumps(MARK | {"points": "9"}).encode(), json.dumps(MARK | {"items": ["x"]}).encode()],
    ids=range(12),
)  # fmt: skip
def test_a_malformed_mark_is_refused_in_a_sentence(strict, unmarked, body):
    status, _, answer = request(strict, f"/api/mark/why/{group(strict)}", "POST", body)
    assert status == 400
    assert json.loads(answer)["error"]
    assert marks(unmarked) == {}


def test_a_comment_of_any_characters_is_stored(desk, folder):
    comment = "=1+1 \ud800 \u202e é 漢\nline"
    body = json.dumps(MARK | {"comment": comment}).encode()
    assert request(desk, f"/api/mark/why/{group(desk)}", "POST", body)[0] == 200
    assert [mark.comment for mark in marks(folder).values()] == [comment.replace("\ud800", "?")]


def test_unknown_answers_are_not_found(strict):
    assert request(strict, "/api/mark/why/unknown", "POST", MARK)[0] == 404
    assert request(strict, "/api/answer/nothing/unknown")[0] == 404
    assert request(strict, "/api/question/nothing")[0] == 404


def test_the_desk_listens_on_this_machine_only(strict):
    port = int(strict.address.rpartition(":")[2])
    listening = subprocess.run(
        ["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True, check=True
    ).stdout
    places = [line.split()[1] for line in listening.splitlines() if " 0A " in line]
    assert [p for p in places if p.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_the_link_lies_in_a_file_that_only_its_owner_reads(desk, folder):
    [page] = (folder / "out").glob("desk-*.html")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert desk.link in page.read_text()
    desk.end()
    assert not page.exists()


def test_ctrl_c_ends_the_desk_with_what_was_done(desk):
    request(desk, f"/api/mark/why/{group(desk)}", "POST", MARK)
    code, said = desk.end()
    assert code == 0
    assert said == (
        "You marked 1 answer; 5 have no points yet."
        " To write the reports, run coursekit grade as before.\n"
    )


def test_a_killed_desk_has_lost_nothing(desk, folder):
    name = group(desk)
    for number, points in enumerate(["1", "2", "0.5"]):
        wish = MARK | {"points": points, "number": number}
        assert request(desk, f"/api/mark/why/{name}", "POST", wish)[0] == 200
        assert [mark.points for mark in marks(folder).values()] == [float(points)]
    assert desk.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert [mark.points for mark in marks(folder).values()] == [0.5]


def test_a_port_in_use_is_one_sentence(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = "from coursekit.cli import app; app()"
        run = subprocess.run(
            [sys.executable, "-c", code, "mark", "out", "--port", str(port), "--no-browser"],
            cwd=folder, capture_output=True, text=True, env=os.environ | {"USER": "ana"},
        )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr == (
        f"coursekit: port {port} cannot be used (Address already in use): pass --port with"
        " another, or none for a free one\n"
    )
