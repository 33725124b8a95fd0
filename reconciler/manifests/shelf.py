"""What earlier runs made of documents: a text that was read before is not parsed again.

A document is found again by a digest of its own text, wherever it stands now. What is kept is its plain value, as JSON;
where nothing is to be put in and nothing was wrong, a sketch of its resource, so that no model has to be made of it;
and where its kind had nothing to say about it, what that went by. All else is judged in every run.

The file lies in the cache folder of the user, never in the project: there, a pull request could bring one along whose
values are not those of its texts. Whoever may write to it could as well replace this program.
"""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pydantic_core import from_json

from reconciler import __version__
from reconciler.core.diagnostic import Source
from reconciler.core.document import Json
from reconciler.core.noun import dataclass
from reconciler.manifests.compose import RawDocument
from reconciler.manifests.events import agrees, may_be_judged
from reconciler.manifests.quick import quick
from reconciler.manifests.read import is_in
from reconciler.manifests.show import needs_care
from reconciler.manifests.strict import DOCUMENTS_MOST

FORMAT = f"2 of {__version__}"
"""The number is raised when the same text gives another value, sketch or fault; what another version has kept is not
believed."""
_FOLDER = "mcp-reconciler"
_WORTH_IT = 1 << 16
"""Characters that are parsed in any case: to remember them would not be quicker."""
_FILE_MOST = 1 << 28
_MARKER = "\n---\n"
_NOT_FIRST = ("-", ".", "%")
"""A piece between two markers that begins like this may be no document of its own."""


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """One document, as `RawDocument`, of which the JSON text is known and the value is not asked for as a rule."""

    kind: str
    is_clean: bool
    source: Source
    entry: list[Json]
    """What the shelf keeps of it: its text, and the sketch of its resource, as the last ones."""

    @property
    def text(self) -> bytes:
        text: str = self.entry[-2]
        return text.encode()

    @property
    def value(self) -> Json:
        return json.loads(self.text)

    @property
    def sketch(self) -> Json:
        """What its resource is made of, see `Unread`; None where that is not known."""
        return self.entry[-1]

    def learn(self, sketch: Callable[[], Json]) -> None:
        """Keep the sketch of its resource for later runs."""
        self.entry[-1] = sketch()


Document = RawDocument | KeptDocument


class Shelf:
    """The documents that were read before. Texts are handed in file by file, then `keep` is called once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self._known: _Content | None = None
        self._used: dict[str, list[Json]] = {}

    def documents(self, text: str, file: str) -> Sequence[Document] | None:
        """Give what `quick` gives for a text, or None as it does, with as little parsing as possible."""
        self._read += len(text)
        if self._read <= _WORTH_IT:
            return quick(text, file)
        pieces = _pieces(text)
        found = [self._document(piece, file, first) for first, piece in pieces] if pieces else []
        return [each for each in found if each] if found and all(found) else quick(text, file)

    @property
    def silent(self) -> Mapping[str, str]:
        """The documents about which an earlier run found nothing to say, see `assemble`."""
        return self._known.silent if self._known else {}

    def keep(self, silent: Mapping[str, str]) -> None:
        """Keep what was read in this run for later ones, unless nothing is new; in vain where that cannot be."""
        if self._known is None or (silent == self._known.silent and self._is_told(self._known.documents)):
            return
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name)  # mode 0600
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as new:
                    content = {"format": FORMAT, "documents": self._used, "silent": silent}
                    json.dump(content, new, separators=(",", ":"))
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink()
                raise

    def _document(self, piece: str, file: str, first: int) -> KeptDocument | None:
        mark = hashlib.blake2b(piece.encode(), digest_size=32).hexdigest()
        kept = self._kept.documents.get(mark)
        if kept is None:
            kept = _parsed(piece, file)
        if kept is None:
            return None
        self._used[mark] = kept
        line, column, kind, is_clean = kept[:4]
        return KeptDocument(kind, is_clean, Source(file, first + line, column), kept)

    def _is_told(self, known: Mapping[str, Json]) -> bool:
        return self._used.keys() <= known.keys() and 2 * len(self._used) >= len(known)

    @property
    def _kept(self) -> "_Content":
        if self._known is None:
            self._known = _load(self._file)
        return self._known


def shelf_of(root: Path) -> Shelf | None:
    """Give the shelf of a project; None where this user has no cache folder, or the project could write to it."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    project, real = os.path.realpath(root), os.path.realpath(folder)
    if not folder.is_absolute() or is_in(real, project):
        return None
    name = hashlib.blake2b(project.encode(errors="surrogateescape"), digest_size=16).hexdigest()
    return Shelf(Path(real, _FOLDER, f"documents-{name}.json"))


class _Content(NamedTuple):
    """What a file holds: by digests of their texts, documents; by their marks, those that were silent."""

    documents: dict[str, list[Json]]
    silent: dict[str, str]


def _load(file: Path) -> _Content:
    """What is kept in a file that only this user can have written; nothing, where there is any doubt."""
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            is_ours = status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
            content = from_json(opened.read()) if is_ours and status.st_size <= _FILE_MOST else {}
    except (OSError, ValueError):
        content = {}
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        return _Content({}, {})
    documents, silent = content.get("documents"), content.get("silent")
    if isinstance(documents, dict) and isinstance(silent, dict):
        return _Content(documents, silent)
    return _Content({}, {})


def _pieces(text: str) -> list[tuple[int, str]]:
    """Cut a text at the lines that only say `---`, each piece with the number of lines before it.

    Empty where a piece might not be the same document by itself. A line that begins so ends a document whatever is
    open in it (YAML 1.2.2 section 9.1.2), and nothing but a directive reaches from one into the next.
    """
    cut = text.split(_MARKER)
    pieces = [*(f"{piece}\n" for piece in cut[:-1]), cut[-1]]
    if len(pieces) > DOCUMENTS_MOST or any(piece.startswith(_NOT_FIRST) for piece in pieces[1:]):
        return []
    return list(_numbered(pieces))


def _numbered(pieces: Sequence[str]) -> Iterator[tuple[int, str]]:
    line = 0
    for piece in pieces:
        yield line, piece
        line += piece.count("\n") + 1


def _parsed(piece: str, file: str) -> list[Json] | None:
    """What is kept of one document; None where a text is not just one plain document, or holds a secret."""
    found = quick(piece, file) if may_be_judged(piece) and agrees(piece) else None
    if found is None or len(found) != 1 or not isinstance(found[0].value, dict):
        return None
    text, at = found[0].text, found[0].source
    is_clean = not needs_care(text)
    if not is_clean and needs_care(text.replace(b"${", b"")):
        return None
    return [at.line, at.column, found[0].kind, is_clean, text.decode(), None]
