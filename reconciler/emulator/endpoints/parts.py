"""Scopes, claims, policies and rules below `/api/v1/authorizationServers/{id}` (okta-api §2.6).

The four families differ in what may be written and in what the System Log calls it; that is the table here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.emulator import bodies, custom, custom_parts, shapes
from reconciler.emulator.call import Call, Handler, answer, empty
from reconciler.emulator.custom_parts import CLAIM, POLICY, RULE, SCOPE, Part, Shape
from reconciler.emulator.errors import Cause, Refusal
from reconciler.emulator.log import Event, record

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of part: how it is read from a body, and its words in the System Log."""

    kind: str
    segment: str
    shape: Callable[[Mapping[str, Any]], Shape]
    events: Mapping[str, str]


def _events(prefix: str, created: str, updated: str, deleted: str) -> dict[str, str]:
    said = {"created": created, "updated": updated, "deleted": deleted}
    said |= {"ACTIVE": "activate", "INACTIVE": "deactivate"}
    return {key: f"{prefix}.{word}" for key, word in said.items()}


SCOPES = Family(SCOPE, "scopes", shapes.scope, _events("oauth2.scope", "created", "updated", "deleted"))
CLAIMS = Family(CLAIM, "claims", shapes.claim, _events("oauth2.claim", "created", "updated", "deleted"))
POLICIES = Family(POLICY, "policies", shapes.policy, _events("policy.lifecycle", "create", "update", "delete"))
RULES = Family(RULE, "rules", shapes.rule, _events("policy.rule", "add", "update", "delete"))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part stands: its authorization server, its parent, and the address of the list."""

    server_id: str
    parent_id: str
    here: str

    def view(self, org: Organisation, part: Part) -> dict[str, Any]:
        return custom_parts.view(part, org.url(f"{self.here}/{part.id}"))


def _place(db: sqlite3.Connection, family: Family, call: Call) -> _Place:
    server = custom.get(db, call.ids["custom"])
    above = f"{custom.PATH}/{server.id}"
    if family.kind != RULE:
        return _Place(server.id, server.id, f"{above}/{family.segment}")
    policy = custom_parts.get(db, server.id, POLICY, call.ids["policy"])
    return _Place(server.id, policy.id, f"{above}/policies/{policy.id}/rules")


def listing(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        with org.store.read() as db:
            place = _place(db, family, call)
            found = custom_parts.of(db, place.parent_id, family.kind)
        return answer([place.view(org, part) for part in found])

    return handle


def creating(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        shape = family.shape(bodies.read(call.request))
        with org.store.write() as db:
            place = _place(db, family, call)
            part = custom_parts.add(db, org.now(), (place.server_id, place.parent_id, family.kind), shape)
            _log(org, db, call, family.events["created"], part)
        return answer(place.view(org, part), 201)

    return handle


def reading(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        with org.store.read() as db:
            place = _place(db, family, call)
            part = custom_parts.get(db, place.parent_id, family.kind, call.ids[family.kind])
        return answer(place.view(org, part))

    return handle


def replacing(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        shape = family.shape(bodies.read(call.request))
        with org.store.write() as db:
            place = _place(db, family, call)
            part = _own_part(db, place, family, call)
            part = custom_parts.replace(db, org.now(), part, shape)
            _log(org, db, call, family.events["updated"], part)
        return answer(place.view(org, part))

    return handle


def deleting(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        with org.store.write() as db:
            part = _own_part(db, _place(db, family, call), family, call)
            custom_parts.remove(db, part)
            _log(org, db, call, family.events["deleted"], part)
        return empty(204)

    return handle


def setting_status(family: Family, status: str) -> Handler:
    """Activate or deactivate; a repetition is a no-op."""

    def handle(org: Organisation, call: Call) -> Response:
        bodies.read_nothing(call.request)
        with org.store.write() as db:
            part = _own_part(db, _place(db, family, call), family, call)
            if part.status != status:
                custom_parts.set_status(db, org.now(), part, status)
                _log(org, db, call, family.events[status], part)
        return empty(204)

    return handle


def _own_part(db: sqlite3.Connection, place: _Place, family: Family, call: Call) -> Part:
    """One that may be changed: what the service made itself is read-only (okta-api §1.6)."""
    part = custom_parts.get(db, place.parent_id, family.kind, call.ids[family.kind])
    if part.system:
        raise Refusal("E0000006", Cause(f"This {family.kind} belongs to the system and cannot be changed"))
    return part


def _log(org: Organisation, db: sqlite3.Connection, call: Call, event: str, part: Part) -> None:
    record(db, org.now(), Event(event, part.target(), debug=call.debug()))
