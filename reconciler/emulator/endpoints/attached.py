"""`…/mcp-servers/{id}/authorization-servers`: what protects an MCP server (okta-api §1.3, §2.2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import attachments, bodies, custom, operations, paging, search, servers, settling
from reconciler.emulator.attachments import BY_REQUEST, CONFIG, EXTERNAL, GRANT_TYPES, OKTA, Attachment
from reconciler.emulator.call import Call, answer, empty
from reconciler.emulator.errors import Cause, Refusal, invalid
from reconciler.emulator.identifiers import authorization_server_orn, mint
from reconciler.emulator.operations import FAILED, Operation, Order
from reconciler.emulator.servers import Server

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_IDENTITY = ("type", "issuer")


@dataclass(frozen=True, slots=True)
class Wish:
    """An authorization server that somebody wants to attach."""

    type: str
    orn: str | None = None
    issuer: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


def list_attached(org: Organisation, call: Call) -> Response:
    settling.settle_server(org, call.ids["server"])
    asked = paging.window(call, 20, 200)
    where = search.condition(call.request.args.get("filter"), search.ATTACHMENT_ATTRIBUTES)
    with org.store.read() as db:
        server = servers.get(db, call.ids["server"])
        found = attachments.page(db, server.id, where, asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda row: int(row.seq))
    views = [attachments.view(org, row) for row in page.items]
    return paging.enveloped(org, call, paging.Page(views, page.next_after))


def read_attached(org: Organisation, call: Call) -> Response:
    settling.settle_server(org, call.ids["server"])
    with org.store.read() as db:
        servers.get(db, call.ids["server"])
        row = attachments.get(db, call.ids["server"], call.ids["authorization_server"])
    return answer(attachments.view(org, row))


def attach(org: Organisation, call: Call) -> Response:
    wished = wish(org, bodies.read(call.request))
    with org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        _check_room(org, server)
        row = insert(org, db, server, wished)
        operation = _order(org, db, Order("attach", server.id, row.id))
    if org.switches["authorization-server-writes"] == "async":
        return empty(202, operations.location(org, operation))
    _finish(org, operation)
    with org.store.read() as db:
        row = attachments.get(db, row.server_id, row.id)
    return answer(attachments.view(org, row), 201, {"Location": org.url(attachments.path_of(row))})


def detach(org: Organisation, call: Call) -> Response:
    with org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        row = attachments.get(db, server.id, call.ids["authorization_server"])
        operation = _order(org, db, Order("detach", server.id, row.id))
    if org.switches["authorization-server-writes"] == "async":
        return empty(202, operations.location(org, operation))
    _finish(org, operation)
    return empty(204)


def patch_attached(org: Organisation, call: Call) -> Response:
    """A merge patch of what an administrator may say of a row; also makes the server look again (§6 row 12)."""
    patch = bodies.read_patch(call.request)
    with org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        row = attachments.get(db, server.id, call.ids["authorization_server"])
        new = replace(row, config=_patched(org, row, patch))
        attachments.change(db, row, new, org.now())
    if org.switches["refresh"] == "timer":
        settling.refresh_now(org, server.id)
    with org.store.read() as db:
        row = attachments.get(db, server.id, row.id)
    return answer(attachments.view(org, row))


def _patched(org: Organisation, row: Attachment, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The new configuration; type and issuer cannot change (okta-api §1.3), nor what is not ours to say."""
    if org.switches["patch-authorization-server-identity"] == "ignore":
        patch = {key: value for key, value in patch.items() if key not in _IDENTITY}
    is_ours = row.type == EXTERNAL and row.origin == BY_REQUEST
    bodies.only(patch, CONFIG if is_ours else ())
    return _config(org, bodies.merge(row.config, patch))


def wish(org: Organisation, body: Mapping[str, Any]) -> Wish:
    """`{type: OKTA, orn}`, or `{type: EXTERNAL, issuer, …}`."""
    kind = bodies.required_text(body, "type")
    if kind == OKTA:
        bodies.only(body, ("type", "orn"))
        return Wish(OKTA, orn=bodies.required_text(body, "orn"))
    if kind != EXTERNAL:
        raise invalid("type", f"The field must be one of {OKTA}, {EXTERNAL}")
    bodies.only(body, ("type", "issuer", *CONFIG))
    issuer = bodies.url(body, "issuer", loopback_http=org.settings.allow_loopback_http, required=True)
    if org.own_issuer(issuer or "") is not None:
        raise invalid("issuer", "The issuer belongs to this organisation, attach it by its orn as type OKTA")
    return Wish(EXTERNAL, issuer=issuer, config=_config(org, body))


def _config(org: Organisation, body: Mapping[str, Any]) -> dict[str, Any]:
    loopback = org.settings.allow_loopback_http
    grants = bodies.texts(body, "grantTypesSupported")
    if grants is not None and not set(grants) <= set(GRANT_TYPES):
        raise invalid("grantTypesSupported", f"The values must be among {', '.join(GRANT_TYPES)}")
    said = {
        "authorizationEndpoint": bodies.url(body, "authorizationEndpoint", loopback_http=loopback),
        "tokenEndpoint": bodies.url(body, "tokenEndpoint", loopback_http=loopback),
        "grantTypesSupported": list(grants) if grants is not None else None,
    }
    return {key: value for key, value in said.items() if value is not None}


def insert(org: Organisation, db: sqlite3.Connection, server: Server, wished: Wish) -> Attachment:
    """A PENDING row; the operation that follows verifies it."""
    row_id = mint("eas")
    if wished.type == OKTA:
        row_id = _custom_id(org, db, wished.orn or "")
    for row in attachments.of_server(db, server.id):
        if row.id == row_id or (row.issuer is not None and row.issuer == wished.issuer):
            text = "The authorization server is attached already"
            raise Refusal("E0000195", Cause(text, "UNIQUE_CONSTRAINT", "orn" if wished.orn else "issuer"))
    row = attachments.new(server.id, wished.type, row_id, issuer=wished.issuer, config=wished.config)
    return attachments.add(db, org.now(), row)


def _custom_id(org: Organisation, db: sqlite3.Connection, orn: str) -> str:
    name = orn.rpartition(":")[2]
    found = custom.seek(db, name)
    if found is None or authorization_server_orn(org, found.id) != orn:
        raise invalid("orn", "There is no such custom authorization server in this organisation", "INVALID_FORMAT")
    return found.id


def _check_room(org: Organisation, server: Server) -> None:
    most = org.switches.number("max-authorization-servers")
    if most and server.attached >= most:
        raise invalid("id", f"The MCP server has reached its limit of {most} authorization servers")


def _order(org: Organisation, db: sqlite3.Connection, order: Order) -> Operation:
    """Claimed at once when the answer must tell how it ended (okta-api §6 row 10)."""
    operation = operations.schedule(org, db, order)
    if org.switches["authorization-server-writes"] != "async":
        settling.claim(db, operation.id)
    return operation


def _finish(org: Organisation, operation: Operation) -> None:
    finished = settling.finish_now(org, operation)
    if finished.status == FAILED:
        raise invalid("id", (finished.error or {}).get("message", ""))
