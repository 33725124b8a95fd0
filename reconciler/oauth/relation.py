"""How two identities relate: letter by letter first, and only then by classes, for the sake of the explanation.

RFC 9728 section 6, RFC 8414 section 4 and RFC 9207 section 2.4 compare code points, without any normalisation.
"""

from collections.abc import Mapping
from enum import StrEnum

from reconciler.core.evidence import Weight
from reconciler.oauth.parts import Parts, split


class Relation(StrEnum):
    """What tells the stated identity from the expected one."""

    IDENTICAL = "identical"
    SPELLING = "spelling"
    """Only upper case in the host or scheme, or a default port."""
    ROOT_SLASH = "root-slash"
    """Only the slash right after the host."""
    TRAILING_SLASH = "trailing-slash"
    """Only a slash at the end of a path."""
    ANCESTOR = "ancestor"
    """The stated path lies above the expected one, segment by segment."""
    DESCENDANT = "descendant"
    SIBLING = "sibling"
    QUERY = "query"
    OTHER_PORT = "other-port"
    OTHER_SCHEME = "other-scheme"
    OTHER_HOST = "other-host"
    UNREADABLE = "unreadable"


MIRROR: Mapping[Relation, Relation] = {
    relation: relation for relation in Relation if relation not in {Relation.ANCESTOR, Relation.DESCENDANT}
} | {Relation.ANCESTOR: Relation.DESCENDANT, Relation.DESCENDANT: Relation.ANCESTOR}
"""The relation with the two sides exchanged."""

_RESOURCE_WEIGHT = {
    Relation.IDENTICAL: None,
    Relation.SPELLING: Weight.WARNING,
    Relation.ROOT_SLASH: Weight.WARNING,
    Relation.TRAILING_SLASH: Weight.WARNING,
    Relation.ANCESTOR: Weight.WARNING,
}
_ISSUER_WEIGHT = {Relation.IDENTICAL: None, Relation.ROOT_SLASH: Weight.WARNING}

CONSEQUENCE: Mapping[Relation, str] = {
    Relation.SPELLING: "clients that compare letter by letter refuse it",
    Relation.ROOT_SLASH: "the Python, Go and Rust SDKs tolerate it; Copilot CLI since 1.0.79 and others refuse it",
    Relation.TRAILING_SLASH: "Okta and Entra take it for a mismatch",
    Relation.ANCESTOR: "the Python SDK accepts a parent path; strict clients such as Kiro since 2.11 refuse it",
    Relation.DESCENDANT: "no client accepts it",
    Relation.SIBLING: "no client accepts it",
    Relation.QUERY: "no client accepts it",
    Relation.OTHER_PORT: "another origin: no client accepts it",
    Relation.OTHER_SCHEME: "another origin: no client accepts it",
    Relation.OTHER_HOST: "another host: it may be an impersonation",
    Relation.UNREADABLE: "it is not an absolute URL",
}
"""What follows for clients."""


def relate(stated: str, expected: str) -> Relation:
    """Class of a stated identity against the expected one; total, and mirrored when the sides are exchanged."""
    if stated == expected:
        return Relation.IDENTICAL
    one, other = split(stated), split(expected)
    if one is None or other is None:
        return Relation.UNREADABLE
    return _origin(one, other) or _path(one, other)


def resource_weight(relation: Relation) -> Weight | None:
    """How bad the relation is between a stated resource and the requested URL; None when it is right."""
    return _RESOURCE_WEIGHT.get(relation, Weight.ERROR)


def issuer_weight(relation: Relation) -> Weight | None:
    """How bad the relation is between a stated issuer and the one its metadata was looked up by."""
    return _ISSUER_WEIGHT.get(relation, Weight.ERROR)


def _origin(one: Parts, other: Parts) -> Relation | None:
    (scheme, host, port), (other_scheme, other_host, other_port) = one.key, other.key
    if host != other_host or one.user != other.user:
        return Relation.OTHER_HOST
    if scheme != other_scheme:
        return Relation.OTHER_SCHEME
    return Relation.OTHER_PORT if port != other_port else None


def _path(one: Parts, other: Parts) -> Relation:
    if (one.query, one.fragment) != (other.query, other.fragment):
        return Relation.QUERY
    if one.path == other.path:
        return Relation.SPELLING
    if {one.path, other.path} == {"", "/"}:
        return Relation.ROOT_SLASH
    first, second = one.path.removesuffix("/"), other.path.removesuffix("/")
    if first == second:
        return Relation.TRAILING_SLASH
    if second.startswith(f"{first}/"):
        return Relation.ANCESTOR
    return Relation.DESCENDANT if first.startswith(f"{second}/") else Relation.SIBLING
