"""Where an environment's organisation is, and how this program shows it who it is."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.spec import SecretSource, Strict
from reconciler.manifests.config.values import InsidePath, OrgUrl


class OktaAuth(Strict):
    """How this program shows the organisation who it is."""

    api_token: SecretSource
    """An Okta API token (SSWS)."""


class RateLimit(Strict):
    """How much of the organisation's rate limits this program may use."""

    headroom: Annotated[float, Field(ge=0, le=0.95, examples=[0.5])] = 0.4
    """Share of each limit that is left to the organisation's other clients."""
    concurrency: Annotated[int, Field(ge=1, le=1000, examples=[35])] = 75
    """Requests that the organisation takes at the same time; 35 on small tiers."""


class EmbeddedTarget(Strict):
    """The Okta emulator in this package: no network, no tenant."""

    type: Literal["embedded"]
    """`embedded`: the emulator, in this process."""
    state: InsidePath = ".reconciler/okta.sqlite"
    """File in which it keeps its state."""
    switches: dict[str, str] = Field(default={}, examples=[{"landing-state": "ACTIVE"}])
    """Behaviours of the organisation to imitate."""


class OktaTarget(Strict):
    """An Okta organisation."""

    type: Literal["okta"]
    """`okta`: an organisation over https."""
    org_url: OrgUrl = Field(examples=["https://acme.okta.com"])
    """Scheme and host of the organisation."""
    auth: OktaAuth
    """The credential, by reference."""
    rate_limit: RateLimit = RateLimit()
    """How much of the organisation's rate limits may be used."""
