"""`${var.name}` in texts: values of the chosen environment, put in once, never read again as YAML."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Json
from reconciler.manifests.nearest import nearest
from reconciler.manifests.show import shown

VARIABLE_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
VARIABLE = rf"\$\{{var\.{VARIABLE_NAME}\}}"
"""How a variable is written."""

UNDEFINED = Rule(
    code="MAN030",
    summary="Variable is not defined",
    why="A value that one environment lacks must not become an empty text in the manifests.",
    example="resourceUrl: https://mcp.${var.domian}/mcp",
    fix="Define it under `variables` of the environment in reconciler.yaml.",
)
MALFORMED = Rule(
    code="MAN031",
    summary="Variable is not written correctly",
    why="Only `${var.name}` is replaced; anything else after `${` is most likely a slip.",
    example="resourceUrl: https://mcp.${domain}/mcp",
    fix="Write `${var.name}`; for a literal `${` write `$${`.",
)
IN_KEY = Rule(
    code="MAN032",
    summary="Variable in a key",
    why="Keys are fixed names; only values differ between environments.",
    example="labels: {'${var.team}': yes}",
    fix="Write the key out.",
)
RULES = (UNDEFINED, MALFORMED, IN_KEY)

_FORM = re.compile(rf"(?P<escape>\$\$\{{)|\$\{{var\.(?P<name>{VARIABLE_NAME})\}}|(?P<wrong>\$\{{[^}}]*\}}?)")

Path = tuple[str | int, ...]


class Substituted(NamedTuple):
    """A value with its variables replaced, and what was wrong with them."""

    value: Json
    faults: tuple[Diagnostic, ...]


def substitute(value: Json, variables: Mapping[str, str]) -> Substituted:
    """Replace the variables in every text of a value; keys are left alone. Faults carry the path."""
    faults: list[Diagnostic] = []
    return Substituted(_replaced(value, (), variables, faults), tuple(faults))


def _replaced(value: Json, path: Path, variables: Mapping[str, str], faults: list[Diagnostic]) -> Json:
    if isinstance(value, dict):
        faults.extend(
            IN_KEY.found(f"The key {shown(key)} holds a variable.", path=(*path, key)) for key in value if "${" in key
        )
        return {key: _replaced(item, (*path, key), variables, faults) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, (*path, i), variables, faults) for i, item in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        return _text(value, path, variables, faults)
    return value


def _text(text: str, path: Path, variables: Mapping[str, str], faults: list[Diagnostic]) -> str:
    def value_of(match: re.Match[str]) -> str:
        if match["escape"]:
            return "${"
        if match["wrong"]:
            faults.append(MALFORMED.found(f"{shown(match['wrong'])} is no variable.", path=path))
        elif match["name"] in variables:
            return variables[match["name"]]
        else:
            faults.append(_undefined(match["name"], path, variables))
        return match[0]

    return _FORM.sub(value_of, text)


def used(text: str) -> tuple[str, ...]:
    """Give the names of the variables in a text, each once."""
    return tuple(dict.fromkeys(match["name"] for match in _FORM.finditer(text) if match["name"]))


def _undefined(name: str, path: Path, variables: Mapping[str, str]) -> Diagnostic:
    close = nearest(name, variables)
    return UNDEFINED.found(
        f"This environment has no variable {shown(name)}.",
        path=path,
        fix=f"Did you mean `${{var.{close}}}`? {UNDEFINED.fix}" if close else "",
    )
