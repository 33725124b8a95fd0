"""Ids, ORNs (okta-api §1.1) and timestamps."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .organisation import Organisation

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 20
_DRIFTED = {"authorization_servers": "authorization-servers", "client_auth_settings": "client-auth-settings"}


def mint(prefix: str) -> str:
    """Twenty characters that begin with the prefix of the kind."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - len(prefix)))


def mint_operation() -> str:
    return f"op-{secrets.token_hex(4)}"


def orn(org: Organisation, service: str, tail: str) -> str:
    """Spelled as documented, or in the other ways that were seen (okta-api §5 quirk 17)."""
    if org.switches["orn-spelling"] == "drifted":
        kind, _, name = tail.partition(":")
        return f"orn:oktapreview:{service}:{org.id}:{_DRIFTED.get(kind, kind)}:{name.replace('oidc_client:', 'oidc:')}"
    return f"orn:okta:{service}:{org.id}:{tail}"


def mcp_server_orn(org: Organisation, server_id: str) -> str:
    return orn(org, "directory", f"resource-servers:mcp:{server_id}")


def authorization_server_orn(org: Organisation, server_id: str) -> str:
    """Of a custom one (`aus`) and, by analogy, of an external one (`eas`)."""
    return orn(org, "idp", f"authorization_servers:{server_id}")


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
