"""AI agents (okta-api §1.7): the noun, its JSON, and the app that stands behind it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from . import apps, identifiers, records
from .errors import Cause, Refusal, not_found
from .records import Kind, Record

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/workload-principals/api/v1/ai-agents"
AGENT = Kind("wlp", "AIAgent")
AGENT_KEY = Kind("pks", "AIAgentKey")
STAGED = "STAGED"
KEPT_GRANTS = (apps.TOKEN_EXCHANGE, apps.JWT_BEARER)
_SHOWN = ("appId", "signOnProvider")


def get(db: sqlite3.Connection, agent_id: str) -> Record:
    return records.get(db, AGENT, agent_id)


def fold(name: str) -> str:
    """How names are compared: unique without case."""
    return name.casefold()


def orn(org: Organisation, agent_id: str) -> str:
    return identifiers.orn(org, "directory", f"workload-principals:ai-agents:{agent_id}")


def by_orn(org: Organisation, db: sqlite3.Connection, named: str) -> Record:
    found = records.seek(db, AGENT, named.rpartition(":")[2])
    if found is None or orn(org, found.id) != named:
        raise not_found(named, AGENT.noun)
    return found


def behind(db: sqlite3.Connection, app: Record) -> Record | None:
    """The agent that an app stands behind."""
    return next((agent for agent in records.every(db, AGENT) if agent.document.get("appId") == app.id), None)


def check_app_grants(db: sqlite3.Connection, app: Record, grants: Sequence[str]) -> None:
    """An agent's app keeps the grants that the agent lives on (okta-api §5 quirk 27)."""
    dropped = [one for one in KEPT_GRANTS if one in app.document["grant_types"] and one not in grants]
    if dropped and behind(db, app) is not None:
        text = f"grant_types: The app of an AI agent must keep {' and '.join(dropped)}"
        raise Refusal("E0000001", Cause(text, location="grant_types"), detail="grant_types")


def view(org: Organisation, agent: Record) -> dict[str, Any]:
    here = org.url(f"{PATH}/{agent.id}")
    links = org.url("/workload-principals/api/v1/delegation-links")
    query = {"filter": f'from.clientOrn eq "{orn(org, agent.id)}"'}
    verb = "deactivate" if agent.status == records.ACTIVE else "activate"
    profile = {key: value for key, value in agent.document["profile"].items() if value is not None}
    return {
        "id": agent.id,
        "orn": orn(org, agent.id),
        "status": agent.status,
        "profile": profile,
        **{key: agent.document[key] for key in _SHOWN if agent.document.get(key) is not None},
        **agent.times(),
        "_links": {
            "self": {"href": here},
            "connections": {"href": f"{here}/connections"},
            "delegation-links": {"href": f"{links}?{urlencode(query)}"},
            verb: {"href": f"{here}/lifecycle/{verb}", "hints": {"allow": ["POST"]}},
        },
    }
