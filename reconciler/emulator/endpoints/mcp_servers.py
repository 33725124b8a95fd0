"""`/resource-servers/api/v1/mcp-servers` and the operations it leads to (okta-api §2.2, §2.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import (
    bodies,
    connectable,
    connections,
    discovery,
    operations,
    paging,
    search,
    servers,
    settling,
)
from reconciler.emulator.call import Call, answer, empty
from reconciler.emulator.discovery import Errand
from reconciler.emulator.effects import NO_AUTHORIZATION_SERVERS
from reconciler.emulator.errors import Cause, Refusal, invalid, switched
from reconciler.emulator.identifiers import mint
from reconciler.emulator.log import MCP_SERVER, Event, record
from reconciler.emulator.operations import FAILED, Operation, Order
from reconciler.emulator.servers import DISCOVERABLE, MANUAL, Server

from . import attached

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_FIELDS = ("displayName", "description")
_MOST_INLINE = 50


def list_servers(org: Organisation, call: Call) -> Response:
    asked = paging.window(call, 20, 200)
    where, values = search.condition(call.request.args.get("search"), search.SERVER_ATTRIBUTES)
    with org.store.read() as db:
        found = servers.page(db, where, values, asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda server: int(server.seq))
    views = [servers.view(org, server) for server in page.items]
    return paging.enveloped(org, call, paging.Page(views, page.next_after))


def read_server(org: Organisation, call: Call) -> Response:
    settling.settle_server(org, call.ids["server"])
    with org.store.read() as db:
        server = servers.get(db, call.ids["server"])
    return answer(servers.view(org, server))


def register(org: Organisation, call: Call) -> Response:
    """202 with an operation; the PENDING record is there at once (okta-api §3.1, edge 1)."""
    profile, rows = _registration(org, bodies.read(call.request))
    if org.switches["register-failure"] == "synchronous-400" and profile["discovery"] == DISCOVERABLE:
        _refuse_without_metadata(org, str(profile["resource_url"]))
    with org.store.write() as db:
        operations.forget_old(org, db)
        if servers.url_exists(db, str(profile["resource_url"])):
            operation = _duplicate(org, db)
        else:
            _check_room(org, db)
            server = servers.add(db, org.now(), profile)
            for row in rows:
                attached.insert(org, db, server, row)
            operation = operations.schedule(org, db, Order("register", server.id))
    if org.switches["register-response"] == "400-empty":
        return empty(400)
    return empty(202, operations.location(org, operation))


def _registration(org: Organisation, body: Mapping[str, Any]) -> tuple[dict[str, str | None], list[attached.Wish]]:
    """What a register asks for; how a manual server is told apart is a switch (okta-api §6 row 9)."""
    is_inline = org.switches["manual-registration"] == "inline"
    bodies.only(body, ("resourceUrl", *_FIELDS, "authorizationServers" if is_inline else "discoveryType"))
    url = bodies.url(body, "resourceUrl", loopback_http=org.settings.allow_loopback_http, required=True) or ""
    if org.switches["trailing-slash"] == "strip":
        url = url.removesuffix("/")
    rows = _inline(org, body)
    kind = MANUAL if rows else bodies.choice(body, "discoveryType", (DISCOVERABLE, MANUAL), DISCOVERABLE)
    return {"resource_url": url, **_texts(org, body), "discovery": kind}, rows


def _inline(org: Organisation, body: Mapping[str, Any]) -> list[attached.Wish]:
    listed = body.get("authorizationServers")
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise invalid("authorizationServers", "The field must be a list of objects")
    if len(listed) > _MOST_INLINE:
        raise invalid("authorizationServers", f"At most {_MOST_INLINE} are allowed")
    return [attached.wish(org, item) for item in listed]


def _texts(org: Organisation, body: Mapping[str, Any]) -> dict[str, str | None]:
    longest = org.switches.number("max-name-length")
    return {
        "display_name": bodies.text(body, "displayName", at_most=longest),
        "description": bodies.text(body, "description"),
    }


def _refuse_without_metadata(org: Organisation, resource_url: str) -> None:
    if discovery.run(org, Errand(resource_url)).resource is None:
        raise invalid("resourceUrl", NO_AUTHORIZATION_SERVERS)


def _duplicate(org: Organisation, db: sqlite3.Connection) -> Operation:
    chosen = org.switches["duplicate-url"]
    if chosen != "202-failed":
        text = "resourceUrl: An MCP server with this resource URL already exists"
        raise switched(chosen, Cause(text, "UNIQUE_CONSTRAINT", "resourceUrl"))
    return operations.schedule(org, db, Order("register", mint("ems"), payload={"duplicate": True}))


def _check_room(org: Organisation, db: sqlite3.Connection) -> None:
    most = org.switches.number("max-servers")
    if most and servers.count(db) >= most:
        raise invalid("resourceUrl", f"The organisation has reached its limit of {most} MCP servers")


def patch_server(org: Organisation, call: Call) -> Response:
    """A merge patch of name and description; nothing else can be changed (okta-api §1.2)."""
    patch = bodies.read_patch(call.request)
    with org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        changes = _changes(org, server, patch)
        if org.switches["patch-response"] == "202":
            operation = operations.schedule(org, db, Order("update", server.id, payload=changes))
            return empty(202, operations.location(org, operation))
        server = servers.change(db, server, replace(server, **changes), org.now())
    return answer(servers.view(org, server))


def _changes(org: Organisation, server: Server, patch: Mapping[str, Any]) -> dict[str, Any]:
    if org.switches["patch-resource-url"] == "ignore":
        patch = {key: value for key, value in patch.items() if key != "resourceUrl"}
    bodies.only(patch, _FIELDS)
    current = {"displayName": server.display_name, "description": server.description}
    return _texts(org, bodies.merge(current, patch))


def delete_server(org: Organisation, call: Call) -> Response:
    with _refusals_logged(org, call, "delete"), org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        if server.status == "ACTIVE":
            raise _illegal(org, "An ACTIVE MCP server cannot be deleted, deactivate it first")
        if server.status != "INACTIVE" and org.switches["delete-unsettled"] == "refuse":
            raise invalid("status", f"An MCP server that is {server.status} cannot be deleted")
        if connections.to_server(org, db, server.id):
            cause = Cause("A connection leads to the MCP server", location="id")
            raise switched(org.switches["delete-referenced"], cause)
        operation = _order(org, db, Order("delete", server.id))
    return _done(org, operation)


def activate(org: Organisation, call: Call) -> Response:
    bodies.read_nothing(call.request)
    with _refusals_logged(org, call, "activate"), org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        if server.status != "INACTIVE":
            raise _illegal(org, f"Only an INACTIVE MCP server can be activated, this one is {server.status}")
        if org.switches["activate-not-connectable"] == "refuse" and not connectable.offers_anything(db, server.id):
            raise invalid("status", "None of the authorization servers supports XAA or STS")
        operation = _order(org, db, Order("activate", server.id))
    return _done(org, operation)


def deactivate(org: Organisation, call: Call) -> Response:
    bodies.read_nothing(call.request)
    with _refusals_logged(org, call, "deactivate"), org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        if server.status != "ACTIVE":
            raise _illegal(org, f"Only an ACTIVE MCP server can be deactivated, this one is {server.status}")
        if org.switches["deactivate-connected"] == "refuse" and connections.to_server(org, db, server.id):
            raise Refusal("E0000195", Cause("A connection leads to the MCP server", location="id"))
        operation = _order(org, db, Order("deactivate", server.id))
    return _done(org, operation)


def _illegal(org: Organisation, text: str) -> Refusal:
    return switched(org.switches["illegal-transition"], Cause(text, location="status"))


@contextmanager
def _refusals_logged(org: Organisation, call: Call, verb: str) -> Iterator[None]:
    """A lifecycle call that is refused leaves a FAILURE in the System Log (okta-api §3.1)."""
    try:
        yield
    except Refusal as refusal:
        if refusal.causes:
            _log_refusal(org, call, verb, refusal.causes[0].summary)
        raise


def _log_refusal(org: Organisation, call: Call, verb: str, reason: str) -> None:
    with org.store.write() as db:
        server = servers.seek(db, call.ids["server"])
        if server is not None:
            event = Event(f"{MCP_SERVER}.{verb}", server.target(), failure=reason, debug=call.debug())
            record(db, org.now(), event)


def _order(org: Organisation, db: sqlite3.Connection, order: Order) -> Operation:
    """Claimed at once when the answer must tell how it ended."""
    operation = operations.schedule(org, db, order)
    if org.switches["lifecycle-response"] != "202":
        settling.claim(db, operation.id)
    return operation


def _done(org: Organisation, operation: Operation) -> Response:
    """Row 2 of okta-api §6."""
    chosen = org.switches["lifecycle-response"]
    if chosen == "202":
        return empty(202, operations.location(org, operation))
    finished = settling.finish_now(org, operation)
    if finished.status == FAILED:
        raise invalid("status", (finished.error or {}).get("message", ""))
    if chosen == "204":
        return empty(204)
    with org.store.read() as db:
        server = servers.seek(db, operation.resource_id)
    return answer({} if server is None else servers.view(org, server))
