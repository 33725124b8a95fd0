"""Where variables make documents differ between two environments: the texts, and the variables in them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from reconciler.core.diagnostic import Source
from reconciler.core.document import Json
from reconciler.core.promotion import Varied
from reconciler.manifests.parse import parse
from reconciler.manifests.read import find, read
from reconciler.manifests.variables import substitute, used

Variables = Mapping[str, str]


def varied(root: Path, folders: Sequence[str], one: Variables, other: Variables) -> Iterator[Varied]:
    """Give every text that variables make differ, in the order of files; the manifests are valid in both."""
    for file in find(root, folders).files:
        content = read(file)
        for document in parse(content.text or "", file.name).documents:
            raw = document.value
            sides = (substitute(raw, one).value, substitute(raw, other).value)
            yield from _walk(raw, *sides, _named(sides[0]), document.source)


def _named(document: Json) -> str:
    return f"{document['kind']}.{document['metadata']['name']}"


def _walk(raw: Json, one: Json, other: Json, path: str, source: Source) -> Iterator[Varied]:
    if isinstance(raw, dict):
        for key in raw:
            yield from _walk(raw[key], one[key], other[key], f"{path}.{key}", source)
    elif isinstance(raw, list):
        for number, parts in enumerate(zip_longest(raw, one, other)):
            yield from _walk(*parts, f"{path}.{number}", source)
    elif one != other:
        yield Varied(path, used(raw), one, other, source)
