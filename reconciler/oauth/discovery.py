"""Which URLs are asked for metadata, in the order in which clients try them."""

from reconciler.core.url import is_loopback
from reconciler.oauth.observation import Variant
from reconciler.oauth.parts import Parts, split

RESOURCE = "/.well-known/oauth-protected-resource"
OAUTH = "/.well-known/oauth-authorization-server"
OIDC = "/.well-known/openid-configuration"
_HTTPS = 443

Place = tuple[Variant, str]


def resource_places(url: str) -> tuple[Place, ...]:
    """Where protected-resource metadata of a server may stand (RFC 9728 section 3.1), without the challenge.

    The well-known part goes between host and path, the query stays. A slash at the end of the path is kept by this
    rule and dropped by that of RFC 8414, so both forms are tried. The root comes last.
    """
    parts = split(url)
    if parts is None:
        return ()
    path = "" if parts.path == "/" else parts.path
    places = [(Variant.PATH, parts.root + RESOURCE + path + parts.query)] if path or parts.query else []
    if path.endswith("/"):
        places.append((Variant.PATH_BARE, parts.root + RESOURCE + path.removesuffix("/") + parts.query))
    return (*places, (Variant.ROOT, parts.root + RESOURCE))


def issuer_places(issuer: str) -> tuple[Place, ...]:
    """Where authorization-server metadata may stand: RFC 8414 sections 3.1 and 5, OIDC Discovery section 4, and last
    the appended form that no standard knows.
    """
    parts = split(issuer)
    if parts is None:
        return ()
    path = parts.path.removesuffix("/")
    if not path:
        return (Variant.OAUTH_INSERT, parts.root + OAUTH), (Variant.OIDC_APPEND, parts.root + OIDC)
    return (
        (Variant.OAUTH_INSERT, parts.root + OAUTH + path),
        (Variant.OIDC_INSERT, parts.root + OIDC + path),
        (Variant.OIDC_APPEND, parts.root + path + OIDC),
        (Variant.OAUTH_APPEND, parts.root + path + OAUTH),
    )


def sibling(url: str, token: str) -> str | None:
    """A well-known URL of the same host that must not exist: an answer there means that anything is answered."""
    parts = split(url)
    return None if parts is None else f"{parts.root}{RESOURCE}/{token}"


def plain(url: str) -> str | None:
    """The same server over http at its own port; None where that says nothing (another port, this machine)."""
    parts = split(url)
    if parts is None or parts.key[0] != "https" or parts.key[2] != _HTTPS or is_loopback(parts.host):
        return None
    return f"http://{parts.host}{parts.path or '/'}"


def legacy(url: str) -> str | None:
    """Authorization-server metadata at the root of the MCP host, as of 2025-03-26."""
    parts = split(url)
    return None if parts is None else parts.root + OAUTH


def may_ask(url: str | None) -> bool:
    """Whether a URL out of a document may be asked at all: https, or this machine; no user, no fragment."""
    parts = split(url) if url else None
    return parts is not None and parts.user is None and not parts.fragment and _is_safe(parts)


def _is_safe(parts: Parts) -> bool:
    return parts.key[0] == "https" or (parts.key[0] == "http" and is_loopback(parts.host.strip("[]")))
