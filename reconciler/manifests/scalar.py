"""What a plain scalar means: the core schema of YAML 1.2.2 (section 10.3.2), nothing from YAML 1.1.

`on`, `yes`, `1_000`, `0b1` and `2024-01-01` are text here; `012` is twelve.
"""

import math
import re
from functools import lru_cache

from reconciler.core.document import Json

LONGEST = 64
"""No word and no number that is worth keeping is longer; longer plain scalars are text or a number out of range."""

_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
BEGINNINGS = frozenset(("", *"0123456789+-.~nNtTfF"))
"""What a plain scalar that is no text can begin with; the empty text stands for the empty scalar."""
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_UNREAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_RANGE = range(-(2**63), 2**63)


class OutOfRange(Exception):
    """A number that cannot be kept exactly where it travels as JSON: not a number, infinite, or beyond 64 bits."""


def resolve(text: str) -> Json:
    """Give the value of a plain scalar; raise OutOfRange for a number that JSON cannot carry."""
    if text[:1] not in BEGINNINGS:
        return text
    if len(text) > LONGEST:
        return _long(text)
    return _resolve(text)


@lru_cache(maxsize=4096)
def _resolve(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _in_range(int(text))
    if _BASED.fullmatch(text):
        return _in_range(int(text, 0))
    if _UNREAL.fullmatch(text):
        raise OutOfRange
    if _FLOAT.fullmatch(text):
        return _finite(float(text))
    return text


def _in_range(number: int) -> int:
    if number not in _RANGE:
        raise OutOfRange
    return number


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise OutOfRange
    return number


def _long(text: str) -> str:
    """Long numbers are refused unread: reading thousands of digits costs time and tells nothing."""
    if any(form.fullmatch(text) for form in (_INTEGER, _BASED, _FLOAT)):
        raise OutOfRange
    return text
