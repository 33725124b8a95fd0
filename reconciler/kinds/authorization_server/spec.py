"""What may be written under `spec:` of an AuthorizationServer."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reconciler.core.spec import Description, HttpsUrl, Label, ScopeToken, Strict

OktaGrant = Literal[
    "authorization_code",
    "client_credentials",
    "implicit",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]


class Scope(Strict):
    """A scope of an Okta custom authorization server. System scopes (openid, profile …) are Okta's and not listed."""

    name: ScopeToken = Field(examples=["issues:read"])
    """The scope token as clients request it."""
    display_name: Label | None = None
    """Name shown on the consent page."""
    description: Description | None = None
    """What the scope allows, shown on the consent page."""
    consent: Literal["IMPLICIT", "REQUIRED", "FLEXIBLE"] | None = None
    """Whether users are asked to consent."""
    metadata_publish: Literal["NO_CLIENTS", "ALL_CLIENTS"] | None = None
    """Whether the public metadata document lists the scope."""
    default: bool | None = None
    """Whether a request without scopes gets it."""


class Rule(Strict):
    """A rule of an access policy: which grants may obtain which scopes, and for how long."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """Name, unique in its policy."""
    grant_types: Annotated[tuple[OktaGrant, ...], Field(min_length=1)]
    """Grants the rule allows; XAA needs urn:ietf:params:oauth:grant-type:jwt-bearer."""
    scopes: Annotated[tuple[ScopeToken | Literal["*"], ...], Field(min_length=1)] = ("*",)
    """Scopes the rule allows; `*` for all."""
    access_token_lifetime_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    """Lifetime of access tokens, in minutes."""
    refresh_token_lifetime_minutes: Annotated[int, Field(ge=0, le=2_628_000)] | None = None
    """Lifetime of refresh tokens, in minutes; 0 for no end."""
    refresh_token_window_minutes: Annotated[int, Field(ge=10, le=2_628_000)] | None = None
    """How long a refresh token may lie unused, in minutes."""


class AccessPolicy(Strict):
    """An access policy: who may obtain tokens, under which rules."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """Name, unique in its authorization server."""
    description: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    """What the policy is for. Okta demands one; the name stands in where it is left out."""
    clients: Annotated[tuple[str, ...], Field(min_length=1)] = ("ALL_CLIENTS",)
    """Client ids the policy applies to, or `ALL_CLIENTS`."""
    rules: tuple[Rule, ...] = ()
    """Rules, the first that matches decides."""


class OktaAuthorizationServer(Strict):
    """An Okta custom authorization server (id `aus…`). It gives XAA."""

    type: Literal["okta"]
    """`okta`: a custom authorization server of the organisation."""
    managed: bool = True
    """false: somebody else owns it; it is read and used, never written. Needs `id`."""
    id: Annotated[str, StringConstraints(pattern=r"^(aus[A-Za-z0-9]{10,40}|default)$")] | None = None
    """Id of the existing server, only with `managed: false`."""
    display_name: Label | None = Field(default=None, examples=["Agents"])
    """Name in Okta, under which it is found again. Needed when managed."""
    description: Description | None = None
    """What it is for."""
    audience: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = Field(
        default=None, examples=["api://agents"]
    )
    """The audience of its access tokens; Okta supports exactly one. Needed when managed."""
    rotation_mode: Literal["AUTO", "MANUAL"] | None = None
    """Who rotates its signing keys: Okta by itself, or an administrator. Leave out to not manage it."""
    scopes: tuple[Scope, ...] | None = None
    """Its own scopes; a scope that is not listed is removed. Leave out to not manage scopes."""
    access_policies: tuple[AccessPolicy, ...] | None = None
    """Its access policies; one that is not listed is removed. Leave out to not manage them."""


class StaticOAuth(Strict):
    """Facts about an external authorization server that its metadata does not say, or should say."""

    authorization_endpoint: HttpsUrl | None = Field(default=None, examples=["https://auth.example.com/authorize"])
    """RFC 6749 authorization endpoint."""
    token_endpoint: HttpsUrl | None = Field(default=None, examples=["https://auth.example.com/token"])
    """RFC 6749 token endpoint."""
    grant_types: Annotated[tuple[Literal["authorization_code", "refresh_token"], ...], Field(min_length=1)] | None = (
        None
    )
    """Grants it supports, as far as Okta uses them."""
    token_endpoint_auth_methods: (
        Annotated[
            tuple[
                Literal[
                    "client_secret_basic",
                    "client_secret_post",
                    "client_secret_jwt",
                    "private_key_jwt",
                    "none",
                ],
                ...,
            ],
            Field(min_length=1),
        ]
        | None
    ) = None
    """How clients authenticate at its token endpoint."""
    pkce: Literal["advertised", "asserted", "none"] | None = None
    """Whether it supports PKCE with S256 (RFC 7636): says so itself, does so silently, or does not."""
    resource_parameter: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = Field(
        default=None, examples=["omit"]
    )
    """What it makes of `resource` (RFC 8707): `send` it, `omit` it, or the one value that it takes."""
    issuer_match: (
        Annotated[str, StringConstraints(pattern=r"^(exact|root_slash|pinned:https://\S+)$", max_length=2048)] | None
    ) = Field(default=None, examples=["pinned:https://login.example.com"])
    """How the issuer in its metadata agrees with `issuer`: `exact`, but for a slash at the root (`root_slash`), or not
    at all, because it is known to be another one (`pinned:` and that one). It is compared in any case (RFC 8414
    section 3.3).
    """
    accept_json: bool | None = None
    """true: its token endpoint answers in JSON only to those who ask for it."""
    source: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = None
    """Where these facts were taken from: a URL or a sentence."""
    review_by: date | None = Field(default=None, examples=["2027-01-31"])
    """Day (YYYY-MM-DD) after which they have to be looked at again."""


class ExternalAuthorizationServer(Strict):
    """An authorization server of somebody else (id `eas…`). It gives STS, and XAA where its metadata says so."""

    type: Literal["external"]
    """`external`: not an Okta custom authorization server of this organisation."""
    issuer: HttpsUrl = Field(examples=["https://auth.example.com"])
    """Its issuer identifier (RFC 8414 section 2), letter by letter."""
    discovery: Literal["auto", "static"] = "auto"
    """auto: Okta reads its metadata; static: `oauth` stands in where the provider publishes too little."""
    oauth: StaticOAuth | None = None
    """Static facts: a stand-in with `discovery: static`, an expectation with `auto`."""


AuthorizationServerSpec = Annotated[OktaAuthorizationServer | ExternalAuthorizationServer, Field(discriminator="type")]
