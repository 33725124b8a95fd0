"""Which state follows from what is known (okta-api §3.1, §3.2, §3.5). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from .attachments import EXTERNAL, OKTA, Attachment, endpoints
from .servers import MANUAL, Server

ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_VERIFIED = frozenset({"ACTIVE", "INACTIVE"})


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches that a verdict depends on."""

    landing_state: str
    attached_landing: str
    keeps_pending: bool


def attached_status(row: Attachment, server: Server, proven: str, rules: Rules) -> str:
    """The state of a row; `proven` is what verification gave: ACTIVE, INACTIVE or INVALID (okta-api §3.2)."""
    if not row.advertised:
        return "INACTIVE"
    if proven == "INACTIVE":  # a custom authorization server that was switched off
        return "INACTIVE" if row.status in _VERIFIED else "INVALID"
    if proven == "ACTIVE" and rules.attached_landing == "INACTIVE" and row.status != "ACTIVE":
        return "ACTIVE" if server.status == "ACTIVE" else "INACTIVE"
    if proven == "INVALID" and rules.keeps_pending and row.status == "PENDING":
        return "PENDING"
    return proven


def server_status(server: Server, rows: Sequence[Attachment], rules: Rules) -> str:
    """The state that an MCP server has after its rows or its metadata changed.

    ACTIVE is never reached from INVALID (okta-api §3.1, edge 10), and a manual server without rows waits.
    """
    counted = [row for row in rows if row.advertised]
    if _is_broken(server, counted):
        if server.status == "PENDING" and (rules.keeps_pending or (server.discovery == MANUAL and not counted)):
            return "PENDING"
        return "INVALID"
    if not any(row.status in _VERIFIED for row in counted):
        return server.status
    return {"PENDING": rules.landing_state, "INVALID": "INACTIVE"}.get(server.status, server.status)


def _is_broken(server: Server, counted: Sequence[Attachment]) -> bool:
    """The causes of INVALID (okta-api §3.5): bad metadata, no authorization server, none that is valid."""
    if server.discovery != MANUAL and server.prm_ok is False:
        return True
    return all(row.status == "INVALID" for row in counted)


def offers_xaa(row: Attachment, *, allows_jwt_bearer: bool) -> bool:
    """Whether a row supports cross-app access: its own rules allow it, or a stranger says so (okta-api §3.6)."""
    if row.status != "ACTIVE" or not row.advertised:
        return False
    return allows_jwt_bearer if row.type == OKTA else _offers_chaining(row)


def offers_sts(row: Attachment, *, has_settings: bool) -> bool:
    """Whether tokens of a stranger can be had for an agent: endpoints, the code grant, settings (okta-api §3.6)."""
    is_usable = row.type == EXTERNAL and row.status == "ACTIVE" and row.advertised
    return is_usable and has_settings and _offers_code(row)


def _offers_chaining(row: Attachment) -> bool:
    return ID_JAG in (row.detected or {}).get("identityChainingRequestedTokenTypesSupported", ())


def _offers_code(row: Attachment) -> bool:
    known = endpoints(row)
    has_endpoints = "authorizationEndpoint" in known and "tokenEndpoint" in known
    return has_endpoints and "authorization_code" in known.get("grantTypesSupported", ())
