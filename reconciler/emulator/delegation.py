"""Delegation links (okta-api §1.9): the noun, and where a link leads."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from . import attachments, identifiers, mcp_clients, records
from .attachments import OKTA
from .errors import Refusal, invalid
from .records import Kind, Record

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/workload-principals/api/v1/delegation-links"
LINK = Kind("dlk", "DelegationLink")
AUTHORIZATION_SERVER = "to.authorizationServerOrn"


def forget(db: sqlite3.Connection, named: str) -> None:
    """The links that lead from or to something that goes."""
    for link in records.every(db, LINK):
        if named in (link.document["clientOrn"], link.document["resourceOrn"]):
            records.remove(db, link.id)


def target(org: Organisation, db: sqlite3.Connection, resource_orn: str) -> str:
    """The ORN of the custom authorization server that stands behind a resource.

    An MCP server is named by its OAuth client, never by itself; a server that was just attached is not seen at once
    (okta-api §1.9, §3.7).
    """
    client = records.seek(db, mcp_clients.CLIENT, resource_orn.rpartition(":")[2])
    if client is None or mcp_clients.orn(org, client.id) != resource_orn:
        raise invalid("to.resourceOrn", "The field must be the ORN of an OAuth client", "INVALID_FORMAT")
    visible = org.now() - org.switches.number("link-propagation")
    for row in attachments.of_server(db, client.parent):
        if row.type == OKTA and row.status == records.ACTIVE and row.created <= visible:
            return identifiers.authorization_server_orn(org, row.id)
    raise _not_linked()


def _not_linked() -> Refusal:
    return invalid(AUTHORIZATION_SERVER, "No authorization server is linked to the resource")


def view(org: Organisation, link: Record) -> dict[str, Any]:
    said = link.document
    return {
        "id": link.id,
        "from": {key: said[key] for key in ("type", "clientOrn", "tokenType")},
        "to": {"resourceOrn": said["resourceOrn"], "authorizationServerOrn": said["authorizationServerOrn"]},
        **link.times(),
        "_links": {"self": {"href": org.url(f"{PATH}/{link.id}")}},
    }
