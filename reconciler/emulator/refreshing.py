"""What evidence does to an MCP server and its rows: the one place where discovery changes state (okta-api §3)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import attachments, custom, identifiers, servers, verdicts
from .attachments import DISCOVERED, EXTERNAL, OKTA, Attachment
from .discovery import Errand, Evidence, Resource
from .servers import DISCOVERABLE, Server

if TYPE_CHECKING:
    from .organisation import Organisation


@dataclass(frozen=True, slots=True)
class Session:
    """An open transaction, and on whose behalf things change."""

    org: Organisation
    db: sqlite3.Connection
    by_system: bool = False

    def now(self) -> float:
        return self.org.now()

    def rules(self) -> verdicts.Rules:
        switches = self.org.switches
        return verdicts.Rules(
            landing_state=switches["landing-state"],
            attached_landing=switches["authorization-server-landing"],
            keeps_pending=switches["register-failure"] == "keep-pending",
        )


def errand(db: sqlite3.Connection, server: Server) -> Errand:
    """What a refresh of this server must ask; what metadata will list is found on the way."""
    resource_url = server.resource_url if server.discovery == DISCOVERABLE else None
    rows = attachments.of_server(db, server.id)
    return Errand(resource_url, tuple(row.issuer for row in rows if row.must_be_asked() and row.issuer))


def apply(session: Session, server: Server, evidence: Evidence) -> Server:
    """Take over what was found, judge every row that there is evidence about, then the server."""
    if evidence.asked_resource:
        server = _take_resource(session, server, evidence.resource)
    _verify(session, server, evidence)
    return judge(session, server)


def judge(session: Session, server: Server) -> Server:
    """Let the state of a server follow its rows; also after a row came, went or changed."""
    now, db = session.now(), session.db
    current = servers.get(db, server.id)
    rows = attachments.of_server(db, server.id)
    status = verdicts.server_status(current, rows, session.rules())
    if status == "ACTIVE" != current.status:
        wake(session, server.id)
    return servers.change(db, current, replace(current, status=status), now, by_system=session.by_system)


def wake(session: Session, server_id: str) -> None:
    """An MCP server went ACTIVE: rows that waited for that follow (okta-api §6 row 11)."""
    if session.rules().attached_landing != "INACTIVE":
        return
    for row in attachments.of_server(session.db, server_id):
        found = custom.seek(session.db, row.id) if row.type == OKTA else None
        is_off = found is not None and found.status != "ACTIVE"
        if row.status == "INACTIVE" and row.advertised and not is_off:
            new = replace(row, status="ACTIVE")
            attachments.change(session.db, row, new, session.now(), by_system=session.by_system)


def next_due(org: Organisation) -> float | None:
    """When the timer looks again (okta-api §6 row 12)."""
    if org.switches["refresh"] == "none":
        return None
    return org.now() + org.switches.number("refresh-interval")


def _take_resource(session: Session, server: Server, resource: Resource | None) -> Server:
    now, db = session.now(), session.db
    new = replace(server, prm_ok=resource is not None)
    if resource is not None:
        _take_rows(session, server, resource)
        found = {
            "resourceName": resource.name,
            "scopesSupported": list(resource.scopes),
            "lastRefreshedAt": identifiers.timestamp(now),
        }
        detected = {key: value for key, value in found.items() if value is not None}
        new = replace(new, detected=detected, attached=servers.get(db, server.id).attached)
    return servers.change(db, server, new, now, by_system=session.by_system)


def _take_rows(session: Session, server: Server, resource: Resource) -> None:
    """A row for each issuer that is listed; what is no longer listed is dropped (okta-api §6 row 20)."""
    rows = attachments.of_server(session.db, server.id)
    known = {row.issuer or row.id: row for row in rows}
    listed = set()
    for issuer in resource.issuers:
        own = _own(session, issuer)
        key = own or issuer
        listed.add(key)
        row = known.get(key)
        if row is None:
            _attach(session, server, issuer, own)
        elif not row.advertised:
            attachments.change(
                session.db, row, replace(row, advertised=True), session.now(), by_system=session.by_system
            )
    for key, row in known.items():
        if row.origin == DISCOVERED and row.advertised and key not in listed:
            _drop(session, row)


def _own(session: Session, issuer: str) -> str | None:
    """The id of the custom authorization server of this organisation that an issuer names."""
    named = session.org.own_issuer(issuer)
    found = None if named is None else custom.seek(session.db, named)
    return None if found is None else found.id


def _attach(session: Session, server: Server, issuer: str, own: str | None) -> None:
    """An issuer of this organisation becomes an `aus` row, any other an `eas` row (okta-api §3.4)."""
    row = attachments.new(
        server.id,
        OKTA if own else EXTERNAL,
        own or identifiers.mint("eas"),
        issuer=None if own else issuer,
        origin=DISCOVERED,
    )
    attachments.add(session.db, session.now(), row, by_system=session.by_system)


def _drop(session: Session, row: Attachment) -> None:
    now = session.now()
    if session.org.switches["dropped-issuer"] == "delete":
        attachments.remove(session.db, row, now, by_system=session.by_system)
        return
    gone = replace(row, advertised=False, status="INACTIVE")
    attachments.change(session.db, row, gone, now, by_system=session.by_system)


def _verify(session: Session, server: Server, evidence: Evidence) -> None:
    name = (server.detected or {}).get("resourceName")
    for row in attachments.of_server(session.db, server.id):
        verdict = _proven(session, row, evidence)
        if verdict is None:
            continue
        proven, found = verdict
        status = verdicts.attached_status(row, server, proven, session.rules())
        detected = {**found, **({"resourceName": name} if name else {})} if found is not None else row.detected
        new = replace(row, status=status, detected=detected)
        attachments.change(session.db, row, new, session.now(), by_system=session.by_system)


def _proven(session: Session, row: Attachment, evidence: Evidence) -> tuple[str, dict[str, Any] | None] | None:
    """What verification gives for a row, with the detected fields; None when there is no evidence about it."""
    if row.type == OKTA:
        found = custom.seek(session.db, row.id)
        return ("INVALID" if found is None else found.status), None
    if row.is_complete():
        return "ACTIVE", None
    issuer = row.issuer or ""
    if session.org.own_issuer(issuer) is not None:
        return "INVALID", None  # names a custom authorization server that does not exist
    if issuer not in evidence.issuers:
        return None
    found_fields = evidence.issuers[issuer]
    return ("INVALID", None) if found_fields is None else ("ACTIVE", dict(found_fields))


def custom_server_changed(session: Session, custom_id: str) -> None:
    """A custom authorization server was switched on or off: the rows and servers that lean on it follow."""
    for server_id in attachments.servers_using(session.db, custom_id):
        server = servers.get(session.db, server_id)
        row = attachments.get(session.db, server_id, custom_id)
        found = custom.seek(session.db, custom_id)
        proven = "INVALID" if found is None else found.status
        status = verdicts.attached_status(row, server, proven, session.rules())
        attachments.change(session.db, row, replace(row, status=status), session.now(), by_system=True)
        judge(session, server)
