"""The System Log: every change of the organisation as an event (okta-api §3, event types)."""

import json
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .identifiers import timestamp

MCP_SERVER = "resource_servers.mcp_server"
ATTACHED = "resource_servers.mcp_server.auth_server"

_ADMINISTRATOR = {
    "id": "00uEmulatorAdmin0001",
    "type": "User",
    "alternateId": "administrator@example.com",
    "displayName": "Administrator of the emulator",
}
_SYSTEM = {
    "id": "unknown",
    "type": "SystemPrincipal",
    "alternateId": "system@okta.com",
    "displayName": "Okta System",
}


@dataclass(frozen=True, slots=True)
class Target:
    id: str
    type: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or was refused: then `failure` says why."""

    type: str
    target: Target
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None
    by_system: bool = False
    debug: Mapping[str, str] = field(default_factory=dict)


def record(db: sqlite3.Connection, now: float, event: Event) -> None:
    db.execute(
        "INSERT INTO log_events(published, type, document) VALUES(?,?,?)",
        (now, event.type, json.dumps(_document(now, event))),
    )


def _document(now: float, event: Event) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid4()),
        "published": timestamp(now),
        "eventType": event.type,
        "version": "0",
        "severity": "INFO" if event.failure is None else "WARN",
        "displayMessage": event.type.rpartition(".")[2].replace("_", " "),
        "actor": _SYSTEM if event.by_system else _ADMINISTRATOR,
        "outcome": {"result": "SUCCESS"} if event.failure is None else {"result": "FAILURE", "reason": event.failure},
        "target": [_target(event)],
        "debugContext": {"debugData": _debug(event)},
    }


def _target(event: Event) -> dict[str, Any]:
    name = event.target.name
    said: dict[str, Any] = {"id": event.target.id, "type": event.target.type, "displayName": name}
    if event.before != event.after:
        said["changeDetails"] = {"from": dict(event.before), "to": dict(event.after)}
    return said


def _debug(event: Event) -> dict[str, str]:
    return {**event.debug, **({"error_message": event.failure} if event.failure else {})}
