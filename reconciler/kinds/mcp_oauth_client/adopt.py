"""From a live client back to what an author would write: the inverse of `wire.to_document`."""

from collections.abc import Mapping

from reconciler.core.document import Document
from reconciler.core.kind import Loan
from reconciler.core.resources import Record


def loans(record: Record) -> Mapping[str, Loan]:
    """The MCP server that is the client."""
    return {"mcpServer": Loan("McpServer", record.document["mcpServer"], {})}


def to_spec(_record: Record, names: Mapping[str, str]) -> Document:
    """The client without keys: not every organisation shows them, so those that are there stay and are not managed."""
    return {"mcpServer": names["mcpServer"]}
