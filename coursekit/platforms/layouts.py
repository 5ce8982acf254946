"""The name of a file in a platform's download → who handed it in, when, and what it was called.

Facts: Canvas `lib/content_zipper.rb`; Moodle `mod/assign/classes/downloader.php`; Gradescope's
`submission_metadata.yml`; the names of Blackboard's and Brightspace's downloads. No live platform
was tried.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from coursekit.errors import CommandError
from coursekit.grading.collect import NOTEBOOK
from coursekit.platforms.archives import File, open_regular
from coursekit.platforms.times import iso_time

MAX_YAML = 20 << 20  # bytes
MAX_NAME = 500  # characters; no platform writes longer names, and patterns would be slow
METADATA = "submission_metadata.yml"
FOLDERS = "folders"
CANVAS = re.compile(
    r"(?s)(?P<name>.*?)_?(?P<late>LATE_)?(?P<user>\d+)_((?P<attachment>\d+)_(?P<file>.+)|text\.html)"
)
ANONYMOUS = re.compile(
    r"(?s)(?P<late>LATE_)?anon_(?P<user>[^_]+)_((?P<attachment>\d+)_(?P<file>.+)|text\.html)"
)
MOODLE = re.compile(
    r"(?s)(?P<name>.+)_(?P<id>\d+)_assignsubmission_(file|onlinetext)_?(?P<file>.*)"
)
GROUP = re.compile(r"(?s)(?P<group>.+_\d+)_(?P<name>.+)")
LOGIN = re.compile(r"(?s)(?P<login>[^_ ]+)_(?P<name>.+)")
BLACKBOARD = re.compile(r"(?s)(?P<who>.+)_attempt_(?P<time>\d{4}(-\d\d){5})(_(?P<file>.+)|\.txt)")
BLACKBOARD_NAME = re.compile(r"^Name: *(?P<name>.+?) *\((?P<login>[^()]+)\) *\r?$", re.MULTILINE)
BRIGHTSPACE = re.compile(r"(?s)(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<time>[^-]+)")
ENDING = re.compile(rf"\.zip$|{NOTEBOOK.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """A student as a platform or a roster knows them; what it does not say is ""."""

    name: str = ""
    id: str = ""
    login: str = ""
    email: str = ""
    group: str = ""
    others: tuple[str, ...] = ()  # the ids that a roster has


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that somebody handed in."""

    person: Person
    source: str  # the name of the file or folder to which the platform attaches feedback
    inside: tuple[str, ...]  # the file's folders and name, for the student
    file: File
    submitted: str = ""  # ISO 8601, as precise as the platform says
    late: bool = False


class Claim(NamedTuple):
    """What the name of a file or folder says."""

    person: Person
    file: str = ""  # the name that the student gave; "" for a folder
    submitted: str = ""
    late: bool = False


Layout = Callable[[Sequence[File]], list[HandedIn]]


def handed_in(files: Sequence[File], platform: str = "") -> tuple[str, list[HandedIn]]:
    """Return the platform whose names at least half of the files have, and what was handed in.

    Raise CommandError if the platform is named and nothing has its names, or if nothing is there.
    """
    tried = {name: LAYOUTS[name](files) for name in ([platform] if platform else LAYOUTS)}
    found = {name: len({one.file for one in tried[name]}) for name in tried}
    best = max(tried, key=lambda name: (name != FOLDERS, found[name]))
    if not platform and 2 * found[best] < len(files):
        best = FOLDERS  # all names are those of plain folders
    if not tried[best]:
        what = f"no name is one that {platform} writes" if platform else "there are no notebooks"
        raise CommandError(f"no submissions found, because {what}: pass the download as it was")
    return best, tried[best]


def _by_name(claim_of: Callable[[str], Claim | None]) -> Layout:
    """Return a layout in which the name of one folder, zip or file says all."""

    def read(files: Sequence[File]) -> list[HandedIn]:
        return [one for file in files if (one := _claimed(file, claim_of))]

    return read


def _claimed(file: File, claim_of: Callable[[str], Claim | None]) -> HandedIn | None:
    for at, part in enumerate(file.parts):
        if len(part) <= MAX_NAME and (claim := claim_of(part)):
            inside = file.parts[at + 1 :] or (claim.file or part,)
            return HandedIn(claim.person, part, inside, file, claim.submitted, claim.late)
    return None


def _canvas(part: str) -> Claim | None:
    if found := ANONYMOUS.fullmatch(part):
        person = Person(f"anonymous {found['user']}", found["user"])
    elif (found := CANVAS.fullmatch(part)) and found["name"]:
        person = Person(found["name"], found["user"])
    else:
        return None
    return Claim(person, found["file"] or "text.html", late=bool(found["late"]))


def _moodle(part: str) -> Claim | None:
    if not (found := MOODLE.fullmatch(part)):
        return None
    name, group, login = found["name"], "", ""
    if outer := GROUP.fullmatch(name):
        group, name = outer["group"], outer["name"]
    if user := LOGIN.fullmatch(name):
        login, name = user["login"], user["name"]
    return Claim(Person(name.replace("_", " "), found["id"], login, group=group), found["file"])


def _brightspace(part: str) -> Claim | None:
    if not (found := BRIGHTSPACE.fullmatch(part)):
        return None
    return Claim(Person(found["name"], found["id"]), submitted=iso_time(found["time"]))


def _blackboard(files: Sequence[File]) -> list[HandedIn]:
    """Read names that hold the assignment, the user name and the time, and the text beside them.

    An assignment's name may contain what separates it from the user name; the texts tell.
    """
    people: dict[str, Person] = {}
    for file in files:
        found = BLACKBOARD.fullmatch(file.name)
        if found and not found["file"] and (user := BLACKBOARD_NAME.search(_start_of(file.path))):
            people[found["who"]] = Person(user["name"], login=user["login"])

    def claim_of(part: str) -> Claim | None:
        if not (found := BLACKBOARD.fullmatch(part)):
            return None
        person = people.get(found["who"]) or Person(login=found["who"].rpartition("_")[2])
        digits = found["time"].split("-")
        time = f"{'-'.join(digits[:3])}T{':'.join(digits[3:])}"
        return Claim(person, found["file"] or part, time)

    return _by_name(claim_of)(files)


def _start_of(path: Path) -> str:
    with open_regular(path) as data:
        return data.read(1000).decode("utf-8", "replace")


def _gradescope(files: Sequence[File]) -> list[HandedIn]:
    """Read folders with numbers, and the file that says who belongs to each."""
    metadata = next((file for file in files if file.name == METADATA), None)
    if metadata is None:
        return []
    submissions = _submissions(metadata)
    groups = {
        folder: Claim(Person(group=folder), submitted=iso_time(facts.get(":created_at", "")))
        for folder, facts in submissions.items()
    }
    return [
        replace(one, person=person)
        for one in _by_name(groups.get)(files)
        for person in _submitters(one.source, submissions[one.source][":submitters"])
    ]


def _submitters(folder: str, submitters: Sequence[Mapping[str, str]]) -> Iterator[Person]:
    """Yield the people who handed in a folder; several are a group."""
    for one in submitters:
        name, number, email = (one.get(f":{key}") or "" for key in ("name", "sid", "email"))
        yield Person(name, number, "", email, folder if len(submitters) > 1 else "")


def _submissions(metadata: File) -> dict[str, Any]:
    """Return Gradescope's facts on each folder; raise CommandError if the file is damaged."""
    try:
        with open_regular(metadata.path) as data:  # texts only: a student may be called No
            facts = yaml.load(data.read(MAX_YAML), yaml.BaseLoader)
        folders = {folder: one for folder, one in facts.items() if one.get(":submitters")}
        for one in folders.values():
            [submitter.get(":name") for submitter in one[":submitters"]]
        return folders
    except (yaml.YAMLError, AttributeError, TypeError, ValueError, RecursionError):
        raise CommandError(f"{METADATA} is damaged: download it again from Gradescope") from None


def _plain(files: Sequence[File]) -> list[HandedIn]:
    """Read a folder or a zip for each student, or a notebook for each."""
    if not files:
        return []
    folders = [file.parts[:-1] for file in files]
    notebooks = [file for file in files if NOTEBOOK.search(file.name)]
    common = commonprefix(folders)  # noqa: RUF071  # of tuples, part by part
    in_one_folder = len(set(folders)) == 1
    if in_one_folder and (len(notebooks) != 1 or not common):
        return [
            HandedIn(Person(NOTEBOOK.sub("", file.name)), file.name, (file.name,), file)
            for file in notebooks
        ]
    depth = len(common) - in_one_folder
    return [
        HandedIn(
            Person(ENDING.sub("", part := file.parts[depth])), part,
            file.parts[depth + 1 :] or (part,), file,
        )
        for file in files if len(file.parts) > depth + 1 or file in notebooks
    ]  # fmt: skip


LAYOUTS: dict[str, Layout] = {
    "moodle": _by_name(_moodle),  # before Canvas, whose pattern is wider
    "blackboard": _blackboard,
    "gradescope": _gradescope,
    "brightspace": _by_name(_brightspace),
    "canvas": _by_name(_canvas),
    FOLDERS: _plain,
}
