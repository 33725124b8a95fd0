"""Documents: JSON values as plans compare, hash and carry them, and references between them."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import from_json

from reconciler.core.address import Address
from reconciler.core.noun import dataclass

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict of such. The one `Any` of the core."""

Document = dict[str, Json]
"""What is sent to, or read from, an organisation about one object. Never changed after it was made."""

_REF = "$ref"
_UNUSUAL = re.compile(r"[^\n\x20-\x7e]|(?<=#)#(?=\[)")
"""What is looked at before it is written as it is; `##[` would be a command in the log of a CI job."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that another object will have, for example its `id`; in documents `{"$ref": "Kind.name#id"}`."""

    address: Address
    attribute: str

    def to_json(self) -> Document:
        return {_REF: f"{self.address}#{self.attribute}"}

    @staticmethod
    def read(value: Json) -> "Ref | None":
        """Give the reference that a JSON value stands for, or None when it is an ordinary value."""
        if not isinstance(value, dict) or value.keys() != {_REF} or not isinstance(value[_REF], str):
            return None
        address, _, attribute = value[_REF].partition("#")
        try:
            return Ref(Address.parse(address), attribute) if attribute else None
        except ValueError:
            return None  # only looks like one: `$ref` is also a legal name of a scope


def resolve(value: Json, lookup: Callable[[Ref], Json]) -> Json:
    """Replace every reference inside a value by what `lookup` gives for it (which may be the reference again).

    What holds no reference is given back as it is, not copied.
    """
    if isinstance(value, dict):
        ref = Ref.read(value) if _REF in value else None
        if ref is not None:
            return lookup(ref)
        new = {}
        for key, item in value.items():
            if type(item) in _NESTED and (now := resolve(item, lookup)) is not item:
                new[key] = now
        return {**value, **new} if new else value
    if isinstance(value, list) and not _NESTED.isdisjoint(map(type, value)):
        items = [resolve(item, lookup) for item in value]
        return items if any(now is not item for now, item in zip(items, value, strict=True)) else value
    return value


_NESTED = frozenset({dict, list})


def references_in(value: Json) -> frozenset[Ref]:
    """Every reference inside a value."""
    ref = Ref.read(value)
    if ref is not None:
        return frozenset({ref})
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return frozenset().union(*(references_in(item) for item in value))
    return frozenset()


def read_json(text: str | bytes) -> Json:
    """Give the value of a JSON text, as `json.loads` does, in a third of the time; it has the last word where a text is
    unusual (halves of characters, very deep) or no JSON. Raises ValueError, or RecursionError.
    """
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


def canonical(value: Json) -> str:
    """The one text of a JSON value: sorted keys, no blanks, no escapes; equal values have equal text."""
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(value: Json) -> str:
    """SHA-256 over the canonical text, as `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def pretty(value: Json) -> str:
    """The text of a JSON value for files and people: sorted, indented, everything invisible or turning escaped."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    return _UNUSUAL.sub(lambda found: _escaped(found[0]), text) + "\n"


def _escaped(ch: str) -> str:
    if ch == "#":
        return "\\u0023"
    return ch if is_visible(ch) else json.dumps(ch)[1:-1]


def is_visible(ch: str) -> bool:
    """Whether a character may stand in a text for people: no control, direction mark, odd blank or lone surrogate."""
    return ch == " " or unicodedata.category(ch)[0] not in "CZ"


def without_none(document: Mapping[str, Json]) -> Document:
    """The document less the members that were not written (None); false, 0 and empty values stay."""
    return {key: value for key, value in document.items() if value is not None}
