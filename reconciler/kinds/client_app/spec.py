"""What may be written under `spec:` of a ClientApp."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reconciler.core.spec import HttpsUrl, Strict

AppGrant = Literal[
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]


class ClientAppSpec(Strict):
    """An OAuth client app in Okta (id `0oa…`), for an authorization server that knows its clients from Okta.

    Okta makes its client id. Its secret belongs to the ClientRegistration that uses it.
    """

    label: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")] = Field(
        examples=["Jira for agents"]
    )
    """Name in Okta, unique there, under which it is found again."""
    application_type: Literal["web", "native", "browser", "service"] = "web"
    """What kind of client it is. It cannot change in place: another type is a replace."""
    grant_types: Annotated[tuple[AppGrant, ...], Field(min_length=1)] = ("authorization_code", "refresh_token")
    """Grants it may use."""
    redirect_uris: tuple[HttpsUrl, ...] = Field(default=(), examples=[["https://acme.okta.com/oauth2/v1/sts/callback"]])
    """Where users are sent back to; needed with the code grant."""
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post"] = Field(
        default="client_secret_basic"
    )
    """How it shows its secret."""
    pkce_required: bool | None = None
    """Whether it must use PKCE (RFC 7636). Leave out to not manage it."""
    dpop_bound_access_tokens: bool | None = None
    """Whether its tokens are bound to a key (RFC 9449). Leave out to not manage it."""
    state: Literal["active", "inactive"] = "active"
    """Whether it may be used."""
