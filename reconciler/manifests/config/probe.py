"""What the readiness checks may ask, and what they decide."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reconciler.core.spec import Strict
from reconciler.manifests.config.values import Contact, HostPattern, InsidePath, NetworkRange, Port


class ProbeSettings(Strict):
    """What the readiness checks may ask, besides public addresses over https on ports 443 and 8443.

    A run with --untrusted takes none of this from the file, since the file may be part of what is not trusted.
    """

    allow_loopback: bool = False
    """true: this machine may be asked, over http too and on any port. For local development."""
    allow_private_ranges: tuple[NetworkRange, ...] = Field(default=(), examples=[["10.20.0.0/16"]])
    """Private address ranges that may be asked."""
    allow_ports: tuple[Port, ...] = Field(default=(), examples=[[9443]])
    """More ports that may be asked over https."""
    allow_hosts: Annotated[tuple[HostPattern, ...], Field(min_length=1)] | None = Field(
        default=None, examples=[["mcp.example.com", "*.example.net"]]
    )
    """The only hosts that may be asked; without it, any."""
    contact: Contact | None = Field(default=None, examples=["https://example.com/mcp-team"])
    """Where the owner of an endpoint can ask about the probes; part of every request."""
    ca_file: InsidePath | None = Field(default=None, examples=["certificates/internal.pem"])
    """PEM file with the certificate authorities to trust instead of the public ones."""
    gate: Literal["off", "activate", "plan"] | None = None
    """What readiness decides. `activate`: an MCP server is asked again right before its activation, and not activated
    while it is not ready; everything else is applied. `plan`: besides, a plan that would activate one that is not
    ready cannot be applied. `off`: nothing is asked. Default: `activate`, and `off` for an embedded organisation."""
    unobserved: Literal["allow", "refuse"] = "allow"
    """What it means for the gate that a server could not be observed from here."""
    vantage: Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]*[!-~])?$", max_length=63)] = Field(
        default="here", examples=["the CI runner"]
    )
    """Where the questions are asked from, as findings call it."""
    cache: bool = True
    """false: ask everything anew in every run, whatever `Cache-Control` allows."""
