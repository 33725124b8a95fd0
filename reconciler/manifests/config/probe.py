"""What the readiness checks may ask."""

from typing import Annotated

from pydantic import Field

from reconciler.core.spec import Strict
from reconciler.manifests.config.values import Contact, HostPattern, InsidePath, NetworkRange, Port


class ProbeSettings(Strict):
    """What `reconciler probe` may ask, besides public addresses over https on ports 443 and 8443.

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
    cache: bool = True
    """false: ask everything anew in every run, whatever `Cache-Control` allows."""
