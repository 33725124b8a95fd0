"""Scopes, claims, policies and rules of custom authorization servers (okta-api §1.6): one table for all four."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import custom, identifiers
from .custom import CustomServer
from .errors import invalid, not_found
from .log import Target
from .verdicts import JWT_BEARER

SCOPE, CLAIM, POLICY, RULE = "scope", "claim", "policy", "rule"
ORDERED = frozenset({POLICY, RULE})
_COLUMNS = "id, server_id, parent_id, kind, name, status, priority, system, document, created, last_updated"
_PREFIXES = {SCOPE: "scp", CLAIM: "ocl", POLICY: "00p", RULE: "0pr"}
_NOUNS = {SCOPE: "OAuth2Scope", CLAIM: "OAuth2Claim", POLICY: "AuthorizationServerPolicy", RULE: "PolicyRule"}
_SYSTEM_SCOPES = {
    "openid": "Signals that a request is an OpenID request.",
    "profile": "The exact data varies based on what profile information you have provided.",
    "email": "This allows the app to view your email address.",
    "address": "This allows the app to view your address, such as: street address, city, state, and zip code.",
    "phone": "This allows the app to view your phone number.",
    "offline_access": "This keeps you signed in to the app, even when you are not using it.",
    "device_sso": "This allows the app to request device single sign-on.",
}
_SUBJECT = {
    "claimType": "RESOURCE",
    "valueType": "EXPRESSION",
    "value": "(appuser != null) ? appuser.userName : app.clientId",
    "alwaysIncludeInToken": True,
    "conditions": {"scopes": []},
}


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    server_id: str
    parent_id: str
    """The authorization server; of a rule, the policy."""
    kind: str
    name: str
    status: str
    priority: int
    system: bool
    """Made by the service and read-only."""
    document: Mapping[str, Any]
    created: float
    last_updated: float

    def target(self) -> Target:
        return Target(self.id, _NOUNS[self.kind], self.shown_name())

    def shown_name(self) -> str:
        """Claims are unique by type and name, so the type is part of their key."""
        return self.name.partition(":")[2] if self.kind == CLAIM else self.name


@dataclass(frozen=True, slots=True)
class Shape:
    """A part as an administrator wrote it, checked."""

    name: str
    document: Mapping[str, Any]
    status: str = "ACTIVE"
    priority: int | None = None


def _part(row: sqlite3.Row) -> Part:
    said = dict(row)
    said["document"], said["system"] = json.loads(said["document"]), bool(said["system"])
    return Part(**said)


def of(db: sqlite3.Connection, parent_id: str, kind: str) -> list[Part]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM parts WHERE parent_id=? AND kind=? ORDER BY priority, seq",  # noqa: S608
        (parent_id, kind),
    )
    return [_part(row) for row in rows]


def get(db: sqlite3.Connection, parent_id: str, kind: str, part_id: str) -> Part:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM parts WHERE id=? AND parent_id=? AND kind=?",  # noqa: S608
        (part_id, parent_id, kind),
    ).fetchone()
    if row is None:
        raise not_found(part_id, _NOUNS[kind])
    return _part(row)


def add(db: sqlite3.Connection, now: float, place: tuple[str, str, str], shape: Shape, *, system: bool = False) -> Part:
    """`place` is authorization server, parent and kind."""
    server_id, parent_id, kind = place
    _check_name(db, parent_id, kind, shape.name)
    part_id = identifiers.mint(_PREFIXES[kind])
    db.execute(
        "INSERT INTO parts(id, server_id, parent_id, kind, name, status, priority, system, document, created,"
        " last_updated) VALUES(?,?,?,?,?,?,0,?,?,?,?)",
        (part_id, server_id, parent_id, kind, shape.name, shape.status, system, json.dumps(shape.document), now, now),
    )
    _order(db, get(db, parent_id, kind, part_id), shape.priority)
    return get(db, parent_id, kind, part_id)


def replace(db: sqlite3.Connection, now: float, part: Part, shape: Shape) -> Part:
    """Everything that an administrator can write; the id, and for policies and rules the status, stay."""
    if shape.name != part.name:
        _check_name(db, part.parent_id, part.kind, shape.name)
    status = part.status if part.kind in ORDERED else shape.status
    db.execute(
        "UPDATE parts SET name=?, status=?, document=?, last_updated=? WHERE id=?",
        (shape.name, status, json.dumps(shape.document), now, part.id),
    )
    if shape.priority is not None:
        _order(db, part, shape.priority)
    return get(db, part.parent_id, part.kind, part.id)


def set_status(db: sqlite3.Connection, now: float, part: Part, status: str) -> None:
    db.execute("UPDATE parts SET status=?, last_updated=? WHERE id=?", (status, now, part.id))


def remove(db: sqlite3.Connection, part: Part) -> None:
    """A policy goes with its rules."""
    db.execute("DELETE FROM parts WHERE id=? OR parent_id=?", (part.id, part.id))
    if part.kind in ORDERED:
        _number(db, of(db, part.parent_id, part.kind))


def _check_name(db: sqlite3.Connection, parent_id: str, kind: str, name: str) -> None:
    found = db.execute("SELECT 1 FROM parts WHERE parent_id=? AND kind=? AND name=?", (parent_id, kind, name))
    if found.fetchone() is not None:
        raise invalid("name", "An object with this field already exists", "UNIQUE_CONSTRAINT")


def _order(db: sqlite3.Connection, part: Part, wanted: int | None) -> None:
    """Put a policy or rule at its priority (last without one) and number all of them from 1."""
    if part.kind not in ORDERED:
        return
    others = [other for other in of(db, part.parent_id, part.kind) if other.id != part.id]
    position = len(others) if wanted is None else min(max(wanted, 1) - 1, len(others))
    others.insert(position, part)
    _number(db, others)


def _number(db: sqlite3.Connection, parts: list[Part]) -> None:
    for priority, part in enumerate(parts, start=1):
        db.execute("UPDATE parts SET priority=? WHERE id=? AND priority<>?", (priority, part.id, priority))


def create_custom(
    db: sqlite3.Connection, now: float, name: str, document: Mapping[str, Any], alias: str | None = None
) -> CustomServer:
    """A custom authorization server with the scopes and the claim that the service gives to each."""
    server = custom.add(db, now, name, document, alias)
    for scope, description in _SYSTEM_SCOPES.items():
        said = {"displayName": scope, "description": description, "consent": "IMPLICIT", "default": False}
        said |= {"metadataPublish": "ALL_CLIENTS", "optional": False}
        add(db, now, (server.id, server.id, SCOPE), Shape(scope, said), system=True)
    add(db, now, (server.id, server.id, CLAIM), Shape("RESOURCE:sub", _SUBJECT), system=True)
    return server


def has_default(db: sqlite3.Connection) -> bool:
    """Whether the organisation was founded; its default server may be deleted later, and stays so."""
    return db.execute("SELECT 1 FROM sqlite_sequence WHERE name='authorization_servers'").fetchone() is not None


def create_default(db: sqlite3.Connection, now: float) -> CustomServer:
    """The server behind the alias `default` (okta-api §1.6)."""
    document = {"description": "Default Authorization Server", "audiences": ["api://default"]}
    return create_custom(db, now, "default", document, custom.DEFAULT_ALIAS)


def published_scopes(db: sqlite3.Connection, server_id: str) -> list[str]:
    return [scope.name for scope in of(db, server_id, SCOPE) if scope.document.get("metadataPublish") == "ALL_CLIENTS"]


def allows_jwt_bearer(db: sqlite3.Connection, server_id: str) -> bool:
    """Whether an active rule of an active policy allows the JWT-bearer grant (okta-api §1.6, XAA)."""
    rules = (
        rule
        for policy in of(db, server_id, POLICY)
        if policy.status == "ACTIVE"
        for rule in of(db, policy.id, RULE)
        if rule.status == "ACTIVE"
    )
    return any(JWT_BEARER in rule.document["conditions"]["grantTypes"]["include"] for rule in rules)


def view(part: Part, here: str) -> dict[str, Any]:
    """`here` is the address of the part."""
    said: dict[str, Any] = {"id": part.id, "name": part.shown_name(), **part.document, "system": part.system}
    if part.kind == CLAIM:
        said["status"] = part.status
    if part.kind in ORDERED:
        said |= {"status": part.status, "priority": part.priority}
        said["created"] = identifiers.timestamp(part.created)
        said["lastUpdated"] = identifiers.timestamp(part.last_updated)
    allowed = ["GET"] if part.system else ["GET", "PUT", "DELETE"]
    return {**said, "_links": {"self": {"href": here, "hints": {"allow": allowed}}}}
