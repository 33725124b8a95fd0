"""Files to texts: what is found under the root, read safely. The only module here that touches the disk."""

import errno
import os
import re
import stat
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath

from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.noun import dataclass

FILE_MOST = 8 << 20
"""Bytes of one file."""
SUFFIXES = (".yaml", ".yml")
CONFIG_FILE = "reconciler.yaml"
"""The settings file in the root; never a manifest."""
BASELINE_FILE = "reconciler.baseline.yaml"
"""What drift somebody lives with, in the root by default."""

NOT_FOUND = Rule(
    code="YML001",
    summary="Registry path is neither a folder nor a YAML file",
    why="A folder that is not there would look like a registry from which everything was removed.",
    example="registry: [registry.d, registri]",
    fix="Create the folder, or correct `registry` in reconciler.yaml; `reconciler init` starts a registry.",
)
UNREADABLE = Rule(
    code="YML002",
    summary="File cannot be read",
    why="What cannot be read is unknown, not empty; nothing is planned on half of the manifests.",
    example="registry.d/jira.yaml   # mode 000, a link to nothing, a pipe",
    fix="Make it a regular file that this user may read, or remove it.",
)
OUTSIDE = Rule(
    code="YML003",
    summary="Path leads out of the project or in a circle",
    why="A pull request must not make the runner read its other files, nor read the same folder for ever.",
    example="registry.d/all.yaml -> /etc/passwd",
    fix="Keep manifests inside the project folder; replace the link by the file.",
)
TOO_LARGE = Rule(
    code="YML004",
    summary="File is too large",
    why="Limits keep a hostile file from filling the memory of the machine that validates a pull request.",
    example="registry.d/everything.yaml   # 40 MiB",
    fix=f"Split it; a file may hold {FILE_MOST >> 20} MiB.",
)
NOT_UTF8 = Rule(
    code="YML005",
    summary="File is not UTF-8",
    why="Read with the wrong encoding, names would be stored garbled.",
    example="a file saved as Latin-1 or UTF-16",
    fix="Save the file as UTF-8.",
)
FORBIDDEN = Rule(
    code="YML006",
    summary="Invisible character that does not belong in a manifest",
    why="Control characters, unusual line ends and characters that turn the direction of text make a reviewer see "
    "something else than the machine reads (CVE-2021-42574).",
    example="displayName: Jira\\u202e",
    fix="Remove the character; where it is meant, write it as an escape in double quotes.",
)
RULES = (NOT_FOUND, UNREADABLE, OUTSIDE, TOO_LARGE, NOT_UTF8, FORBIDDEN)

FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_HARMLESS = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
"""Bytes of a file that holds nothing else have nothing in them to look for, which takes a tenth of the time to see."""
_SHOWN_MOST = 20
"""Invisible characters reported for one file."""


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """A manifest: its name in messages (relative to the root, forward slashes) and where it really lies."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """The manifests under the root in a fixed order, and what stood in the way of finding them."""

    files: tuple[SourceFile, ...]
    faults: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """What a file holds, line ends as `\n`; None when it could not be read."""

    text: str | None
    faults: tuple[Diagnostic, ...] = ()


def find(root: Path, folders: Sequence[str]) -> Found:
    """Look for manifests in folders (or files) below the root; each file counts once, whatever leads to it.

    Names that begin with a dot are skipped. Links are followed inside the root only.
    """
    walk = _Walk(os.path.realpath(root))
    for folder in folders:
        walk.enter(folder)
    return Found(tuple(sorted(walk.files.values())), tuple(walk.faults))


def read_inside(root: Path, name: str) -> Text | None:
    """Read one file of the root folder itself; None when there is none."""
    if not is_there(root, name):
        return None
    path = root / name
    walk = _Walk(os.path.realpath(root))
    if not walk.is_inside(os.path.realpath(path)):
        return Text(None, (OUTSIDE.found("It is a link that leads out of the project folder.").at(Source(name)),))
    return read(SourceFile(name, str(path)))


def is_there(root: Path, name: str) -> bool:
    """Whether the root folder has something of this name, a link that leads nowhere included."""
    return os.path.lexists(root / name)


def leaves_root(folder: str) -> bool:
    """Whether a configured path is written so that it leads out of the root."""
    path = PurePosixPath(folder)
    return path.is_absolute() or ".." in path.parts or "\\" in folder or PureWindowsPath(folder).drive != ""


def read(file: SourceFile) -> Text:
    """Read one file completely, or say why not. Never waits on a pipe, never reads more than the limit."""
    source = Source(file.name)
    try:
        data = _bytes(file.path)
    except OSError as error:
        return Text(None, (_unreadable(error, source),))
    if data is None:
        return Text(None, (UNREADABLE.found("It is not a regular file.").at(source),))
    if len(data) > FILE_MOST:
        return Text(None, (TOO_LARGE.found(f"It is larger than {FILE_MOST >> 20} MiB.").at(source),))
    return _decode(data, file.name)


def _bytes(path: str) -> bytes | None:
    """Up to one byte more than the limit; None for what is no regular file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        size = min(status.st_size, FILE_MOST + 1)
        data = os.read(descriptor, size)
        while len(data) < size and (more := os.read(descriptor, size - len(data))):
            data += more
        return data
    finally:
        os.close(descriptor)


def _decode(data: bytes, name: str) -> Text:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        detail = "It begins like UTF-16." if wide else f"The byte 0x{data[error.start]:02x} begins no character."
        return Text(None, (NOT_UTF8.found(detail).at(_source(name, before, len(before))),))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not data.translate(None, _HARMLESS):
        return Text(text)
    faults = [
        FORBIDDEN.found(f"Character U+{ord(match[0]):04X} stands here.").at(_source(name, text, match.start()))
        for match in islice(FORBIDDEN_CHARACTERS.finditer(text), _SHOWN_MOST)
    ]
    return Text(None if faults else text, tuple(faults))


def _source(name: str, text: str, offset: int) -> Source:
    begin = text.rfind("\n", 0, offset) + 1
    return Source(name, text.count("\n", 0, offset) + 1, offset - begin + 1)


def _unreadable(error: OSError, source: Source) -> Diagnostic:
    if error.errno == errno.ELOOP:
        return OUTSIDE.found("It is a link that leads back to itself.").at(source)
    return UNREADABLE.found(f"The system says: {error.strerror or type(error).__name__}.").at(source)


class _Walk:
    """One search below a root. Iterative, since a hostile tree may be deeper than the stack."""

    def __init__(self, root: str) -> None:
        self.files: dict[str, SourceFile] = {}
        self.faults: list[Diagnostic] = []
        self._root = root
        self._seen: set[str] = set()

    def enter(self, folder: str) -> None:
        """Take in a configured folder or file."""
        source = Source(folder)
        path = Path(self._root, folder)
        if leaves_root(folder) or not self.is_inside(os.path.realpath(path)):
            self.faults.append(OUTSIDE.found("It leads out of the project folder.").at(source))
            return
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            self.faults.append(NOT_FOUND.found("There is no such folder or file.").at(source))
        except OSError as error:
            self.faults.append(_unreadable(error, source))
        else:
            self._enter(path, folder, is_folder=stat.S_ISDIR(mode))

    def _enter(self, path: Path, folder: str, *, is_folder: bool) -> None:
        name = "/".join(PurePosixPath(folder).parts)
        if is_folder:
            self._walk(os.path.realpath(path), name)
        elif folder.endswith(SUFFIXES):
            self.files.setdefault(os.path.realpath(path), SourceFile(name, str(path)))
        else:
            self.faults.append(
                NOT_FOUND.found("It is a file whose name does not end in .yaml or .yml.").at(Source(folder))
            )

    def _walk(self, folder: str, name: str) -> None:
        todo = [(folder, name)]
        while todo:
            folder, name = todo.pop()
            if folder in self._seen:
                continue
            self._seen.add(folder)
            for entry in self._entries(folder, name):
                child = f"{name}/{entry.name}" if name else entry.name
                below = self._follow(entry, child)
                if below is not None:
                    todo.append((below, child))

    def _entries(self, folder: str, name: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            self.faults.append(_unreadable(error, Source(name or ".")))
            return []

    def _follow(self, entry: os.DirEntry[str], name: str) -> str | None:
        """Note a manifest; give the real path of a folder that is to be searched."""
        if not entry.is_symlink():
            if entry.is_dir():
                return entry.path
            self._note(name, entry.path)
            return None
        real = os.path.realpath(entry.path)
        is_folder = Path(real).is_dir()
        if not is_folder and not name.endswith(SUFFIXES):
            return None
        if not self.is_inside(real):
            self.faults.append(OUTSIDE.found("It is a link that leads out of the project folder.").at(Source(name)))
        elif is_folder and is_in(entry.path, real):
            self.faults.append(OUTSIDE.found("It is a link to a folder that contains it.").at(Source(name)))
        elif is_folder:
            return real
        else:
            self._note(name, real)
        return None

    def _note(self, name: str, path: str) -> None:
        if name.endswith(SUFFIXES) and name != CONFIG_FILE:
            self.files.setdefault(path, SourceFile(name, path))

    def is_inside(self, path: str) -> bool:
        return is_in(path, self._root)


def is_in(path: str, folder: str) -> bool:
    """Whether a real path is a folder, or lies inside of it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
