"""Serve the marking desk on this machine only: a page, its script, and the marks as JSON.

Only a browser that was opened with the secret link gets anything. A request must name our own
address (otherwise a web page could reach the desk through a name of its own), and only a POST
that the page itself sent can change a mark.
"""

import asyncio
import hmac
import json
import os
import secrets
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from coursekit.desk.answers import Desk
from coursekit.desk.content import content, visible
from coursekit.desk.groups import Group
from coursekit.errors import CommandError
from coursekit.grading.pictures import without_pictures

HOST = "127.0.0.1"
MAX_BODY = 100_000  # bytes of a request
KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# the link's page, which the desk then replaces: a redirect from elsewhere would lose the cookie
ENTER = (
    '<!doctype html><html lang="en"><title>Desk</title>'
    '<meta http-equiv="refresh" content="0;url=/">'
)
_drawing = ThreadPoolExecutor(1)  # formulas take time, and matplotlib draws one at a time


class _Handler(RequestHandler):
    """What all requests have in common: who may ask, and how errors are reported."""

    def initialize(self, desk: Desk, token: str, port: int) -> None:
        self.desk, self.token, self.port = desk, token, port
        self.cookie = f"coursekit-desk-{port}"  # browsers do not tell ports apart

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        if self.request.headers.get("Host") != f"{HOST}:{self.port}":
            raise HTTPError(403, reason="Wrong address")
        if not hmac.compare_digest(self.secret().encode("utf-8", "replace"), self.token.encode()):
            raise HTTPError(403, reason="Open the link that coursekit mark printed")

    def secret(self) -> str:
        """Return what shows that the request comes from a browser that opened the link."""
        return self.get_cookie(self.cookie) or ""

    def group(self, question: str, group: str) -> Group:
        """Return a group of answers; the page may be older than the gradebook."""
        try:
            return self.desk.groups[question][group]
        except KeyError:
            raise HTTPError(404, reason="This answer is no longer there: reload the page") from None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        reason = self._reason
        match (kwargs.get("exc_info") or (None, None))[1]:
            case CommandError() as error:
                status_code, reason = 400, str(error)
            case sqlite3.Error() as error:
                status_code = 503
                reason = f"the gradebook could not be used ({error}): try again"
        self.set_status(status_code)
        self.finish({"error": reason})

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, CommandError | sqlite3.Error):
            super().log_exception(typ, value, tb)


class _Page(_Handler):
    """The files of the page, and the link that opens it."""

    def secret(self) -> str:
        return self.get_query_argument("token", "") or super().secret()

    def get(self, name: str) -> None:
        if token := self.get_query_argument("token", ""):
            self.set_cookie(self.cookie, token, httponly=True, samesite="Strict")
            self.finish(ENTER)
            return
        name = name or "desk.html"
        file = files("coursekit.desk").joinpath("page", name)
        if not file.is_file():
            raise HTTPError(404, reason="There is no such page")
        kind = KINDS[name.partition(".")[2]]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish(file.read_bytes())


class _Overview(_Handler):
    def get(self) -> None:
        self.desk.reload()
        self.finish(self.desk.overview())


class _Question(_Handler):
    async def get(self, name: str) -> None:
        if name not in self.desk.groups:
            raise HTTPError(404, reason="This question is no longer there: reload the page")
        question = self.desk.questions[name]
        texts = {
            "text": await _nodes(question.text),
            "reference": await _nodes(question.reference),
        }
        self.finish({**self.desk.question(name), **texts})


class _Answer(_Handler):
    async def get(self, question: str, name: str) -> None:
        group = self.group(question, name)
        stored = group.answers[0].stored
        nodes, source = await _nodes(stored), visible(without_pictures(stored))
        self.finish({"content": nodes, "source": source, **self.desk.state(group)})


class _Change(_Handler):
    """What changes the gradebook: only a POST of the page itself."""

    def prepare(self) -> None:
        super().prepare()
        headers = self.request.headers
        if headers.get("Origin") != f"http://{HOST}:{self.port}":
            raise HTTPError(403, reason="Only the desk's own page may change marks")
        if headers.get("Content-Type") != "application/json":
            raise HTTPError(415, reason="Only JSON is accepted")

    def wish(self) -> Mapping[str, Any]:
        """Return the JSON object that was sent."""
        try:
            wish = json.loads(self.request.body)
            assert isinstance(wish, dict)
        except (ValueError, AssertionError, RecursionError):
            raise HTTPError(400, reason="Not a JSON object") from None
        return wish


class _Mark(_Change):
    def post(self, question: str, name: str) -> None:
        group = self.group(question, name)
        try:
            done, state = self.desk.mark(group, self.wish())
        except (KeyError, TypeError, ValueError):
            raise HTTPError(400, reason="Not a mark") from None
        self.set_status(200 if done else 409)
        self.finish(state)


class _Phrases(_Change):
    def post(self, question: str) -> None:
        phrases = self.wish().get("phrases")
        if question not in self.desk.groups or not isinstance(phrases, list):
            raise HTTPError(400, reason="Not a list of comments")
        self.finish({"phrases": self.desk.keep(question, [str(one) for one in phrases])})


async def _nodes(text: str) -> list[Any]:
    return await asyncio.get_running_loop().run_in_executor(_drawing, content, text)


def application(desk: Desk, token: str, port: int) -> Application:
    """Return the web application of a desk."""
    about = {"desk": desk, "token": token, "port": port}
    routes = [
        (r"/api/desk", _Overview, about),
        (r"/api/question/(\w+)", _Question, about),
        (r"/api/question/(\w+)/phrases", _Phrases, about),
        (r"/api/answer/(\w+)/(\w+)", _Answer, about),
        (r"/api/mark/(\w+)/(\w+)", _Mark, about),
        (r"/((?:[a-z]+\.(?:css|js))?)", _Page, about),
        (r".*", _Nothing, about),
    ]
    return Application(routes, log_function=lambda _: None)


class _Nothing(_Handler):
    def prepare(self) -> None:
        super().prepare()
        raise HTTPError(404, reason="There is no such page")


async def serve(desk: Desk, port: int, out: Path, opened: Callable[[str, Path], None]) -> None:
    """Serve a desk until the task is cancelled; call `opened` with its link and a page with it.

    The page is a file that only its owner may read: a link on a command line is seen by all users.
    """
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        why = f"port {port} cannot be used ({os.strerror(error.errno or 0)})"
        raise CommandError(f"{why}: pass --port with another, or none for a free one") from None
    listener.setblocking(False)
    port, token = listener.getsockname()[1], secrets.token_urlsafe(32)
    server = HTTPServer(application(desk, token, port), max_body_size=MAX_BODY)
    server.add_socket(listener)
    link = f"http://{HOST}:{port}/?token={token}"
    with tempfile.NamedTemporaryFile("w", dir=out, prefix="desk-", suffix=".html") as page:
        page.write(ENTER.replace("url=/", f"url={link}"))
        page.flush()
        opened(link, Path(page.name))
        await asyncio.Event().wait()
