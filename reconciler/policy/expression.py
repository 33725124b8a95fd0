"""Expressions before they run: whether they are CEL, and whether what they ask for can be there.

One of two doors to the library; the other is `worker`.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from cel_expr_python import cel

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.policy import Policy
from reconciler.policy.shape import ANYTHING, Shape
from reconciler.policy.syntax import Ident, Loop, Node, Other, Select, read
from reconciler.policy.view import shapes
from reconciler.policy.worker import EXTENSIONS

NOT_CEL = Rule(
    code="POL007",
    summary="Expression is not CEL",
    why="What cannot be understood cannot be judged, and would forbid nothing.",
    example="require: object.spec.resourceUrl startsWith 'https://'",
    fix="Correct the expression; cel.dev describes the language, docs/policies.md what policies see.",
)
NO_SUCH_MEMBER = Rule(
    code="POL008",
    summary="Expression asks for a member that cannot be there",
    why="It would never be true, or always fail: nobody would notice that it judges nothing.",
    example="require: object.spec.resourceUri.startsWith('https://')",
    fix="Write the name of a member that is there.",
)
RULES = (NOT_CEL, NO_SUCH_MEMBER)

_AT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LISTED_MOST = 12


def check(policy: Policy, specs: Mapping[str, Shape]) -> tuple[Diagnostic, ...]:
    """Find everything that is wrong with the expressions of a policy; `specs` are the shapes of specs by kind."""
    seen = shapes(policy.over, policy.kinds, specs)
    parts = [("when", policy.when), ("require", policy.require)]
    parts += [("message", hole) for hole in holes(policy.message)]
    return tuple(
        fault.at(policy.source) for name, text in parts if text for fault in _check(text, ("spec", name), seen, name)
    )


def holes(message: str) -> list[str]:
    """The expressions in a message."""
    return [found[1].strip() for found in _HOLE.finditer(message)]


def pieces(message: str) -> list[list[str]]:
    """A message as what is said as it is (`text`), and what is put in (`cel`), in order."""
    parts = _HOLE.split(message)
    return [
        ["cel" if number % 2 else "text", part.strip() if number % 2 else part] for number, part in enumerate(parts)
    ]


def _check(text: str, path: tuple[str, ...], seen: Mapping[str, Shape], name: str) -> Iterator[Diagnostic]:
    try:
        compiled = _environment(tuple(sorted(seen))).compile(text)
    except (RuntimeError, ValueError) as error:
        for line, column, said in _AT.findall(str(error)) or [("1", "1", str(error))]:
            known = f" Known are {', '.join(sorted(seen))}." if "undeclared reference" in said else ""
            yield NOT_CEL.found(f"At {line}:{column} of it: {said}.{known}", path=path)
        return
    kind = str(compiled.return_type())
    if name != "message" and kind not in {"BOOL", "DYN"}:
        yield NOT_CEL.found(f"It gives {kind}, not true or false.", path=path)
    tree = read(compiled.serialize())
    for node, said in _unknown(tree, dict(seen)):
        before = text[: max(node.at, 0)]
        where = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        yield NO_SUCH_MEMBER.found(f"At {where} of it: {said}", path=path)


@cache
def _environment(variables: tuple[str, ...]) -> Any:
    return cel.NewEnv(variables=dict.fromkeys(variables, cel.Type.DYN), extensions=[each() for each in EXTENSIONS])


def _unknown(tree: Node, scope: dict[str, Shape]) -> Iterator[tuple[Node, str]]:
    """Every member that is asked for and cannot be there, with a sentence about it."""
    match tree:
        case Select(operand=operand, member=member):
            yield from _unknown(operand, scope)
            shape = _shape(operand, scope)
            if shape is not None and shape.member(member) is None:
                yield tree, _sentence(member, shape)
        case Loop(variable=variable, over=over, parts=parts):
            yield from _unknown(over, scope)
            inner = {**scope, variable: (_shape(over, scope) or ANYTHING).inside or ANYTHING}
            for part in parts:
                yield from _unknown(part, inner)
        case Other(parts=parts):
            for part in parts:
                yield from _unknown(part, scope)


def _shape(tree: Node, scope: Mapping[str, Shape]) -> Shape | None:
    """What is known of the value of an expression; None where an error is told of already."""
    match tree:
        case Ident(name=name):
            return scope.get(name, ANYTHING)
        case Select(operand=operand, member=member):
            shape = _shape(operand, scope)
            return shape.member(member) if shape is not None else None
        case Other(parts=parts, index=True):
            shape = _shape(parts[0], scope)
            return shape.inside or ANYTHING if shape is not None else None
        case _:
            return ANYTHING


def _sentence(member: str, shape: Shape) -> str:
    names = sorted(shape.members)
    if not names:
        return f"There is no member `{member}`, since this is a single value."
    close = get_close_matches(member, names, n=1, cutoff=0.65)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    return f"There is no member `{member}`; there are {', '.join(names)}.{hint}"
