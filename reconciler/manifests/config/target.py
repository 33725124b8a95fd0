"""Where an environment's organisation is, and how this program shows it who it is."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from reconciler.core.spec import SecretSource, Strict, fault
from reconciler.manifests.config.rules import CREDENTIAL
from reconciler.manifests.config.values import InsidePath, OrgUrl


class ServiceApp(Strict):
    """A service app (API Services) of the organisation, which gets access tokens for what it signs."""

    client_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]+$", min_length=6, max_length=100)] = Field(
        examples=["0oa1gjh63g214q0Hq0g4"]
    )
    """Client id of the app."""
    private_key: SecretSource
    """Private key whose public half the app knows: PEM or JWK, RSA or EC."""
    passphrase: SecretSource | None = None
    """Passphrase of a key that is encrypted."""
    key_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None, examples=["ci-2026"]
    )
    """Id (`kid`) of the key in the app. Without it, the one that the JWK names."""
    dpop: Literal["auto", "required", "never"] = "auto"
    """Whether access tokens are bound to a key of this process (DPoP): when the app demands it, always, or never."""


class OktaAuth(Strict):
    """How this program shows the organisation who it is."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["apiToken"]}, {"required": ["serviceApp"]}]})

    api_token: SecretSource | None = None
    """An Okta API token (SSWS)."""
    service_app: ServiceApp | None = None
    """A service app; recommended where a program acts, such as CI."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.api_token is None) == (self.service_app is None):
            raise fault(CREDENTIAL, "It needs one of `apiToken` and `serviceApp`.")
        return self


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
    rate_limit: RateLimit = RateLimit.model_construct()
    """How much of the organisation's rate limits may be used."""
