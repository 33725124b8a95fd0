"""What may be written under `spec:` of an AgentConnection."""

from typing import Annotated, Literal, assert_never

from pydantic import Field

from reconciler.core.address import Address
from reconciler.core.spec import HttpsUrl, Name, ScopeToken, Strict


class _Connection(Strict):
    """What every connection of an agent has."""

    agent: Name = Field(examples=["support"])
    """Name of the AiAgent document."""
    scope_condition: Literal["ALL_SCOPES", "INCLUDE_ONLY", "EXCLUDE"] = "ALL_SCOPES"
    """Which scopes the agent may ask for: all, only `scopes`, or all but `scopes`."""
    scopes: tuple[ScopeToken, ...] = ()
    """The scopes that `scopeCondition` speaks of; none with ALL_SCOPES."""
    state: Literal["active", "inactive"] = "active"
    """Whether the agent may use it."""


class McpServerConnection(_Connection):
    """An agent that reaches an MCP server by XAA: it shows an identity assertion to an authorization server."""

    type: Literal["IDENTITY_ASSERTION_MCP_SERVER"]
    """XAA to an MCP server."""
    mcp_server: Name = Field(examples=["jira"])
    """Name of the McpServer document."""
    authorization_server: Name | None = None
    """Which of the server's authorization servers takes the assertion. Needed where more than one offers XAA."""


class CustomServerConnection(_Connection):
    """An agent that gets tokens of an Okta custom authorization server by XAA, whatever these are for."""

    type: Literal["IDENTITY_ASSERTION_CUSTOM_AS"]
    """XAA to a custom authorization server."""
    authorization_server: Name = Field(examples=["agents"])
    """Name of the AuthorizationServer document, of type okta."""
    resource_indicator: HttpsUrl | None = None
    """The resource that tokens are for (RFC 8707), where it is not the audience. Leave out to not manage it."""


class TokenServiceConnection(_Connection):
    """An agent that gets tokens of an external authorization server through Okta, with the consent of its users."""

    type: Literal["STS_ACCESS_TOKEN"]
    """STS through a client registration."""
    client_registration: Name = Field(examples=["jira"])
    """Name of the ClientRegistration document."""


Spec = McpServerConnection | CustomServerConnection | TokenServiceConnection
AgentConnectionSpec = Annotated[Spec, Field(discriminator="type")]


def resource_of(spec: Spec) -> Address:
    """The document of what the agent is connected to."""
    match spec:
        case McpServerConnection():
            return Address("McpServer", spec.mcp_server)
        case CustomServerConnection():
            return Address("AuthorizationServer", spec.authorization_server)
        case TokenServiceConnection():
            return Address("ClientRegistration", spec.client_registration)
        case _:
            assert_never(spec)


def references(spec: Spec) -> tuple[Address, ...]:
    """The agent, what it is connected to, and the authorization server that was chosen."""
    found = (Address("AiAgent", spec.agent), resource_of(spec))
    if isinstance(spec, McpServerConnection) and spec.authorization_server:
        return (*found, Address("AuthorizationServer", spec.authorization_server))
    return found
