"""What may be written under `spec:` of an McpServer."""

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.address import Address
from reconciler.core.spec import Description, HttpsUrl, Label, Name, Strict


class McpServerSpec(Strict):
    """An MCP server that AI agents may reach, as Okta registers it (id `ems…`)."""

    resource_url: HttpsUrl = Field(examples=["https://mcp.example.com/mcp"])
    """The server's URL and identity. It cannot change in place: a new URL is a replace."""
    display_name: Label | None = Field(default=None, examples=["Jira"])
    """Name that people see in Okta."""
    description: Description | None = Field(default=None, examples=["Issues and projects"])
    """What agents can do with it."""
    authorization_servers: tuple[Name, ...] = Field(min_length=1, examples=[["corp"]])
    """Names of the AuthorizationServer documents that protect it; at least one must offer XAA or STS."""
    state: Literal["active", "inactive"] = "active"
    """Whether agents may connect."""
    requires: Annotated[tuple[Literal["xaa", "sts"], ...], Field(min_length=1)] = ("xaa", "sts")
    """Capabilities of which at least one must be offered. Default: either."""
    auth: Literal["required", "lazy", "open"] = "required"
    """How the server treats a request without a token: refuses each, refuses at the first tool call, or answers."""
    protect: bool = False
    """true: a plan that would delete, replace or deactivate the server is refused."""
    revalidate: Literal["nudge", "reregister"] = "nudge"
    """What to do when Okta calls the server INVALID: ask for a new look, or delete and register it again."""


def references(spec: McpServerSpec) -> tuple[Address, ...]:
    """The authorization servers that protect the server, in the author's order."""
    return _named(spec.authorization_servers)


@lru_cache(maxsize=1 << 14)
def _named(names: tuple[str, ...]) -> tuple[Address, ...]:
    """Kept, since each server of thousands is asked several times, and most share their authorization servers."""
    return tuple(Address("AuthorizationServer", name) for name in names)
