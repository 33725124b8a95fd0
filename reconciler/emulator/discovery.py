"""Discovery (okta-api §3.4): protected-resource metadata, then the metadata of each issuer.

An errand says what to ask, evidence what was answered. Nothing here knows the database: errands are made and
evidence is used inside of transactions, and the asking happens between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from .bodies import is_reachable
from .fetch import Limits, fetch

if TYPE_CHECKING:
    from .organisation import Organisation

_RESOURCE = "/.well-known/oauth-protected-resource"
_SERVER = "/.well-known/oauth-authorization-server"
_MOST_ISSUERS = 20
_DEFAULT_GRANT_TYPES = ["authorization_code", "implicit"]
_CHAINING = "identity_chaining_requested_token_types_supported"


@dataclass(frozen=True, slots=True)
class Errand:
    """What to ask for one MCP server: its metadata (or not), and issuers known beforehand."""

    resource_url: str | None = None
    issuers: tuple[str, ...] = ()

    def is_idle(self) -> bool:
        return self.resource_url is None and not self.issuers


@dataclass(frozen=True, slots=True)
class Resource:
    """What the protected-resource metadata says."""

    issuers: tuple[str, ...]
    scopes: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers: `resource` is None when it was not asked for or not found, see `asked_resource`."""

    asked_resource: bool = False
    resource: Resource | None = None
    issuers: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Detected fields by issuer; None when its metadata is bad."""


def run(org: Organisation, errand: Errand) -> Evidence:
    """Ask; must not be called while a transaction is open."""
    limits = Limits(org.switches.number("discovery-timeout"), org.settings.allow_loopback_http)
    resource = _resource(errand.resource_url, limits) if errand.resource_url is not None else None
    listed = resource.issuers if resource is not None else ()
    issuers = dict.fromkeys(issuer for issuer in (*listed, *errand.issuers) if org.own_issuer(issuer) is None)
    return Evidence(
        asked_resource=errand.resource_url is not None,
        resource=resource,
        issuers={issuer: _metadata(issuer, limits) for issuer in issuers},
    )


def resource_metadata_urls(resource_url: str) -> tuple[str, ...]:
    """RFC 9728 section 3.1 (inserted before the path), then appended to the URL, then of the bare origin."""
    parts = urlsplit(resource_url)
    path = parts.path.removesuffix("/")
    inserted = urlunsplit((parts.scheme, parts.netloc, _RESOURCE + path, parts.query, ""))
    appended = urlunsplit((parts.scheme, parts.netloc, path + _RESOURCE, "", ""))
    origin = urlunsplit((parts.scheme, parts.netloc, _RESOURCE, "", ""))
    return tuple(dict.fromkeys((inserted, appended, origin)))


def issuer_metadata_urls(issuer: str) -> tuple[str, ...]:
    """RFC 8414 section 3.1 (inserted before the path), then the older form that appends."""
    parts = urlsplit(issuer)
    path = parts.path.removesuffix("/")
    inserted = urlunsplit((parts.scheme, parts.netloc, _SERVER + path, "", ""))
    appended = urlunsplit((parts.scheme, parts.netloc, path + _SERVER, "", ""))
    return tuple(dict.fromkeys((inserted, appended)))


def _documents(urls: tuple[str, ...], limits: Limits) -> Iterator[dict[str, Any]]:
    """The documents that are there. All addresses are of one host: when it is silent, asking on is vain."""
    for url in urls:
        fetched = fetch(url, limits)
        if fetched.document is not None:
            yield fetched.document
        elif not fetched.reached:
            return


def _resource(resource_url: str, limits: Limits) -> Resource | None:
    """The first document that lists an authorization server."""
    for document in _documents(resource_metadata_urls(resource_url), limits):
        issuers = _strings(document.get("authorization_servers"))
        if issuers:
            name = document.get("resource_name")
            return Resource(
                issuers=tuple(dict.fromkeys(issuers))[:_MOST_ISSUERS],
                scopes=tuple(_strings(document.get("scopes_supported"))),
                name=name if isinstance(name, str) and _is_text(name) else None,
            )
    return None


def _metadata(issuer: str, limits: Limits) -> dict[str, Any] | None:
    """The detected fields of the first document that names this issuer (RFC 8414 section 3.3), if it is complete."""
    if not is_reachable(issuer, loopback_http=limits.loopback_http):
        return None
    for document in _documents(issuer_metadata_urls(issuer), limits):
        if document.get("issuer") == issuer:
            return _detected(document, lambda url: is_reachable(url, loopback_http=limits.loopback_http))
    return None


def _detected(document: Mapping[str, Any], usable: Callable[[str], bool]) -> dict[str, Any] | None:
    """The fields of okta-api §1.3, None without the endpoints that RFC 8414 section 2 requires."""
    token, authorization = document.get("token_endpoint"), document.get("authorization_endpoint")
    grants = _strings(document.get("grant_types_supported", _DEFAULT_GRANT_TYPES))
    needed = [token] if authorization is None and "authorization_code" not in grants else [token, authorization]
    if not all(isinstance(url, str) and usable(url) for url in needed):
        return None
    said = {
        "tokenEndpoint": token,
        "authorizationEndpoint": authorization,
        "grantTypesSupported": grants,
        "identityChainingRequestedTokenTypesSupported": _strings(document.get(_CHAINING)) or None,
    }
    return {key: value for key, value in said.items() if value is not None}


def _strings(value: object) -> list[str]:
    """The strings of a list; what strangers publish is not always what it should be."""
    items = value if isinstance(value, list) else []
    return [text for text in items if isinstance(text, str) and text and _is_text(text)]


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)
