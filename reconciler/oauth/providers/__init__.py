"""What is known about providers that deviate: a table as data, each row with its source and a date of review.

A row never overrides what a provider publishes about its capabilities; it explains and softens known deviations, and
says what to send. `read` is pure; only `load` opens the files of this folder.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from reconciler.core.noun import dataclass
from reconciler.core.url import host_of


class Provider(BaseModel):
    """One row. A provider is recognised by its issuer, or by the host of its issuer (with all subdomains)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    issuers: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    pkce: Literal["advertised", "asserted"] | None = None
    resource_parameter: Literal["send", "omit"] | None = None
    issuer_match: str | None = None
    """`exact`, `root_slash`, or `pinned:` and the issuer that its document carries."""
    accept_json: bool = False
    """Whether its token endpoint answers JSON only to those who ask for it."""
    scopeless: bool = False
    """Whether it works without any scope."""
    endpoint_hosts: tuple[str, ...] = ()
    """Hosts other than the issuer's that are known to carry its endpoints."""
    note: str
    source: str
    review_by: date

    def knows(self, issuer: str) -> bool:
        host = host_of(issuer)
        return issuer in self.issuers or any(host == known or host.endswith(f".{known}") for known in self.hosts)


@dataclass(frozen=True, slots=True)
class Providers:
    """The table, in the order in which rows are tried: a named issuer wins over a host."""

    rows: tuple[Provider, ...] = ()

    def of(self, issuer: str) -> Provider | None:
        """The row for an issuer, or None."""
        named = (row for row in self.rows if issuer in row.issuers)
        return next(named, None) or next((row for row in self.rows if row.knows(issuer)), None)


NO_QUIRKS = Providers()


def read(texts: dict[str, str]) -> Providers:
    """Read the table from the texts of its files, in the order of their names; raises pydantic's ValidationError."""
    return Providers(tuple(Provider.model_validate_json(texts[name]) for name in sorted(texts)))
