"""What may be written under `spec:` of a ClientRegistration."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reconciler.core.address import Address
from reconciler.core.spec import Label, Name, ScopeToken, SecretSource, Strict


class ClientSecret(SecretSource):
    """Where the client secret is found, and how often it was renewed; never the secret."""

    generation: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Count it up when the secret behind the place is a new one: that is what makes a plan write it."""


class ClientRegistrationSpec(Strict):
    """How Okta, acting for agents, is known as a client to an external authorization server (id `rsc…`)."""

    mcp_server: Name = Field(examples=["jira"])
    """Name of the McpServer document that agents reach with it."""
    authorization_server: Name = Field(examples=["atlassian"])
    """Name of the external AuthorizationServer document that knows the client; one of those of the MCP server."""
    registration: Literal["static", "dynamic"] = "static"
    """static: the client was registered by hand; dynamic: Okta registers itself (RFC 7591). A change is a replace."""
    client_id: Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]+$", max_length=255)] | None = Field(
        default=None, examples=["Iv1.8a61f9b3a7aba766"]
    )
    """The client id that the authorization server gave. Needed with `static` unless `app` is written."""
    app: Name | None = Field(default=None, examples=["jira-client"])
    """Name of the ClientApp document whose client id and secret it is, where the client is an app in Okta."""
    client_secret: ClientSecret | None = Field(default=None, examples=[{"fromEnv": "JIRA_CLIENT_SECRET"}])
    """The client secret, by reference. Needed with `static`."""
    scopes: Annotated[tuple[ScopeToken, ...], Field(min_length=1)] | Literal["all"] = "all"
    """Scopes that users are asked to consent to; `all` leaves them to what the MCP server says it supports."""
    display_name: Label | None = Field(default=None, examples=["Jira"])
    """Name in Okta. Default: the name of the document."""


def references(spec: ClientRegistrationSpec) -> tuple[Address, ...]:
    """The MCP server, the authorization server and the app."""
    found = (Address("AuthorizationServer", spec.authorization_server), Address("McpServer", spec.mcp_server))
    return found if spec.app is None else (*found, Address("ClientApp", spec.app))
