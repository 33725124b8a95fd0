"""Values to YAML that reads back as the same values: new documents, and edits of files that people have written."""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from reconciler.core.address import Address
from reconciler.core.document import Document, Json
from reconciler.core.errors import FileRefused, SecretInOutput
from reconciler.core.noun import dataclass
from reconciler.core.veil import VEIL
from reconciler.manifests.envelope import API_VERSION
from reconciler.manifests.read import FORBIDDEN_CHARACTERS, leaves_root

_WIDTH = 1 << 20
"""Columns after which a line would be folded: none are."""
_FLOW_MOST = 90
"""Columns up to which a list of plain values stands on one line."""
_ODD = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|  |^ | $")
_OTHER_TYPE = re.compile(r"(?i)^(y|n|yes|no|on|off|true|false|null|~|[-+.0-9].*|<<|=)$")
"""Texts that some YAML reader takes for something else than a text."""


def text_of(address: Address, spec: Document) -> str:
    """The YAML of one document, without separators; a text that holds `${` arrives as such."""
    value = {"apiVersion": API_VERSION, "kind": address.kind, "metadata": {"name": address.name}, "spec": spec}
    return dumped(styled(value))


def joined(documents: Iterable[str]) -> str:
    """The text of a file that holds documents."""
    return "---\n".join(documents)


def appended(text: str, documents: Iterable[str]) -> str:
    """The text of a file with documents behind what it holds; not a byte of that changes."""
    before = text if not text or text.endswith("\n") else f"{text}\n"
    more = joined(documents)
    return f"{before}---\n{more}" if before.strip() else before + more


def dumped(node: Any, *, offset: int = 2) -> str:
    """The YAML of styled or round-tripped values. What must not stand in a file as it is stands there as an escape.

    `offset` is how far the items of a list are indented.
    """
    text = _dump(writer_of(unicode=True, offset=offset), node)
    return text if not FORBIDDEN_CHARACTERS.search(text) else _dump(writer_of(unicode=False, offset=offset), node)


def writer_of(*, unicode: bool, offset: int = 2) -> YAML:
    """A reader and writer of YAML 1.2 that keeps comments, order and quoting, and folds no line."""
    writer = YAML(typ="rt", pure=True)
    writer.preserve_quotes = True
    writer.width = _WIDTH
    writer.allow_unicode = unicode
    writer.indent(mapping=2, sequence=offset + 2, offset=offset)
    return writer


def _dump(writer: YAML, node: Any) -> str:
    out = StringIO()
    writer.dump(node, out)
    return out.getvalue()


def styled(value: Json) -> Any:
    """The value as a person would lay it out: short lists on one line, everything else a line each."""
    if isinstance(value, Mapping):
        return CommentedMap((key, styled(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return _list(value)
    return scalar(value)


def _list(items: Iterable[Json]) -> CommentedSeq:
    made = CommentedSeq(styled(item) for item in items)
    plain = all(not isinstance(item, CommentedMap | CommentedSeq) for item in made)
    if plain and sum(len(str(item)) + 2 for item in made) <= _FLOW_MOST:
        made.fa.set_flow_style()
    return made


def scalar(value: Json) -> Any:
    """A plain value; a text in quotes where it could be read as anything else."""
    if not isinstance(value, str):
        return value
    text = value.replace("${", "$${")
    return DoubleQuotedScalarString(text) if not text or _ODD.search(text) or _OTHER_TYPE.match(text) else text


# -- files ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewText:
    """A file as it is to be: its name below the root, what it holds now (None: it is not there), and what it will."""

    name: str
    before: str | None
    after: str


def present(root: Path, name: str) -> str | None:
    """The text of a file below the root as it stands there, line ends and all; None when there is none.

    Raises FileRefused for what is no ordinary file, or lies behind a link.
    """
    try:
        with _folder(root, name) as folder:
            descriptor = os.open(PurePosixPath(name).name, os.O_RDONLY | _CAREFUL, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as file:
                _demand_ordinary(file.fileno(), name)
                return file.read().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(name, error) from error


def write(root: Path, file: NewText) -> None:
    """Write a file below the root whole or not at all, making the folders on the way.

    Never through a link and never outside: each folder is opened below the one before it, and the file is put in its
    place by a rename within the last. Raises FileRefused, and SecretInOutput when the text holds a secret.
    """
    if not VEIL.covers(file.after):
        raise SecretInOutput(f"{file.name} was not written.", subject=file.name)
    try:
        with _folder(root, file.name, make=True) as folder:
            _replace(folder, PurePosixPath(file.name).name, file.after)
    except OSError as error:
        raise _refusal(file.name, error) from error


_CAREFUL = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def _folder(root: Path, name: str, *, make: bool = False) -> Iterator[int]:
    """Open the folder of a file, part by part, so that no part can be a link that leads away."""
    if leaves_root(name):
        raise OSError(errno.EXDEV, "it leads out of the project")
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in PurePosixPath(name).parts[:-1]:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            below = os.open(part, _READ_FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _replace(folder: int, name: str, text: str) -> None:
    mode = 0o644
    with suppress(FileNotFoundError):
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        mode = stat.S_IMODE(status.st_mode)
    beside = f".{name}.{os.getpid()}.tmp"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CAREFUL, mode, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=folder)
        raise


def _demand_ordinary(descriptor: int, name: str) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise FileRefused(f"{name} is no ordinary file.", subject=name)


def _refusal(name: str, error: Exception) -> FileRefused:
    if isinstance(error, OSError) and error.errno in {errno.ELOOP, errno.ENOTDIR}:
        return FileRefused(f"{name} lies behind a link, or below something that is no folder.", subject=name)
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return FileRefused(f"{name} cannot be used: {reason}.", subject=name)
