"""Connections of agents, and of MCP servers that are clients (okta-api §1.8, §2.5)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import agents, bodies, connecting, connections, mcp_clients, paging, records
from reconciler.emulator.call import Call, Handler, answer, empty
from reconciler.emulator.connections import CONNECTION, TO_APP, TYPES
from reconciler.emulator.errors import Cause, Refusal, invalid
from reconciler.emulator.log import Event, record
from reconciler.emulator.records import ACTIVE, Draft, Record

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_MUTABLE = ("scopeCondition", "scopes", "resourceIndicator")
_GIVEN = ("connectionType", "resource", "authorizationServer", "issuerUrl", *_MUTABLE)
_EVENT = "workload_principals.connection"
_FILTER = re.compile(r'\s*connectionType\s+eq\s+"([A-Z0-9_]+)"\s*')


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose connections: how the owner is found, and where its connections are."""

    find: Callable[[sqlite3.Connection, Mapping[str, str]], Record]
    path: str

    def here(self, ids: Mapping[str, str], connection: Record) -> str:
        return f"{self.path.format(**ids)}/{connection.id}"


OF_AGENT = Owner(lambda db, ids: agents.get(db, ids["agent"]), f"{agents.PATH}/{{agent}}/connections")
OF_MCP_CLIENT = Owner(
    lambda db, ids: mcp_clients.get(db, ids["server"]),
    "/workload-principals/api/v1/mcp-servers/{server}/connections",
)


def listing(owner: Owner) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        asked = paging.window(call, 20, 200)
        with org.store.read() as db:
            principal = owner.find(db, call.ids)
            where = (" AND parent=?", (principal.id,))
            found = records.page(db, CONNECTION, where, asked.after, asked.limit + 1)
            page = paging.cut(found, asked, lambda one: int(one.seq))
            views = [connections.view(org, db, one, owner.here(call.ids, one)) for one in page.items]
        return paging.enveloped(org, call, paging.Page(views, page.next_after))

    return handle


def creating(owner: Owner) -> Handler:
    """201, not asynchronous; ACTIVE at once."""

    def handle(org: Organisation, call: Call) -> Response:
        body = bodies.read(call.request)
        bodies.only(body, _GIVEN)
        kind = bodies.required_text(body, "connectionType")
        if kind not in TYPES:
            raise invalid("connectionType", f"The field must be one of {', '.join(TYPES)}")
        said = {"connectionType": kind, **_scopes(body), "resourceIndicator": bodies.text(body, "resourceIndicator")}
        said["issuerUrl"] = _issuer(body, kind)
        with org.store.write() as db:
            principal = owner.find(db, call.ids)
            goal = connecting.goal(org, db, kind, body)
            said |= {"resourceOrn": goal.resource, "authorizationServerOrn": goal.authorization_server}
            made = _insert(org, db, principal, said)
            record(db, org.now(), Event(f"{_EVENT}.create", made.target(), debug=call.debug()))
            shown = connections.view(org, db, made, owner.here(call.ids, made))
        return answer(shown, 201)

    return handle


def _insert(org: Organisation, db: sqlite3.Connection, principal: Record, said: dict[str, Any]) -> Record:
    name = " ".join((said["connectionType"], said["resourceOrn"], said["authorizationServerOrn"] or ""))
    if records.named(db, CONNECTION, name, principal.id) is not None:
        text = "resource.orn: The resource is connected already"
        raise Refusal("E0000195", Cause(text, "DUPLICATE_CONNECTION", "resource.orn"))
    made = records.add(db, org.now(), CONNECTION, Draft(said, principal.id, name))
    mcp_clients.show_of(org, db, principal)
    return made


def _scopes(body: Mapping[str, Any]) -> dict[str, Any]:
    condition = bodies.choice(body, "scopeCondition", ("ALL_SCOPES", "INCLUDE_ONLY", "EXCLUDE"), "ALL_SCOPES")
    scopes = bodies.texts(body, "scopes")
    if condition == "ALL_SCOPES":
        if scopes not in (None, (), ("*",)):
            raise invalid("scopes", "With ALL_SCOPES the field must be left out or be *")
        return {"scopeCondition": condition, "scopes": ["*"]}
    if not scopes:
        raise invalid("scopes", f"The field cannot be left blank with {condition}")
    return {"scopeCondition": condition, "scopes": list(scopes)}


def _issuer(body: Mapping[str, Any], kind: str) -> str | None:
    issuer = bodies.url(body, "issuerUrl", loopback_http=True)
    if issuer is not None and kind != TO_APP:
        raise invalid("issuerUrl", f"The field belongs to connections of type {TO_APP}")
    return issuer


def reading(owner: Owner) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        with org.store.read() as db:
            found = _get(db, owner, call)
            return answer(connections.view(org, db, found, owner.here(call.ids, found)))

    return handle


def patching(owner: Owner) -> Handler:
    """A merge patch of scopes and resource indicator, and of an app's issuer; anything else is refused."""

    def handle(org: Organisation, call: Call) -> Response:
        patch = bodies.read_patch(call.request)
        with org.store.write() as db:
            found = _get(db, owner, call)
            said = found.document
            fields = (*_MUTABLE, *(("issuerUrl",) if said["connectionType"] == TO_APP else ()))
            bodies.only(patch, fields)
            merged = bodies.merge({name: said[name] for name in fields}, _freed(patch))
            new = {**said, **_scopes(merged), "resourceIndicator": bodies.text(merged, "resourceIndicator")}
            new["issuerUrl"] = _issuer(merged, said["connectionType"])
            found = records.save(db, org.now(), replace(found, document=new))
            record(db, org.now(), Event(f"{_EVENT}.update", found.target(), debug=call.debug()))
            return answer(connections.view(org, db, found, owner.here(call.ids, found)))

    return handle


def _freed(patch: dict[str, Any]) -> dict[str, Any]:
    """All scopes needs no list, so the old one goes when nobody says otherwise."""
    return {"scopes": None, **patch} if patch.get("scopeCondition") == "ALL_SCOPES" else patch


def deleting(owner: Owner) -> Handler:
    """In any state."""

    def handle(org: Organisation, call: Call) -> Response:
        with org.store.write() as db:
            found = _get(db, owner, call)
            records.remove(db, found.id)
            mcp_clients.show_of(org, db, owner.find(db, call.ids))
            record(db, org.now(), Event(f"{_EVENT}.delete", found.target(), debug=call.debug()))
        return empty(204)

    return handle


def setting_status(owner: Owner, status: str) -> Handler:
    """Activate or deactivate; a repetition is a no-op."""

    def handle(org: Organisation, call: Call) -> Response:
        bodies.read_nothing(call.request)
        with org.store.write() as db:
            found = _get(db, owner, call)
            if found.status != status:
                found = records.save(db, org.now(), replace(found, status=status))
                verb = "activate" if status == ACTIVE else "deactivate"
                record(db, org.now(), Event(f"{_EVENT}.{verb}", found.target(), debug=call.debug()))
            return answer(connections.view(org, db, found, owner.here(call.ids, found)))

    return handle


def list_potential(org: Organisation, call: Call) -> Response:
    """What could be connected in the way that the filter names; without a filter, nothing is said."""
    expression = call.request.args.get("filter")
    if expression is None:
        raise Refusal("E0000028", Cause("filter: The parameter is required", location="filter"))
    match = _FILTER.fullmatch(expression)
    if match is None or match[1] not in TYPES:
        raise Refusal("E0000031", Cause(f"Invalid expression: {expression}", "INVALID_FILTER", "filter"))
    kind = match[1]
    with org.store.read() as db:
        found = list(connecting.candidates(org, db, kind))
        views = [{"connectionType": kind, "resource": _named(org, db, kind, orn)} for orn in found]
    return paging.enveloped(org, call, paging.Page(views, None))


def _named(org: Organisation, db: sqlite3.Connection, kind: str, orn: str) -> dict[str, Any]:
    return connections.resource(org, db, kind, orn) or {"orn": orn}


def _get(db: sqlite3.Connection, owner: Owner, call: Call) -> Record:
    return records.get(db, CONNECTION, call.ids["connection"], owner.find(db, call.ids).id)
