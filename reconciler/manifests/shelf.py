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
from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(slots=True)
class KeptDocument:
    """One document, as `RawDocument`, of which the JSON text is known and the value is not asked for as a rule."""

    kind: str
    is_clean: bool
    source: Source
    sketch: Json
    """What its resource is made of, see `Unread`; None where that is not known."""
    place: Sequence[int]
    """Line and column of its first value within its own text."""
    span: Sequence[int]
    """Where its JSON begins and ends among that of others."""
    texts: bytes
    """The JSON of others and its own."""

    @property
    def text(self) -> bytes:
        return self.texts[slice(*self.span)]

    @property
    def value(self) -> Json:
        return json.loads(self.text)


Document = RawDocument | KeptDocument


class Shelf:
    """The documents that were read before. Texts are handed in file by file, then `keep` is called once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self._known: _Content | None = None
        self._used: dict[str, KeptDocument] = {}

    def documents(self, text: str, file: str) -> Sequence[Document] | None:
        """Give what `quick` gives for a text, or None as it does, with as little parsing as possible."""
        self._read += len(text)
        if self._read <= _WORTH_IT:
            return quick(text, file)
        found: list[KeptDocument] = []
        marks: list[str] = []
        for first, piece in _pieces(text):
            marks.append(hashlib.blake2b(piece.encode(), digest_size=32).hexdigest())
            document = self._document(marks[-1], piece, file, first)
            if document is None:
                return quick(text, file)
            found.append(document)
        self._used.update(zip(marks, found, strict=True))
        return found or quick(text, file)

    @property
    def silent(self) -> Mapping[str, str]:
        """The documents about which an earlier run found nothing to say, see `manifests.checks`."""
        return self._known.silent if self._known else {}

    def keep(self, silent: Mapping[str, str]) -> None:
        """Keep what was read in this run for later ones, unless nothing is new; in vain where that cannot be."""
        known = self._known
        if known is None:
            return
        is_told = self._used.keys() <= known.documents.keys() and silent.items() <= known.silent.items()
        if is_told and 2 * len(self._used) >= len(known.documents):
            return
        both = {**known.silent, **silent}  # another environment's too, as long as they are not many more
        silent = both if len(both) <= 2 * len(silent) else silent
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name)  # mode 0600
            try:
                with os.fdopen(descriptor, "wb") as new:
                    new.writelines(_written(self._used, silent))
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink()
                raise

    def _document(self, mark: str, piece: str, file: str, first: int) -> KeptDocument | None:
        row = self._kept.documents.get(mark)
        if row is None:
            return _parsed(piece, file, first)
        kind, is_clean, sketch, place, span = row
        source = Source(file, first + place[0], place[1])
        return KeptDocument(kind, is_clean, source, sketch, place, span, self._kept.texts)

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

    documents: Mapping[str, Sequence[Json]]
    silent: Mapping[str, str]
    texts: bytes
    """The JSON of all documents, one after the other."""


_NOTHING = _Content({}, {}, b"")


def _load(file: Path) -> _Content:
    """What is kept in a file that only this user can have written; nothing, where there is any doubt."""
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            is_ours = status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
            if not is_ours or status.st_size > _FILE_MOST:
                return _NOTHING
            head, _, texts = opened.read().partition(b"\n")
        content = from_json(head)
    except (OSError, ValueError):
        return _NOTHING
    if not isinstance(content, dict) or (content.get("format"), content.get("size")) != (FORMAT, len(texts)):
        return _NOTHING
    documents, silent = content.get("documents"), content.get("silent")
    if isinstance(documents, dict) and isinstance(silent, dict):
        return _Content(documents, silent, texts)
    return _NOTHING


def _written(documents: Mapping[str, KeptDocument], silent: Mapping[str, str]) -> Iterator[bytes]:
    """The file: a line of JSON, then the texts of which it says where each begins and ends."""
    rows, texts, end = {}, [], 0
    for mark, each in documents.items():
        texts.append(each.text)
        begin, end = end, end + len(texts[-1])
        rows[mark] = (each.kind, each.is_clean, each.sketch, each.place, (begin, end))
    head = {"format": FORMAT, "size": end, "documents": rows, "silent": silent}
    yield json.dumps(head, separators=(",", ":")).encode() + b"\n"
    yield from texts


def _pieces(text: str) -> list[tuple[int, str]]:
    """Cut a text at the lines that only say `---`, each piece with the number of lines before it.

    Empty where a piece might not be the same document by itself. A line that begins so ends a document whatever is
    open in it (YAML 1.2.2 section 9.1.2), and nothing but a directive reaches from one into the next.
    """
    cut = text.split(_MARKER)
    if len(cut) > DOCUMENTS_MOST:
        return []
    pieces, line = [], 0
    for piece in cut[:-1]:
        pieces.append((line, f"{piece}\n"))
        line += piece.count("\n") + 2
    pieces.append((line, cut[-1]))
    return [] if any(piece.startswith(_NOT_FIRST) for _, piece in pieces[1:]) else pieces


def _parsed(piece: str, file: str, first: int) -> KeptDocument | None:
    """One document that is to be kept; None where a text is not just one plain document, or holds a secret."""
    found = quick(piece, file) if may_be_judged(piece) and agrees(piece) else None
    if found is None or len(found) != 1 or not isinstance(found[0].value, dict):
        return None
    text, at = found[0].text, found[0].source
    is_clean = not needs_care(text)
    if not is_clean and needs_care(text.replace(b"${", b"")):
        return None
    source = Source(file, first + at.line, at.column)
    return KeptDocument(found[0].kind, is_clean, source, None, (at.line, at.column), (0, len(text)), text)
