"""Whether an MCP server can be connected, and how (okta-api §3.6)."""

import sqlite3

from . import attachments, client_settings, custom_parts, verdicts
from .attachments import OKTA, Attachment


def offers_xaa(db: sqlite3.Connection, server_id: str) -> bool:
    return any(_offers_xaa(db, row) for row in attachments.of_server(db, server_id))


def offers_anything(db: sqlite3.Connection, server_id: str) -> bool:
    """XAA or STS, by at least one of its rows."""
    return any(
        _offers_xaa(db, row) or verdicts.offers_sts(row, has_settings=client_settings.are_bound(db, row))
        for row in attachments.of_server(db, server_id)
    )


def _offers_xaa(db: sqlite3.Connection, row: Attachment) -> bool:
    allows = row.type == OKTA and custom_parts.allows_jwt_bearer(db, row.id)
    return verdicts.offers_xaa(row, allows_jwt_bearer=allows)
