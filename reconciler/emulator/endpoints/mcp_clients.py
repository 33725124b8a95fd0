"""`/workload-principals/api/v1/mcp-servers/{id}/oauth-client`: MCP servers as OAuth clients (okta-api §1.10)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from reconciler.emulator import bodies, connections, delegation, mcp_clients, records, servers
from reconciler.emulator.call import Call, empty
from reconciler.emulator.errors import Cause, Refusal
from reconciler.emulator.log import Event, record
from reconciler.emulator.mcp_clients import CLIENT, CLIENT_KEY
from reconciler.emulator.records import ACTIVE, Draft, Record

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_EVENT = "workload_principals.mcp_server.oauth_client"


def create_client(org: Organisation, call: Call) -> Response:
    """201 without a body; at most one."""
    bodies.read_nothing(call.request)
    with org.store.write() as db:
        server = servers.get_for_change(db, call.ids["server"])
        if mcp_clients.seek(db, server.id) is not None:
            raise Refusal("E0000195", Cause("The MCP server has an OAuth client already", "UNIQUE_CONSTRAINT"))
        client = records.add(db, org.now(), CLIENT, Draft({}, server.id))
        mcp_clients.show(org, db, server.id)
        record(db, org.now(), Event(f"{_EVENT}.create", client.target(), debug=call.debug()))
    return empty(201)


def delete_client(org: Organisation, call: Call) -> Response:
    """Keys and connections go first; links go with it, and where nothing else can remove it, the last key."""
    with org.store.write() as db:
        servers.get_for_change(db, call.ids["server"])
        client = mcp_clients.get(db, call.ids["server"])
        if records.of(db, connections.CONNECTION, client.id):
            raise Refusal("E0000195", Cause("The OAuth client still has connections"))
        _remove_last_key(org, db, client)
        delegation.forget(db, mcp_clients.orn(org, client.id))
        records.remove(db, client.id)
        mcp_clients.show(org, db, client.parent)
        record(db, org.now(), Event(f"{_EVENT}.delete", client.target(), debug=call.debug()))
    return empty(204)


def _remove_last_key(org: Organisation, db: sqlite3.Connection, client: Record) -> None:
    keys = records.of(db, CLIENT_KEY, client.id)
    if org.switches["last-mcp-key"] == "with-client" and [key.status for key in keys] == [ACTIVE]:
        records.remove(db, keys.pop().id)
    if keys:
        raise Refusal("E0000195", Cause("The OAuth client still has keys"))
