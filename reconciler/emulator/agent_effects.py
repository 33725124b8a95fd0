"""What the operations of AI agents do when they are due (okta-api §1.7, §3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from . import agents, delegation, records
from .log import Event, record
from .operations import Operation, Outcome, failed
from .records import ACTIVE, INACTIVE, Record
from .refreshing import Session


def perform(session: Session, operation: Operation) -> Outcome:
    """Do it; the state may have moved since it was asked for."""
    agent = records.seek(session.db, agents.AGENT, operation.resource_id)
    if agent is None:
        return failed(f"Not found: Resource not found: {operation.resource_id} (AIAgent)", "E0000007")
    outcome = _EFFECTS[operation.verb](session, operation, agent)
    verb = operation.verb.removeprefix("agent-")
    reason = outcome.error["message"] if outcome.error else None
    event = Event(f"workload_principals.ai_agent.{verb}", agent.target(), failure=reason)
    record(session.db, session.now(), event)
    return outcome


def _register(_session: Session, _operation: Operation, agent: Record) -> Outcome:
    return Outcome(agent.status)


def _write(session: Session, operation: Operation, agent: Record) -> Outcome:
    """What a PUT or PATCH asked for, already merged and checked."""
    profile = operation.payload["profile"]
    name = agents.fold(profile["name"])
    other = records.named(session.db, agents.AGENT, name)
    if other is not None and other.id != agent.id:
        return failed("profile.name: An AI agent with this name already exists")
    new = replace(agent, name=name, document={**agent.document, "profile": profile})
    return Outcome(records.save(session.db, session.now(), new).status)


def _set(status: str) -> Callable[[Session, Operation, Record], Outcome]:
    def act(session: Session, _operation: Operation, agent: Record) -> Outcome:
        if status == INACTIVE and agent.status != ACTIVE:
            return failed(f"The AI agent is {agent.status}")
        return Outcome(records.save(session.db, session.now(), replace(agent, status=status)).status)

    return act


def _delete(session: Session, _operation: Operation, agent: Record) -> Outcome:
    """With its keys, its connections and the links that lead from or to it."""
    if agent.status != INACTIVE:
        return failed(f"The AI agent is {agent.status}")
    delegation.forget(session.db, agents.orn(session.org, agent.id))
    records.remove(session.db, agent.id)
    return Outcome("DELETED")


_EFFECTS: Mapping[str, Callable[[Session, Operation, Record], Outcome]] = {
    "agent-register": _register,
    "agent-replace": _write,
    "agent-patch": _write,
    "agent-delete": _delete,
    "agent-activate": _set(ACTIVE),
    "agent-deactivate": _set(INACTIVE),
}
