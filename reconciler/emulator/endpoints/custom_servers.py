"""`/api/v1/authorizationServers`: custom authorization servers, their keys and their trust (okta-api §2.6)."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import (
    attachments,
    bodies,
    connections,
    custom,
    custom_parts,
    identifiers,
    paging,
    refreshing,
    shapes,
    signing,
)
from reconciler.emulator.call import Call, Handler, answer, empty
from reconciler.emulator.errors import Cause, invalid, not_found, switched
from reconciler.emulator.refreshing import Session

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_VERBS = {"ACTIVE": "activated", "INACTIVE": "deactivated"}


def list_custom(org: Organisation, call: Call) -> Response:
    asked = paging.window(call, 200, 200)
    with org.store.read() as db:
        found = custom.page(db, call.request.args.get("q", ""), asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda server: int(server.seq))
    views = [custom.view(org, server) for server in page.items]
    return paging.bare(org, call, paging.Page(views, page.next_after))


def create_custom(org: Organisation, call: Call) -> Response:
    """A rotation mode of MANUAL is not taken here, only by an update (okta-api §5 quirk 24)."""
    body = bodies.read(call.request)
    name, document = shapes.custom_server(body, org.switches.number("max-name-length"))
    shapes.rotation_mode(body, "AUTO")
    with org.store.write() as db:
        server = custom_parts.create_custom(db, org.now(), name, document)
        custom.log(db, org.now(), "created", server, call.debug())
    return answer(custom.view(org, server), 201)


def read_custom(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        server = custom.get(db, call.ids["custom"])
    return answer(custom.view(org, server))


def replace_custom(org: Organisation, call: Call) -> Response:
    """Everything that is left out is gone, except the rotation mode, which belongs to the keys."""
    body = bodies.read(call.request)
    name, document = shapes.custom_server(body, org.switches.number("max-name-length"))
    with org.store.write() as db:
        server = custom.get(db, call.ids["custom"])
        keys = {**server.keys, "mode": shapes.rotation_mode(body, server.keys["mode"])}
        server = custom.save(db, replace(server, name=name, document=document, keys=keys), org.now())
        custom.log(db, org.now(), "updated", server, call.debug())
    return answer(custom.view(org, server))


def delete_custom(org: Organisation, call: Call) -> Response:
    """Refused while something uses it; the contract does not demand that it is INACTIVE."""
    with org.store.write() as db:
        server = custom.get(db, call.ids["custom"])
        used = _use_of(org, db, server)
        if used is not None:
            raise switched(org.switches["delete-referenced"], Cause(used, location="id"))
        custom.remove(db, server.id)
        custom.log(db, org.now(), "deleted", server, call.debug())
    return empty(204)


def _use_of(org: Organisation, db: sqlite3.Connection, server: custom.CustomServer) -> str | None:
    if attachments.servers_using(db, server.id):
        return "The authorization server is attached to an MCP server"
    if connections.referring_to(db, identifiers.authorization_server_orn(org, server.id)):
        return "A connection uses the authorization server"
    return None


def set_status(status: str) -> Handler:
    """Activate or deactivate; a repetition is a no-op."""

    def handle(org: Organisation, call: Call) -> Response:
        bodies.read_nothing(call.request)
        with org.store.write() as db:
            server = custom.get(db, call.ids["custom"])
            if server.status != status:
                server = custom.save(db, replace(server, status=status), org.now())
                custom.log(db, org.now(), _VERBS[status], server, call.debug())
                refreshing.custom_server_changed(Session(org, db, by_system=True), server.id)
        return empty(204)

    return handle


def list_keys(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        server = custom.get(db, call.ids["custom"])
    return answer(signing.views(server.keys))


def rotate_key(org: Organisation, call: Call) -> Response:
    body = bodies.read(call.request)
    if body.get("use") != "sig":
        raise invalid("use", "The field must be sig")
    with org.store.write() as db:
        server = custom.get(db, call.ids["custom"])
        server = custom.save(db, replace(server, keys=signing.rotate(server.keys, org.now())), org.now())
        custom.log(db, org.now(), "key.rollover", server, call.debug())
    return answer(signing.views(server.keys))


def list_associated(org: Organisation, call: Call) -> Response:
    """With `trusted=false`, those that trust this one."""
    is_trusted = call.request.args.get("trusted", "true") != "false"
    column, other = ("server_id", "trusted_id") if is_trusted else ("trusted_id", "server_id")
    with org.store.read() as db:
        server = custom.get(db, call.ids["custom"])
        rows = db.execute(f"SELECT {other} AS id FROM trusts WHERE {column}=? ORDER BY {other}", (server.id,))  # noqa: S608
        found = [custom.get(db, row["id"]) for row in rows.fetchall()]
    return answer([custom.view(org, one) for one in found])


def associate(org: Organisation, call: Call) -> Response:
    trusted = bodies.texts(bodies.read(call.request), "trusted")
    if not trusted:
        raise invalid("trusted", "The field cannot be left blank")
    views: list[dict[str, Any]] = []
    with org.store.write() as db:
        server = custom.get(db, call.ids["custom"])
        for name in trusted:
            other = custom.seek(db, name)
            if other is None or other.id == server.id:
                raise invalid("trusted", "The field must name other authorization servers of this organisation")
            db.execute("INSERT OR IGNORE INTO trusts VALUES(?,?)", (server.id, other.id))
            views.append(custom.view(org, other))
        custom.log(db, org.now(), "updated", server, call.debug())
    return answer(views)


def dissociate(org: Organisation, call: Call) -> Response:
    with org.store.write() as db:
        server = custom.get(db, call.ids["custom"])
        other = custom.get(db, call.ids["associated"])
        found = db.execute("DELETE FROM trusts WHERE server_id=? AND trusted_id=?", (server.id, other.id))
        if not found.rowcount:
            raise not_found(other.id, "AssociatedServer")
        custom.log(db, org.now(), "updated", server, call.debug())
    return empty(204)


def read_metadata(org: Organisation, call: Call) -> Response:
    """RFC 8414 metadata, without a token; an INACTIVE server publishes nothing."""
    with org.store.read() as db:
        server = _published(org, db, call)
        scopes = custom_parts.published_scopes(db, server.id)
    return answer(custom.metadata(org, server, scopes))


def read_published_keys(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        server = _published(org, db, call)
    return answer(signing.published(server.keys))


def _published(_org: Organisation, db: Any, call: Call) -> custom.CustomServer:
    server = custom.get(db, call.ids["custom"])
    if server.status != "ACTIVE":
        raise not_found(call.ids["custom"], "AuthorizationServer")
    return server
