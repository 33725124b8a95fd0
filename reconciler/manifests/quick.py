"""The shortest way from text to plain values, for files in which nothing is unusual: libyaml composes, we resolve.

It gives what `compose` gives or nothing at all: at the first thing that deserves a second look (a tag, an alias, a
key that is no text, a fault) it gives up, and the text goes the careful way. Half of the time of a large registry
is saved here; everything that has to be right is decided elsewhere.
"""

import re
from typing import Any

from yaml import ScalarNode, SequenceNode, YAMLError
from yaml._yaml import CParser

from reconciler.core.diagnostic import Source
from reconciler.core.document import Json
from reconciler.manifests import scalar
from reconciler.manifests.compose import RawDocument
from reconciler.manifests.strict import DEPTH_MOST, DOCUMENTS_MOST, VALUES_MOST

_STACK_MOST = 2_000
"""Levels that libyaml may be led into: it composes by recursion, without a limit of its own."""

_ALIAS = re.compile(r"(?:^|[\s,\[{])\*", re.MULTILINE)


class _Unusual(Exception):
    """Something deserves a second look."""


class _Composer(CParser):
    """libyaml's composer, which asks for a tag where none is written; the answer here is whether a scalar is plain."""

    def resolve(self, kind: type, _value: str | None, implicit: Any) -> bool:
        return kind is ScalarNode and implicit[0]

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Nothing depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node stands."""


def quick(text: str, file: str) -> list[RawDocument] | None:
    """Read every document of a text, or give None when it has to be read carefully."""
    if not _is_harmless(text):
        return None
    documents: list[RawDocument] = []
    try:
        composer = _Composer(text)
        while composer.check_node() and len(documents) <= DOCUMENTS_MOST:
            documents.append(_document(composer.get_node(), file))
    except (_Unusual, YAMLError):
        return None
    return documents if 0 < len(documents) <= DOCUMENTS_MOST else None


def _is_harmless(text: str) -> bool:
    """Whether no document can be deep or large, and none holds an alias.

    A document has no more levels than brackets, and two for each column of its widest line; a value takes at least
    two characters.
    """
    parts = text.split("\n---")
    levels = 2 * max(map(len, text.split("\n"))) + max(part.count("[") + part.count("{") for part in parts)
    if levels > _STACK_MOST or max(map(len, parts)) > 2 * VALUES_MOST:
        return False
    return not ("*" in text and _ALIAS.search(text))


def _document(node: Any, file: str) -> RawDocument:
    value = _value(node, 0)
    if value is None:
        raise _Unusual
    mark = node.start_mark
    return RawDocument(value, Source(file, mark.line + 1, mark.column + 1))


def _value(node: Any, depth: int) -> Json:
    kind = node.__class__
    if kind is ScalarNode:
        return _scalar(node)
    if node.tag is not False or depth >= DEPTH_MOST:
        raise _Unusual
    if kind is SequenceNode:
        return [_value(item, depth + 1) for item in node.value]
    mapping: dict[str, Json] = {}
    for key, item in node.value:
        mapping[_key(key)] = _value(item, depth + 1)
    if len(mapping) < len(node.value):
        raise _Unusual
    return mapping


def _scalar(node: Any) -> Json:
    text = node.value
    if node.tag is False:
        return text
    if node.tag is not True:
        raise _Unusual
    try:
        return scalar.resolve(text)
    except scalar.OutOfRange:
        raise _Unusual from None


def _key(node: Any) -> str:
    key = _scalar(node) if node.__class__ is ScalarNode else None
    if key.__class__ is not str or key == "<<":
        raise _Unusual
    return key
