"""A download is a folder or a zip, and may contain zips: all its files, unpacked under limits."""

import errno
import io
import lzma
import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from coursekit.errors import CommandError
from coursekit.grading.collect import MAX_BYTES, OPEN_FLAGS, TOOL_FOLDERS, printable

MAX_FILES = 50_000  # in one zip
SPARE_BYTES, MAX_RATIO = 100 << 20, 20  # so much, and so many times its size, may a zip unpack to
MAX_DEPTH = 3  # zips inside one another
CHUNK = 1 << 20
UTF8 = 0x800  # the flag of a zip whose names are in UTF-8
DEBRIS = re.compile(r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini", re.IGNORECASE)
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip


class File(NamedTuple):
    """A file of a download: the folders and zips that it lies in and its name, and where it is."""

    parts: tuple[str, ...]
    path: Path

    @property
    def name(self) -> str:
        return self.parts[-1]


class RefusedError(Exception):
    """A zip is damaged or hostile."""


def unpack(source: Path, scratch: Path) -> Iterator[File]:
    """Yield the regular files of a folder or a zip, and of zips inside, in order, without debris.

    They are unpacked into the folder `scratch` under numbers, since names may be hostile. A zip
    inside that is damaged or hostile stays one file. Raise CommandError if the source itself is.
    """
    files: Iterable[File]
    if source.is_dir():
        files = _of_folder(source)
    elif not source.exists():
        raise CommandError(f"{source} not found: pass the folder or zip that you downloaded")
    else:
        try:
            files = _of_zip(File((), source), scratch)
        except RefusedError as error:
            raise CommandError(f"{source} {error}: download it again") from None
    for file in files:
        yield from _inside(file, scratch, MAX_DEPTH)


def _of_folder(folder: Path) -> Iterator[File]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in TOOL_FOLDERS)
        for name in sorted(names):
            path = Path(place, name)
            if not DEBRIS.fullmatch(name) and stat.S_ISREG(path.lstat().st_mode):
                yield File(path.relative_to(folder).parts, path)


def _inside(file: File, scratch: Path, depth: int) -> Iterator[File]:
    """Yield the files in a zip, or a file itself if it is no zip that may be unpacked."""
    if not depth or not file.name.lower().endswith(".zip"):
        yield file
        return
    try:
        inner = _of_zip(file, scratch)
    except RefusedError:
        yield file
        return
    for one in inner:
        yield from _inside(one, scratch, depth - 1)


def _of_zip(file: File, scratch: Path) -> list[File]:
    """Unpack a zip; return its files, or raise RefusedError and leave nothing."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        with open_regular(file.path) as data, zipfile.ZipFile(data) as archive:
            return list(_unzip(archive, file.parts, folder, os.fstat(data.fileno()).st_size))
    except (RefusedError, *DAMAGED) as error:
        shutil.rmtree(folder)
        if isinstance(error, RefusedError):
            raise
        raise RefusedError(f"is no zip that can be read ({error})") from None


def _unzip(
    archive: zipfile.ZipFile, outer: tuple[str, ...], folder: Path, size: int
) -> Iterator[File]:
    left = SPARE_BYTES + MAX_RATIO * size
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_FILES:
        raise RefusedError(f"contains more than {MAX_FILES:,} files")
    for number, member in enumerate(members):
        parts = _parts(member)
        if DEBRIS.fullmatch(parts[-1]) or not set(TOOL_FOLDERS).isdisjoint(parts):
            continue
        target = folder / str(number)
        most = left if parts[-1].lower().endswith(".zip") else MAX_BYTES + 1
        with archive.open(member) as source, target.open("xb") as copy:
            while most > 0 and (chunk := source.read(min(CHUNK, most))):
                most, left = most - len(chunk), left - len(chunk)
                copy.write(chunk)
        if left <= 0:
            raise RefusedError("is a bomb: it unpacks to far more than its own size")
        yield File(outer + parts, target)


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the folders and the name of a file in a zip; raise RefusedError if it is hostile."""
    name = member.filename
    if not member.flag_bits & UTF8:  # macOS writes UTF-8 without saying so
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))
    if not parts or ".." in parts or re.match(r"[/\\]|\w:", name):
        raise RefusedError(f"contains {printable(name)!r}, a path that leads out of it")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RefusedError(f"contains the link {printable(name)!r}")
    return parts


@contextmanager
def open_regular(path: Path) -> Iterator[io.BufferedReader]:
    """Open a regular file; raise OSError for a link, a pipe or a device."""
    with open(os.open(path, OPEN_FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        yield file
