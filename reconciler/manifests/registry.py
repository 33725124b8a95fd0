"""The whole way from files to Desired: find, read, parse, shape, assemble, then give every fault its position."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.resources import Desired
from reconciler.manifests.assemble import NO_DOCUMENTS, assemble
from reconciler.manifests.locate import locate
from reconciler.manifests.parse import parse
from reconciler.manifests.read import CONFIG_FILE, SourceFile, find, read
from reconciler.manifests.shape import Shaped, Shaper
from reconciler.manifests.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the manifests say, and everything that is wrong with them, in the order of files and lines."""

    desired: Desired
    diagnostics: tuple[Diagnostic, ...]
    files: int
    documents: int


@dataclass(slots=True)
class _Heap:
    """What the files have yielded so far."""

    shaped: list[Shaped] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    unread: list[str | None] = field(default_factory=list)


def load(
    root: Path, folders: Sequence[str], variables: Mapping[str, str], kinds: Kinds, shelf: Shelf | None = None
) -> Loaded:
    """Read every manifest in the folders below the root, in one environment; what is on the shelf is not parsed again.

    All mistakes of all files come at once, sorted by place. `desired` holds the documents that could be understood;
    it may be acted upon only when no diagnostic is an error.
    """
    found = find(root, folders)
    heap = _Heap(faults=list(found.faults), unread=[None] if found.faults else [])
    shaper = Shaper(kinds, variables)
    for file in found.files:
        _take(file, shaper, heap, shelf)
    desired, between, silent = assemble(heap.shaped, heap.unread, kinds, shelf.silent if shelf else {})
    if shelf:
        shelf.keep(silent)
    faults = (*heap.faults, *between)
    if not faults and not desired:
        fault = NO_DOCUMENTS.found(f"Looked in {', '.join(folders) or 'no folder at all'}.")
        faults = (fault.at(Source(CONFIG_FILE)),)
    paths = {file.name: file for file in found.files}
    faults = locate(faults, lambda name: read(paths[name]).text if name in paths else None)
    return Loaded(desired, faults, len(found.files), len(heap.shaped))


def _take(file: SourceFile, shaper: Shaper, heap: _Heap, shelf: Shelf | None) -> None:
    """Add one file to the heap."""
    content = read(file)
    heap.faults.extend(content.faults)
    if content.text is None:
        heap.unread.append(None)
        return
    parsed = parse(content.text, file.name, shelf)
    heap.faults.extend(parsed.faults)
    if not parsed.complete:
        heap.unread.append(content.text)
    for document in parsed.documents:
        shaped = shaper.shape(document)
        heap.faults.extend(shaped.faults)
        heap.shaped.append(shaped)
