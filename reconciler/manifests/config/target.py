"""Where an environment's organisation is, and how this program shows it who it is."""

from typing import Literal

from pydantic import Field

from reconciler.core.spec import Strict
from reconciler.manifests.config.values import InsidePath, OrgUrl, SecretSource


class OktaAuth(Strict):
    """How this program shows the organisation who it is."""

    api_token: SecretSource
    """An Okta API token (SSWS)."""


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
