"""What may be written under `spec:` of a DelegationLink."""

from typing import Literal

from pydantic import ConfigDict, Field

from reconciler.core.address import Address
from reconciler.core.spec import Name, Strict

_USUAL: Literal["ACCESS_TOKEN"] = "ACCESS_TOKEN"


class Delegator(Strict):
    """Who got the token that is exchanged. Exactly one of these."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [name]} for name in ("agent", "app", "oauthClient")]}
    )

    agent: Name | None = Field(default=None, examples=["support"])
    """Name of the AiAgent document."""
    app: Name | None = None
    """Name of the ClientApp document."""
    oauth_client: Name | None = None
    """Name of the McpOAuthClient document, where another MCP server passes its token on."""


class DelegationLinkSpec(Strict):
    """A delegation link (id `dlk…`): an MCP server, as OAuth client, may exchange the tokens of somebody.

    Nothing of it can change in place: every difference is a replace.
    """

    from_: Delegator = Field(alias="from", examples=[{"agent": "support"}])
    """Who got the token that is exchanged."""
    token_type: Literal["ACCESS_TOKEN", "ID_TOKEN"] = _USUAL
    """Which of its tokens."""
    to: Name = Field(examples=["jira"])
    """Name of the McpOAuthClient document of the MCP server that exchanges it."""


def delegator(spec: DelegationLinkSpec) -> Address | None:
    """The document of who got the token; None where not exactly one is named."""
    said = spec.from_
    named = (("AiAgent", said.agent), ("ClientApp", said.app), ("McpOAuthClient", said.oauth_client))
    found = [Address(kind, name) for kind, name in named if name is not None]
    return found[0] if len(found) == 1 else None


def target(spec: DelegationLinkSpec) -> Address:
    """The document of the client that exchanges it."""
    return Address("McpOAuthClient", spec.to)


def references(spec: DelegationLinkSpec) -> tuple[Address, ...]:
    """Both ends."""
    one = delegator(spec)
    return (target(spec),) if one is None else (one, target(spec))
