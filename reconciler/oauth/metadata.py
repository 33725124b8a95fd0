"""Members of metadata documents by type: identities stay raw text, unknown members stay, and nothing raises."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import TypeGuard

from reconciler.core.document import Document, Json
from reconciler.core.noun import dataclass
from reconciler.oauth.strict_json import kind_of

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant
ID_JAG_PROFILE = "urn:ietf:params:oauth:grant-profile:id-jag"
ID_JAG_TYPE = "urn:ietf:params:oauth:token-type:id-jag"
DEFAULT_GRANTS = ("authorization_code", "implicit")
"""What an absent `grant_types_supported` means (RFC 8414 section 2)."""
DEFAULT_METHODS = ("client_secret_basic",)
"""What an absent `token_endpoint_auth_methods_supported` means."""


class Shape(Enum):
    """The JSON type of a member."""

    TEXT = "a string"
    TEXTS = "an array of strings"
    FLAG = "a boolean"


_RESOURCE_SHAPES: Mapping[str, Shape] = {
    "resource": Shape.TEXT,
    "authorization_servers": Shape.TEXTS,
    "jwks_uri": Shape.TEXT,
    "scopes_supported": Shape.TEXTS,
    "bearer_methods_supported": Shape.TEXTS,
    "resource_signing_alg_values_supported": Shape.TEXTS,
    "resource_name": Shape.TEXT,
    "resource_documentation": Shape.TEXT,
    "resource_policy_uri": Shape.TEXT,
    "resource_tos_uri": Shape.TEXT,
    "tls_client_certificate_bound_access_tokens": Shape.FLAG,
    "authorization_details_types_supported": Shape.TEXTS,
    "dpop_signing_alg_values_supported": Shape.TEXTS,
    "dpop_bound_access_tokens_required": Shape.FLAG,
    "signed_metadata": Shape.TEXT,
}

_SERVER_SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(
        (
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "registration_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "pushed_authorization_request_endpoint",
            "device_authorization_endpoint",
            "userinfo_endpoint",
            "end_session_endpoint",
            "service_documentation",
            "op_policy_uri",
            "op_tos_uri",
            "signed_metadata",
        ),
        Shape.TEXT,
    ),
    **dict.fromkeys(
        (
            "scopes_supported",
            "response_types_supported",
            "response_modes_supported",
            "grant_types_supported",
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "code_challenge_methods_supported",
            "dpop_signing_alg_values_supported",
            "authorization_grant_profiles_supported",
            "identity_chaining_requested_token_types_supported",
            "protected_resources",
        ),
        Shape.TEXTS,
    ),
    **dict.fromkeys(
        (
            "authorization_response_iss_parameter_supported",
            "require_pushed_authorization_requests",
            "client_id_metadata_document_supported",
            "tls_client_certificate_bound_access_tokens",
        ),
        Shape.FLAG,
    ),
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """A document with typed reading. A member of the wrong type counts as absent and stands in `faults`."""

    raw: Document = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.raw

    def text(self, name: str) -> str | None:
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> tuple[str, ...] | None:
        """The strings of an array; None when it is absent or not an array of strings."""
        value: Json = self.raw.get(name)
        return tuple(value) if _is_texts(value) else None

    def flag(self, name: str) -> bool:
        return self.raw.get(name) is True

    @property
    def grants(self) -> tuple[str, ...]:
        stated = self.texts("grant_types_supported")
        return DEFAULT_GRANTS if stated is None else stated

    @property
    def methods(self) -> tuple[str, ...]:
        stated = self.texts("token_endpoint_auth_methods_supported")
        return DEFAULT_METHODS if stated is None else stated

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Every member that names an endpoint or key set, in the order of their names."""
        return {
            name: value
            for name, value in sorted(self.raw.items())
            if isinstance(value, str) and (name.endswith("_endpoint") or name == "jwks_uri")
        }


def read_resource(document: Document) -> Metadata:
    """Protected-resource metadata (RFC 9728 section 2)."""
    return Metadata(document, _faults(document, _RESOURCE_SHAPES))


def read_server(document: Document) -> Metadata:
    """Authorization-server metadata (RFC 8414 section 2, OpenID Connect Discovery section 3)."""
    return Metadata(document, _faults(document, _SERVER_SHAPES))


def _faults(document: Document, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
    return {
        name: f"{shape.value} is expected, not {kind_of(document[name])}"
        for name, shape in shapes.items()
        if name in document and not _fits(document[name], shape)
    }


def _fits(value: Json, shape: Shape) -> bool:
    if shape is Shape.TEXTS:
        return _is_texts(value)
    return isinstance(value, str if shape is Shape.TEXT else bool)


def _is_texts(value: Json) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
