"""The SCIM subset of `search` and `filter` (okta-api §2.2): conditions joined with `and`, nothing more.

The System Log is asked by the beginning of an event's type and with `or` as well (Okta's guide for log integrations).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Cause, Refusal
from .servers import fold

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\["\\])*")|([^\s"()]+))')
_ESCAPE = re.compile(r'\\(["\\])')
_MOST_CONDITIONS = 20
_CONDITION_TOKENS = 3


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column that may be asked for, and with which operators; names are compared without case."""

    column: str
    operators: tuple[str, ...]
    is_name: bool = False


SERVER_ATTRIBUTES: Mapping[str, Attribute] = {
    "status": Attribute("status", ("eq",)),
    "metadata.displayName": Attribute("folded_name", ("sw", "co", "eq"), is_name=True),
    "detectedMetadata.resourceName": Attribute("folded_resource_name", ("sw", "co", "eq"), is_name=True),
}
ATTACHMENT_ATTRIBUTES: Mapping[str, Attribute] = {"status": Attribute("status", ("eq",))}
AGENT_ATTRIBUTES: Mapping[str, Attribute] = {
    "status": Attribute("status", ("eq",)),
    "appId": Attribute("json_extract(document, '$.appId')", ("eq",)),
    "profile.name": Attribute("name", ("sw", "co", "eq"), is_name=True),
}
LINK_ATTRIBUTES: Mapping[str, Attribute] = {
    "to.resourceOrn": Attribute("json_extract(document, '$.resourceOrn')", ("eq",)),
    "from.clientOrn": Attribute("json_extract(document, '$.clientOrn')", ("eq",)),
}
EVENT_ATTRIBUTES: Mapping[str, Attribute] = {
    "eventType": Attribute("type", ("eq", "sw")),
    "target.id": Attribute("json_extract(document, '$.target[0].id')", ("eq",)),
}


def condition(
    expression: str | None, attributes: Mapping[str, Attribute], joined_by: str = "and"
) -> tuple[str, list[Any]]:
    """An ` AND …` of columns and placeholders, with its values; E0000031 for anything outside of the subset."""
    if expression is None:
        return "", []
    words = _words(expression)
    clauses, values = "", []
    for start in range(0, len(words), _CONDITION_TOKENS + 1):
        if start and words[start - 1].lower() != joined_by:
            raise _refusal(expression)
        clause, value = _clause(words[start : start + _CONDITION_TOKENS], attributes, expression)
        clauses += clause if joined_by == "and" else f" OR ({clause.removeprefix(' AND ')})"
        values += value
    if len(words) % (_CONDITION_TOKENS + 1) != _CONDITION_TOKENS:
        raise _refusal(expression)
    return clauses if joined_by == "and" else f" AND ({clauses.removeprefix(' OR ')})", values


def _words(expression: str) -> list[str]:
    """Attributes, operators and quoted strings; the quotes stay, to tell them apart."""
    words: list[str] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or len(words) > _MOST_CONDITIONS * (_CONDITION_TOKENS + 1):
            raise _refusal(expression)
        words.append(match.group(1) or match.group(2))
        position = match.end()
    return words


def _clause(words: list[str], attributes: Mapping[str, Attribute], expression: str) -> tuple[str, list[Any]]:
    if len(words) != _CONDITION_TOKENS:
        raise _refusal(expression)
    name, operator, quoted = words[0], words[1].lower(), words[2]
    attribute = attributes.get(name)
    if attribute is None or operator not in attribute.operators or not quoted.startswith('"'):
        raise _refusal(expression)
    value = _ESCAPE.sub(r"\1", quoted[1:-1])
    return _sql(attribute, operator, fold(value) if attribute.is_name else value)


def _sql(attribute: Attribute, operator: str, value: str) -> tuple[str, list[Any]]:
    column = attribute.column
    if operator == "eq":
        return f" AND {column}=?", [value]
    if operator == "sw":  # a range, so that an index can be used
        return f" AND {column}>=? AND {column}<?", [value, f"{value}\U0010ffff"]
    return f" AND instr({column}, ?)", [value]


def _refusal(expression: str) -> Refusal:
    return Refusal("E0000031", Cause(f"Invalid expression: {expression}", "INVALID_FILTER", "search"))
