"""One layout for every manifest: indentation, blanks, line ends; comments, order, quotation marks and values stay."""

import re
import warnings
from collections.abc import Iterator

from ruamel.yaml.error import YAMLError

from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.manifests.parse import parse
from reconciler.manifests.strict import NOT_KEPT
from reconciler.manifests.write import dumped, writer_of

_MARKER = re.compile(r"^---[ \t]*(?=#|$)", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_ROUNDS = 3


def laid_out(text: str, name: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Give the text in its layout; None and the faults, with their places, where it cannot be had.

    The result is checked: it parses to the same values, holds the same comments, and laying it out again changes
    nothing.
    """
    before = parse(text, name)
    if before.faults or not before.complete:
        return None, before.faults
    try:
        after = _settled(text)
    except (YAMLError, RecursionError, ValueError):
        after = None
    if after is None or not _says_the_same(text, after, name):
        return None, (NOT_KEPT.found("Its comments or values would not be the same.").at(Source(name, 1, 1)),)
    return after, ()


def _settled(text: str) -> str | None:
    """Lay out until nothing changes; ruamel.yaml moves some comments in two steps."""
    for _ in range(_ROUNDS):
        after = "---\n".join(_parts(text))
        if after == text:
            return after
        text = after
    return None


def _parts(text: str) -> Iterator[str]:
    """Each document between its markers; what stands before the first marker may be comments only."""
    for part in _MARKER.split(text):
        lines = [line.rstrip() for line in part.strip("\n").splitlines()]
        if all(not line or line.lstrip().startswith("#") for line in lines):
            yield "".join(f"{line.lstrip()}\n" for line in lines)
        else:
            yield _document(part.strip("\n") + "\n")


def _document(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an anchor that is used twice is legal YAML
        laid = dumped(writer_of(unicode=True).load(text))
    return laid.strip("\n") + "\n"


def _says_the_same(before: str, after: str, name: str) -> bool:
    said, says = parse(before, name), parse(after, name)
    values = [document.value for document in said.documents] == [document.value for document in says.documents]
    return values and not says.faults and _comments(before) == _comments(after)


def _comments(text: str) -> list[str]:
    """What looks like comments, in order; the same texts inside of values count on both sides."""
    return [found[0].rstrip() for found in _COMMENT.finditer(text)]
