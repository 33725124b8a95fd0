"""URLs as this domain compares and accepts them; pure string work, nothing is resolved or fetched."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from reconciler.core.diagnostic import Diagnostic, Rule, Severity

URL_HTTPS = Rule(
    code="CFG001",
    summary="URL is not an absolute https URL",
    why="RFC 9728 section 1.2 and RFC 8414 section 2 demand https: over http anybody on the way can replace the "
    "metadata that decides where tokens go. Loopback is exempt, for local development.",
    example="resourceUrl: http://mcp.example.com/mcp",
    fix="Use the public https URL.",
)
URL_CLEAN = Rule(
    code="CFG002",
    summary="URL carries a part that does not belong there",
    why="User information leaks a credential into every log and plan; a fragment is never sent to a server, so two "
    "different texts would mean one server (RFC 9728 section 1.2, RFC 8707 section 2).",
    example="resourceUrl: https://user:secret@mcp.example.com/mcp#tools",
    fix="Remove the user information, the fragment and every blank or control character.",
)
URL_SECRET = Rule(
    code="CFG004",
    summary="URL carries a credential in its query",
    why="A query is written to logs and plans and cannot be rotated without a replace (RFC 6750 section 2.3).",
    example="resourceUrl: https://mcp.example.com/mcp?token=abc",
    fix="Remove the parameter; credentials belong to a client registration, by reference.",
)
URL_CANONICAL = Rule(
    code="CFG003",
    summary="URL is not in its canonical form",
    why="Clients compare these identifiers letter by letter; upper case, a default port or dot segments make the "
    "same server look like two.",
    example="resourceUrl: https://MCP.example.com:443/a/../mcp",
    fix="Write scheme and host in lower case, drop the default port, resolve `.` and `..`.",
    severity=Severity.WARNING,
)

_SECRET_PARAMETER = re.compile(r"(?i)^(access_?token|api_?key|auth|code|key|password|secret|sig(nature)?|token)$")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_USUAL = re.compile(r"https://[a-z0-9.-]+(?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._~-]*)*")
"""URLs without any fault: a lower-case host, no port, a path without dot segments, nothing else."""
_DEFAULT_PORT = {"https": 443, "http": 80}


def is_loopback(host: str) -> bool:
    """Whether a host text names this machine: `localhost`, or a literal loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_faults(url: str) -> Iterator[tuple[Rule, str]]:
    """Everything that is wrong with a resource URL, issuer or endpoint, as rules with what was found."""
    if _USUAL.fullmatch(url):
        return
    if _FORBIDDEN.search(url):
        yield URL_CLEAN, "It contains a blank, a control character or a backslash."
        return
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        yield URL_HTTPS, f"It cannot be read as a URL: {error}."
        return
    host = parts.hostname or ""
    if parts.scheme.lower() not in _DEFAULT_PORT or not host:
        yield URL_HTTPS, "It needs the form https://host/path."
        return
    if parts.scheme.lower() == "http" and not is_loopback(host):
        yield URL_HTTPS, f"It uses http, and {host} is not this machine."
    if parts.username is not None or parts.password is not None:
        yield URL_CLEAN, "It carries user information before the host."
    if "#" in url:
        yield URL_CLEAN, "It carries a fragment (the part from #)."
    names = [pair.partition("=")[0] for pair in parts.query.split("&")]
    if any(_SECRET_PARAMETER.match(name) for name in names):
        yield URL_SECRET, "Its query names a parameter that holds a credential."
    if _is_odd(url, parts.netloc, parts.path) or port == _DEFAULT_PORT[parts.scheme.lower()]:
        yield URL_CANONICAL, "It is not written the way that clients compare it."


def odd_url(url: str, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    """Warnings about a URL that was accepted: what `HttpsUrl` lets pass although clients stumble over it."""
    for rule, detail in url_faults(url):
        if rule.severity is Severity.WARNING:
            yield rule.found(detail, path=path)


def _is_odd(url: str, netloc: str, path: str) -> bool:
    host = netloc.rpartition("@")[2]
    scheme = url.partition(":")[0]
    return scheme != scheme.lower() or host != host.lower() or any(p in {".", ".."} for p in path.split("/"))


def url_key(url: str) -> str:
    """The text under which two URLs count as one: modulo one trailing slash (okta-api §5.6)."""
    return url.removesuffix("/")


def same_url(one: str, other: str) -> bool:
    """Whether Okta would hold two URLs for the same (it used to strip one trailing slash, okta-api §5.6)."""
    return url_key(one) == url_key(other)


def host_of(url: str) -> str:
    """The host of a URL in lower case, or the empty text when it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
