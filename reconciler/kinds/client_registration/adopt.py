"""From live client auth settings back to what an author would write: the inverse of `wire.to_document`."""

import re
from collections.abc import Mapping

from reconciler.core.document import Document, without_none
from reconciler.core.kind import Loan
from reconciler.core.resources import Record

_NO_WORD = re.compile(r"[^A-Z0-9]+")
_HOLDERS = {"mcpServer": "McpServer", "authorizationServer": "AuthorizationServer"}


def loans(record: Record) -> Mapping[str, Loan]:
    """The MCP server, and the row of it that knows the client."""
    live = record.document
    return {
        member: Loan(kind, live[member], {"type": "EXTERNAL", "id": live[member]})
        for member, kind in _HOLDERS.items()
        if member in live
    }


def to_spec(record: Record, names: Mapping[str, str]) -> Document:
    """The registration; its secret cannot be read back, so somebody has to put it where the reference says."""
    live = record.document
    is_static = live["registration"] == "static"
    return without_none(
        {
            **{member: names.get(member) for member in _HOLDERS},
            "registration": None if is_static else live["registration"],
            "clientId": live.get("clientId"),
            "clientSecret": {"fromEnv": _variable(live)} if is_static else None,
            "scopes": live.get("scopes") or None,
            "displayName": live.get("name"),
        }
    )


def _variable(live: Document) -> str:
    """The environment variable that is to hold the secret, called after the registration."""
    told = _NO_WORD.sub("_", str(live.get("name") or live.get("clientId") or "").upper()).strip("_")
    return f"CLIENT_SECRET_{told}".rstrip("_")[:255]
