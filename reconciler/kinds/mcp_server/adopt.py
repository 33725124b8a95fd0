"""From a live MCP server back to what an author would write: the inverse of `wire.to_document`."""

from collections.abc import Mapping

from reconciler.core.document import Document, without_none
from reconciler.core.kind import Loan
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record


def to_spec(record: Record, names: Mapping[str, str]) -> Document:
    """The server with its names and its authorization servers; whatever is not ACTIVE is wished inactive."""
    live = record.document
    return without_none(
        {
            "resourceUrl": live["resourceUrl"],
            "displayName": live.get("displayName") or None,
            "description": live.get("description") or None,
            "authorizationServers": sorted({names[key] for key in live["authorizationServers"]}),
            "state": None if record.state is State.ACTIVE else "inactive",
        }
    )


def loans(record: Record) -> Mapping[str, Loan]:
    """Its rows. Where Okta discovers them, only the issuer is an author's to say."""
    by_hand = record.facts.get("discoveryType") == "MANUAL"
    ids = {row["key"]: row["id"] for row in record.facts["rows"]}
    return {
        key: Loan("AuthorizationServer", key, row if by_hand else _discovered(row), ids[key])
        for key, row in record.document["authorizationServers"].items()
    }


def _discovered(row: Document) -> Document:
    return {member: row[member] for member in ("type", "issuer", "id") if member in row}
