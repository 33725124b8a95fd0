"""From a live connection back to what an author would write: the inverse of `wire.to_document`."""

from collections.abc import Mapping

from reconciler.core.document import Document, without_none
from reconciler.core.kind import Loan
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record
from reconciler.kinds.agent_connection.wire import CUSTOM, EVERY, MCP, STS

_RESOURCES = {
    MCP: ("mcpServer", "McpServer"),
    CUSTOM: ("authorizationServer", "AuthorizationServer"),
    STS: ("clientRegistration", "ClientRegistration"),
}


def loans(record: Record) -> Mapping[str, Loan]:
    """The agent, what it is connected to, and the authorization server that takes the assertion."""
    live = record.document
    found = {"agent": Loan("AiAgent", live["agent"], {"id": live["agent"]})}
    if live.get("connectionType") in _RESOURCES:
        member, kind = _RESOURCES[live["connectionType"]]
        found[member] = Loan(kind, live["resource"], {"type": "OKTA", "id": live["resource"]})
    if "authorizationServer" in live:
        server = live["authorizationServer"]
        found["authorizationServer"] = Loan("AuthorizationServer", server, {"type": "OKTA", "id": server})
    return found


def to_spec(record: Record, names: Mapping[str, str]) -> Document:
    """The connection with what is not a default."""
    live = record.document
    return without_none(
        {
            "type": live.get("connectionType"),
            **names,
            "scopeCondition": live["scopeCondition"] if live["scopeCondition"] != EVERY else None,
            "scopes": live["scopes"] or None,
            "resourceIndicator": live.get("resourceIndicator") if live.get("connectionType") == CUSTOM else None,
            "state": None if record.state is State.ACTIVE else "inactive",
        }
    )
