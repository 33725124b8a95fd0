"""`/workload-principals/api/v1/delegation-links` (okta-api §1.9, §2.5)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from reconciler.emulator import agents, apps, bodies, delegation, mcp_clients, paging, records, search
from reconciler.emulator.call import Call, answer, empty
from reconciler.emulator.delegation import LINK
from reconciler.emulator.errors import Cause, Refusal, invalid
from reconciler.emulator.log import Event, record
from reconciler.emulator.records import Draft

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_EVENT = "workload_principals.delegation_link"


def list_links(org: Organisation, call: Call) -> Response:
    asked = paging.window(call, 20, 200)
    where = search.condition(call.request.args.get("filter"), search.LINK_ATTRIBUTES)
    with org.store.read() as db:
        found = records.page(db, LINK, where, asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda link: int(link.seq))
    views = [delegation.view(org, link) for link in page.items]
    return paging.enveloped(org, call, paging.Page(views, page.next_after))


def create_link(org: Organisation, call: Call) -> Response:
    """`to.authorizationServerOrn` is found, never given."""
    body = bodies.read(call.request)
    bodies.only(body, ("from", "to"))
    came, goes = bodies.inner(body, "from"), bodies.inner(body, "to")
    bodies.only(came, ("type", "clientOrn", "tokenType"))
    bodies.only(goes, ("resourceOrn",))
    said = {
        "type": bodies.choice(came, "type", ("OKTA_AUTHORIZATION_SERVER",), "OKTA_AUTHORIZATION_SERVER"),
        "clientOrn": bodies.required_text(came, "clientOrn"),
        "tokenType": bodies.choice(came, "tokenType", ("ACCESS_TOKEN", "ID_TOKEN"), "ACCESS_TOKEN"),
        "resourceOrn": bodies.required_text(goes, "resourceOrn"),
    }
    name = " ".join((said["clientOrn"], said["tokenType"], said["resourceOrn"]))
    with org.store.write() as db:
        _check_client(org, db, said["clientOrn"])
        said["authorizationServerOrn"] = delegation.target(org, db, said["resourceOrn"])
        if records.named(db, LINK, name) is not None:
            raise Refusal("E0000195", Cause("The delegation link exists already", "UNIQUE_CONSTRAINT"))
        link = records.add(db, org.now(), LINK, Draft(said, name=name))
        record(db, org.now(), Event(f"{_EVENT}.create", link.target(), debug=call.debug()))
    return answer(delegation.view(org, link), 201)


def _check_client(org: Organisation, db: sqlite3.Connection, named: str) -> None:
    """An app, an agent or an MCP server's client of this organisation."""
    known = ((apps.APP, apps.orn), (agents.AGENT, agents.orn), (mcp_clients.CLIENT, mcp_clients.orn))
    record_id = named.rpartition(":")[2]
    if not any(orn(org, record_id) == named and records.seek(db, kind, record_id) for kind, orn in known):
        raise invalid("from.clientOrn", "The field must be the ORN of a client", "INVALID_FORMAT")


def read_link(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        return answer(delegation.view(org, records.get(db, LINK, call.ids["link"])))


def delete_link(org: Organisation, call: Call) -> Response:
    with org.store.write() as db:
        link = records.get(db, LINK, call.ids["link"])
        records.remove(db, link.id)
        record(db, org.now(), Event(f"{_EVENT}.delete", link.target(), debug=call.debug()))
    return empty(204)
