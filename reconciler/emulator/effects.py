"""What each operation does when it is due; one table for the asynchronous half."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import agent_effects, attachments, client_settings, operations, refreshing, servers
from .discovery import Errand, Evidence
from .log import ATTACHED, MCP_SERVER, Event, Target, record
from .operations import Operation, Outcome, failed
from .refreshing import Session
from .servers import Server

NO_AUTHORIZATION_SERVERS = "No authorization servers found"


@dataclass(frozen=True, slots=True)
class Work:
    """One due operation inside of the transaction that performs it."""

    session: Session
    operation: Operation
    server: Server
    evidence: Evidence

    def log(self, verb: str, failure: str | None = None, **changes: Any) -> None:
        debug = {"operationId": self.operation.id}
        event = Event(f"{MCP_SERVER}.{verb}", self.server.target(), failure=failure, debug=debug, **changes)
        record(self.session.db, self.session.now(), event)


def errand(session: Session, operation: Operation) -> Errand:
    """What must be asked of the network before the operation can be performed."""
    server = servers.seek(session.db, operation.resource_id)
    if server is None or server.gone_at is not None:
        return Errand()
    if operation.verb == "register":
        return refreshing.errand(session.db, server)
    if operation.verb == "attach" and operation.attachment_id is not None:
        row = attachments.seek(session.db, server.id, operation.attachment_id)
        if row is not None and row.must_be_asked() and row.issuer:
            return Errand(issuers=(row.issuer,))
    return Errand()


def perform(session: Session, operation: Operation, evidence: Evidence) -> Outcome:
    """Do it, in one transaction with writing down how it ended."""
    server = servers.seek(session.db, operation.resource_id)
    if operations.is_of_agent(operation):
        outcome = agent_effects.perform(session, operation)
    elif server is None or server.gone_at is not None:
        outcome = _nothing_there(session, operation)
    else:
        outcome = _EFFECTS[operation.verb](Work(session, operation, server, evidence))
    operations.finish(session.db, operation.id, session.now(), outcome)
    return outcome


def _nothing_there(session: Session, operation: Operation) -> Outcome:
    if "duplicate" not in operation.payload:
        return failed(f"Not found: Resource not found: {operation.resource_id} (MCPServer)", "E0000007")
    reason = "resourceUrl: An MCP server with this resource URL already exists"
    target = Target(operation.resource_id, "MCPServer", None)
    event = Event(f"{MCP_SERVER}.register", target, failure=reason, debug={"operationId": operation.id})
    record(session.db, session.now(), event)
    return failed(reason)


def _register(work: Work) -> Outcome:
    session, server = work.session, work.server
    keeps_record = session.org.switches["register-failure"].startswith("keep-")
    if work.evidence.asked_resource and work.evidence.resource is None and not keeps_record:
        servers.remove(session.db, server.id)
        work.log("register", NO_AUTHORIZATION_SERVERS)
        return failed(NO_AUTHORIZATION_SERVERS)
    work.log("register")
    server = replace(server, refresh_due=refreshing.next_due(session.org))
    servers.save(session.db, server)
    after = refreshing.apply(session, server, work.evidence)
    return _shown(work, after)


def _activate(work: Work) -> Outcome:
    session, server = work.session, work.server
    if server.status != "INACTIVE":
        return _not_from(work, "activate")
    refreshing.wake(session, server.id)
    return _move(work, "activate", "ACTIVE")


def _deactivate(work: Work) -> Outcome:
    if work.server.status != "ACTIVE":
        return _not_from(work, "deactivate")
    return _move(work, "deactivate", "INACTIVE")


def _move(work: Work, verb: str, status: str) -> Outcome:
    session, server = work.session, work.server
    moved = replace(server, status=status, last_updated=session.now())
    servers.save(session.db, moved)
    work.log(verb, before={"status": server.status}, after={"status": status})
    return _shown(work, moved)


def _delete(work: Work) -> Outcome:
    """With its external rows, each of which is logged; custom authorization servers stay (okta-api §1.3)."""
    session, server = work.session, work.server
    if server.status == "ACTIVE":
        return _not_from(work, "delete")
    for row in attachments.of_server(session.db, server.id):
        if row.type == attachments.EXTERNAL:
            record(session.db, session.now(), Event(f"{ATTACHED}.delete", row.target()))
    work.log("delete")
    takes_settings = session.org.switches["settings-on-delete"] == "cascade"
    client_settings.server_goes(session.db, server.id, takes_settings=takes_settings)
    stale = session.org.switches.number("stale-reads")
    if stale:
        servers.save(session.db, replace(server, gone_at=session.now() + stale, refresh_due=None))
    else:
        servers.remove(session.db, server.id)
    return Outcome("DELETED")


def _update(work: Work) -> Outcome:
    session = work.session
    new = replace(work.server, **work.operation.payload)
    return Outcome(servers.change(session.db, work.server, new, session.now()).status)


def _attach(work: Work) -> Outcome:
    session = work.session
    refreshing.apply(session, work.server, work.evidence)
    row = attachments.seek(session.db, work.server.id, work.operation.attachment_id or "")
    if row is None:
        return failed("Not found: Resource not found: the authorization server was removed", "E0000007")
    return Outcome(row.status)


def _detach(work: Work) -> Outcome:
    session = work.session
    row = attachments.seek(session.db, work.server.id, work.operation.attachment_id or "")
    if row is None:
        return failed("Not found: Resource not found: the authorization server was removed", "E0000007")
    attachments.remove(session.db, row, session.now())
    refreshing.judge(session, servers.get(session.db, work.server.id))
    return Outcome("DELETED")


def _not_from(work: Work, verb: str) -> Outcome:
    """The state moved between the request and the operation."""
    reason = f"The MCP server is {work.server.status}"
    work.log(verb, reason)
    return failed(reason)


def _shown(work: Work, after: Server) -> Outcome:
    """With stale reads on, the state from before stays visible for a while (okta-api §6 row 25)."""
    session, stale = work.session, work.session.org.switches.number("stale-reads")
    if stale and after.status != work.server.status:
        servers.save(
            session.db,
            replace(after, shown_status=work.server.status, shown_until=session.now() + stale),
        )
    return Outcome(after.status)


_EFFECTS: Mapping[str, Callable[[Work], Outcome]] = {
    "register": _register,
    "activate": _activate,
    "deactivate": _deactivate,
    "delete": _delete,
    "update": _update,
    "attach": _attach,
    "detach": _detach,
}
