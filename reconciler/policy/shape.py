"""Shapes: which members a value can have, so that a slip in an expression is found before it runs."""

from collections.abc import Mapping
from dataclasses import field, replace

from reconciler.core.document import Document, Json
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a value: its members by name, and what is inside a list or behind any key.

    With `closed`, no other member is possible.
    """

    members: Mapping[str, "Shape"] = field(default_factory=dict)
    inside: "Shape | None" = None
    closed: bool = False

    def member(self, name: str) -> "Shape | None":
        """The shape of a member; None where there cannot be one."""
        if name in self.members:
            return self.members[name]
        return None if self.closed else self.inside or ANYTHING


ANYTHING = Shape()


def of(members: Mapping[str, Shape]) -> Shape:
    """A value with these members and no others."""
    return Shape(members, closed=True)


def each(inside: Shape) -> Shape:
    """A list."""
    return Shape(inside=inside)


def shape_of(schema: Document) -> Shape:
    """The shape of what a JSON Schema describes; of several forms, every member that one of them has."""
    return _shape(schema, schema.get("$defs", {}), 0)


_DEEPEST = 12


def _shape(node: Json, defs: Document, depth: int) -> Shape:
    if not isinstance(node, dict) or depth > _DEEPEST:
        return ANYTHING
    if "$ref" in node:
        return _shape(defs.get(node["$ref"].rpartition("/")[2]), defs, depth + 1)
    forms = [form for key in ("anyOf", "oneOf", "allOf") for form in node.get(key, ()) if form.get("type") != "null"]
    if forms:
        first, *others = (_shape(form, defs, depth + 1) for form in forms)
        for other in others:
            first = _joined(first, other)
        return first
    properties = node.get("properties", {})
    inside = node.get("items", node.get("additionalProperties"))
    return Shape(
        {name: _shape(each, defs, depth + 1) for name, each in properties.items()},
        _shape(inside, defs, depth + 1) if isinstance(inside, dict) else None,
        closed=bool(properties) or node.get("type") in {"string", "integer", "number", "boolean"} or "const" in node,
    )


def _joined(one: Shape, other: Shape) -> Shape:
    both = {
        name: _joined(one.members[name], other.members[name])
        if name in one.members and name in other.members
        else one.members.get(name) or other.members[name]
        for name in {**one.members, **other.members}
    }
    return replace(one, members=both, inside=one.inside or other.inside, closed=one.closed and other.closed)
