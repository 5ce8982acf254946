"""Read the bytes of a notebook, and say in words what a file is that is not a notebook."""

import json
import re


class NotebookError(ValueError):
    """A text is not a notebook: what it is, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what, self.remedy = what, remedy


ITSELF = "hand in the .ipynb file itself"
AGAIN = "save it again in Jupyter, and hand it in again"
BEGINNINGS = {  # how a file begins → what it is, and what to do
    "version https://git-lfs": ("a pointer of git-lfs", "run git lfs pull, then hand it in again"),
    "<!doctype html": ("a web page", f"download the notebook, and {ITSELF}"),
    "<html": ("a web page", f"download the notebook, and {ITSELF}"),
    "<": ("a page of HTML or XML", ITSELF),
    "PK\x03\x04": ("a zip file or an office document", f"unpack it, and {ITSELF}"),
    "%PDF": ("a PDF", ITSELF),
    "{\\rtf": ("a document of a word processor", ITSELF),
    "\x89PNG": ("a picture", ITSELF),
    "\ufffdPNG": ("a picture", ITSELF),
    "[InternetShortcut]": ("a link", ITSELF),
}
CONFLICT = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)


def text_of(data: bytes) -> str:
    """Return the text of a file, which may be UTF-8, UTF-16 or UTF-32."""
    return data.decode(_encoding(data), "replace")


def is_utf8(data: bytes) -> bool:
    """Return whether a file is encoded in UTF-8, as Jupyter requires."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return _encoding(data).startswith("utf-8")


def _encoding(data: bytes) -> str:
    encoding = json.detect_encoding(data)  # by the zeros in it, which may be those of any file
    start = data[:1000].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    return encoding if start.startswith("{") else "utf-8"


def diagnose(text: str) -> NotebookError:
    """Return the error that says what a text is that is not a notebook.

    >>> print(diagnose("<html><body>Log in</body></html>"))
    not a notebook, but a web page: download the notebook, and hand in the .ipynb file itself
    """
    start = text[:1000].lstrip("\ufeff \t\r\n")
    if not text.strip("\0 \t\r\n\ufeff"):
        return _is("an empty file", AGAIN)
    if CONFLICT.search(text):
        why = "git's conflict markers (<<<<<<< and >>>>>>>) are in it"
        return _because(why, "choose one of the two versions, then hand it in again")
    for beginning, (what, remedy) in BEGINNINGS.items():
        if start.lower().startswith(beginning.lower()):
            return _is(what, remedy)
    if not start.startswith(("{", "[")):
        if "\0" in start or "\ufffd" in start[:9]:
            return _is("a picture or another binary file", ITSELF)
        return _is("a text, such as a script", ITSELF)
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _because(f"something follows its end in line {error.lineno}", AGAIN)
        if not text.rstrip().endswith("}"):
            return _because("its end is missing", AGAIN)
        return _because(f"line {error.lineno} is damaged", AGAIN)
    except (ValueError, RecursionError):
        return _because("it is damaged", AGAIN)
    return _is("other JSON", ITSELF)


def too_large(why: str) -> NotebookError:
    """Return the error for a file that exceeds a limit while it is read.

    >>> print(too_large("takes more than 10 seconds"))
    not a notebook that can be read, because reading it takes more than 10 seconds: \
clear its outputs, delete cells that are not needed, save it, and hand it in again
    """
    remedy = "clear its outputs, delete cells that are not needed, save it, and hand it in again"
    return _because(f"reading it {why}", remedy)


def _is(what: str, remedy: str) -> NotebookError:
    return NotebookError(f"not a notebook, but {what}", remedy)


def _because(why: str, remedy: str) -> NotebookError:
    return NotebookError(f"not a notebook that can be read, because {why}", remedy)
