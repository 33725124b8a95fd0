"""Operations (okta-api §2.4): what was asked for, when it is due, how it ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import identifiers
from .errors import not_found
from .servers import PATH as SERVERS

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/resource-servers/api/v1/operations"
PRINCIPALS_PATH = "/workload-principals/api/v1/operations"
_AGENTS = "/workload-principals/api/v1/ai-agents"
COMPLETED, FAILED = "COMPLETED", "FAILED"
_TYPES = {
    "register": "mcp-server:Register",
    "update": "mcp-server:Update",
    "delete": "mcp-server:Delete",
    "activate": "mcp-server:Activate",
    "deactivate": "mcp-server:Deactivate",
    "attach": "mcp-server-authorization-server:Create",
    "detach": "mcp-server-authorization-server:Delete",
    "agent-register": "ai-agent:Register",
    "agent-replace": "ai-agent:Replace",
    "agent-patch": "ai-agent:Patch",
    "agent-delete": "ai-agent:Delete",
    "agent-activate": "ai-agent:Activate",
    "agent-deactivate": "ai-agent:Deactivate",
}
_COLUMNS = (
    "id, verb, resource_id, attachment_id, payload, created, start_at, due_at, completed, status, resource_status,"
    " error, claim_owner"
)


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    verb: str
    resource_id: str
    attachment_id: str | None
    payload: Mapping[str, Any]
    created: float
    start_at: float
    due_at: float
    completed: float | None
    status: str | None
    """COMPLETED or FAILED; before that it follows from the clock."""
    resource_status: str | None
    error: Mapping[str, str] | None
    claim_owner: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended: the state that its resource has now, or why it failed."""

    resource_status: str | None = None
    error: Mapping[str, str] | None = None


def failed(message: str, code: str = "E0000001") -> Outcome:
    return Outcome(error={"code": code, "message": message})


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to which resource."""

    verb: str
    resource_id: str
    attachment_id: str | None = None
    payload: Mapping[str, Any] | None = None


def schedule(org: Organisation, db: sqlite3.Connection, order: Order) -> Operation:
    """Due after the delay of the settings; the first half of it is SCHEDULED, the second IN_PROGRESS."""
    now, delay = org.now(), org.settings.operation_delay
    operation_id = identifiers.mint_operation()
    while db.execute("SELECT 1 FROM operations WHERE id=?", (operation_id,)).fetchone():
        operation_id = identifiers.mint_operation()  # eight hex digits are few
    db.execute(
        "INSERT INTO operations(id, verb, resource_id, attachment_id, payload, created, start_at, due_at)"
        " VALUES(?,?,?,?,?,?,?,?)",
        (
            operation_id,
            order.verb,
            order.resource_id,
            order.attachment_id,
            json.dumps(order.payload or {}),
            now,
            now + delay / 2,
            now + delay,
        ),
    )
    found = seek(db, operation_id)
    assert found is not None
    return found


def seek(db: sqlite3.Connection, operation_id: str) -> Operation | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM operations WHERE id=?", (operation_id,)).fetchone()  # noqa: S608
    if row is None:
        return None
    said = dict(row)
    said["payload"] = json.loads(said["payload"])
    said["error"] = json.loads(said["error"]) if said["error"] else None
    return Operation(**said)


def get(org: Organisation, db: sqlite3.Connection, operation_id: str) -> Operation:
    """404 when unknown, and when finished for longer than the retention (okta-api §6 row 23)."""
    found = seek(db, operation_id)
    if found is None or (found.completed is not None and found.completed < forgotten_before(org)):
        raise not_found(operation_id, "Operation")
    return found


def page_of_agents(org: Organisation, db: sqlite3.Connection, after: int, limit: int) -> list[tuple[int, Operation]]:
    """The operations of the workload principals, each with its position (okta-api §2.4)."""
    rows = db.execute(
        "SELECT rowid, id FROM operations WHERE verb LIKE 'agent-%' AND rowid>? AND (completed IS NULL OR completed>=?)"
        " ORDER BY rowid LIMIT ?",
        (after, forgotten_before(org), limit),
    ).fetchall()
    return [(row["rowid"], found) for row in rows if (found := seek(db, row["id"])) is not None]


def forgotten_before(org: Organisation) -> float:
    return org.now() - org.switches.number("operation-retention")


def forget_old(org: Organisation, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM operations WHERE completed < ?", (forgotten_before(org),))


def finish(db: sqlite3.Connection, operation_id: str, now: float, outcome: Outcome) -> None:
    status = COMPLETED if outcome.error is None else FAILED
    error = json.dumps(outcome.error) if outcome.error else None
    db.execute(
        "UPDATE operations SET completed=?, status=?, resource_status=?, error=?, claim_owner=NULL WHERE id=?",
        (now, status, outcome.resource_status, error, operation_id),
    )


def location(org: Organisation, operation: Operation) -> dict[str, str]:
    return {"Location": org.url(_path(operation))}


def is_of_agent(operation: Operation) -> bool:
    """Whether it belongs to the family of workload principals; each family shows only its own."""
    return operation.verb.startswith("agent-")


def _path(operation: Operation) -> str:
    return f"{PRINCIPALS_PATH if is_of_agent(operation) else PATH}/{operation.id}"


def view(org: Organisation, operation: Operation) -> dict[str, Any]:
    status = _status(operation, org.now())
    said = {
        "id": operation.id,
        "type": _spelled(org, _TYPES[operation.verb]),
        "status": status,
        "created": identifiers.timestamp(operation.created),
        "started": identifiers.timestamp(operation.start_at) if status != "SCHEDULED" else None,
        "completed": identifiers.timestamp(operation.completed) if operation.completed is not None else None,
        "resource": _resource(org, operation) if status == COMPLETED else None,
        "errorDetails": operation.error,
        "_links": {"self": {"href": org.url(_path(operation))}},
    }
    return {key: value for key, value in said.items() if value is not None}


def _status(operation: Operation, now: float) -> str:
    if operation.status is not None:
        return operation.status
    return "SCHEDULED" if now < operation.start_at and operation.claim_owner is None else "IN_PROGRESS"


def _spelled(org: Organisation, word: str) -> str:
    """Row 1 of okta-api §6."""
    if org.switches["operation-type"] == "kebab":
        return word
    return word.replace("-", "_").replace(":", "_").upper()


def _resource(org: Organisation, operation: Operation) -> dict[str, Any]:
    path = f"{SERVERS}/{operation.resource_id}"
    kind, shown_id = "mcp_server", operation.resource_id
    if is_of_agent(operation):
        kind, path = "AI_AGENT", f"{_AGENTS}/{shown_id}"
    if operation.attachment_id is not None:
        kind, shown_id = "mcp_server_authorization_server", operation.attachment_id
        path = f"{path}/authorization-servers/{shown_id}"
    return {
        "id": shown_id,
        "type": _spelled(org, kind),
        "status": operation.resource_status,
        "_links": {"self": {"href": org.url(path)}},
    }
