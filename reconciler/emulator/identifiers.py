"""Ids, ORNs (okta-api §1.1) and timestamps."""

import secrets
import string
from datetime import UTC, datetime

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 20


def mint(prefix: str) -> str:
    """Twenty characters that begin with the prefix of the kind."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - len(prefix)))


def mint_operation() -> str:
    return f"op-{secrets.token_hex(4)}"


def orn(org_id: str, service: str, tail: str) -> str:
    return f"orn:okta:{service}:{org_id}:{tail}"


def mcp_server_orn(org_id: str, server_id: str) -> str:
    return orn(org_id, "directory", f"resource-servers:mcp:{server_id}")


def authorization_server_orn(org_id: str, server_id: str) -> str:
    """Of a custom one (`aus`) and, by analogy, of an external one (`eas`)."""
    return orn(org_id, "idp", f"authorization_servers:{server_id}")


def timestamp(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds (okta-api §2.1)."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float | None:
    """The moment that an ISO 8601 text names, None when it names none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
