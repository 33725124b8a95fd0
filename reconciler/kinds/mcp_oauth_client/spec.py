"""What may be written under `spec:` of an McpOAuthClient."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from reconciler.core.address import Address
from reconciler.core.document import Document, canonical
from reconciler.core.spec import Name, Strict

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""The members of a key that only its owner may know (RFC 7518 section 6)."""
REQUIRED: Mapping[str, tuple[str, ...]] = {"RSA": ("e", "n"), "EC": ("crv", "x", "y")}
"""The members that make up a public key, by type (RFC 7638 section 3.2)."""

_Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=2048)]


def thumbprint_of(jwk: Document) -> str:
    """SHA-256 over what makes up a key, as base64url (RFC 7638); empty for what is no whole key of a known type."""
    members = REQUIRED.get(jwk.get("kty", ""), ())
    if not members or any(name not in jwk for name in members):
        return ""
    needed = {name: jwk[name] for name in ("kty", *members)}
    digest = hashlib.sha256(canonical(needed).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class PublicKey(Strict):
    """A public JSON Web Key (RFC 7517). Members that are not listed here are allowed, as the RFC demands, and not sent;
    a private one is an error.
    """

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"not": {"anyOf": [{"required": [member]} for member in PRIVATE]}}
    )

    kty: Literal["RSA", "EC"]
    """Type of the key."""
    kid: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", max_length=255)] | None = Field(
        default=None, examples=["2026-11"]
    )
    """Name of the key, unique in the client. Default: its thumbprint (RFC 7638)."""
    use: Literal["sig"] | None = None
    """What it is for: signatures."""
    alg: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$", max_length=32)] | None = None
    """The algorithm that it is used with, such as ES256."""
    n: _Number | None = None
    """Modulus of an RSA key, 2048 bits or more."""
    e: _Number | None = None
    """Exponent of an RSA key."""
    crv: Literal["P-256", "P-384", "P-521"] | None = None
    """Curve of an EC key."""
    x: _Number | None = None
    """First coordinate of an EC key."""
    y: _Number | None = None
    """Second coordinate of an EC key."""

    @property
    def thumbprint(self) -> str:
        """SHA-256 over what makes up the key, as base64url (RFC 7638)."""
        return thumbprint_of(self.model_dump(exclude_none=True))

    @property
    def name(self) -> str:
        """Under which name the key is registered."""
        return self.kid or self.thumbprint

    def to_json(self) -> Document:
        """The key as it is registered: nothing but what this model lists."""
        return self.model_dump(exclude_none=True, exclude=set(self.model_extra or ())) | {"kid": self.name}


class Key(Strict):
    """A public key of the client."""

    public_key: PublicKey
    """The key. It cannot change in place: another key needs another `kid`."""
    state: Literal["active", "inactive"] = "active"
    """Whether assertions that are signed with it are taken."""


class McpOAuthClientSpec(Strict):
    """An MCP server as OAuth client (id `wlp…`): it exchanges tokens for those of others, and shows itself by a key."""

    mcp_server: Name = Field(examples=["jira"])
    """Name of the McpServer document. A server is at most one client."""
    keys: Annotated[tuple[Key, ...], Field(min_length=1)] | None = None
    """Its public keys, at least one of them active. A key that this tool has registered and that is not listed any more
    is deactivated and removed; to renew one, list the new key beside the old one for a while. Leave out to not manage
    keys.
    """


def references(spec: McpOAuthClientSpec) -> tuple[Address, ...]:
    """The MCP server."""
    return (Address("McpServer", spec.mcp_server),)
