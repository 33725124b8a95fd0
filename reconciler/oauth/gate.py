"""Whether a URL may be asked, judged by its letters alone, before any name is resolved. Pure.

This is the only place where a URL is taken apart for sending: what it gives is what is resolved, connected to,
verified and written into the request, so that no two parsers can disagree about where a request goes.
"""

import re
from collections.abc import Iterable
from dataclasses import field

from reconciler.core.noun import dataclass
from reconciler.oauth.addresses import Guard

_LONGEST = 4096
_UNSAFE = re.compile(r"[^\x21-\x7e]|\\")
_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(#.*)?", re.IGNORECASE
)
_AUTHORITY = re.compile(
    r"(?P<host>[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(:(?P<port>[0-9]{1,5}))?"
)
_HIGHEST_PORT = 65535
_DEFAULT_PORT = {"https": 443, "http": 80}
WELL_KNOWN_PORTS = frozenset({443, 8443})


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run may ask. The default is any public host over https on its usual ports.

    `hosts` set means these and no others; an entry `*.example.com` stands for every name below it. `untrusted` makes
    "not allowed" and "not reachable" indistinguishable, so that an answer never maps a private network.
    """

    guard: Guard = field(default_factory=Guard)
    ports: frozenset[int] = WELL_KNOWN_PORTS
    hosts: frozenset[str] | None = None
    untrusted: bool = False

    def knows(self, host: str) -> bool:
        """Whether a host is among those that may be asked."""
        return self.hosts is None or any(_covers(entry, host) for entry in self.hosts)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: `host` in lower case and without brackets, `target` as the request line needs it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header needs them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Barred:
    """Why a URL is not asked, in words that quote nothing of it."""

    reason: str


def read_url(url: str, policy: Policy) -> Place | Barred:
    """Take a URL apart, or say why it may not be asked; where loopback is allowed, the dialer decides on the port."""
    if len(url) > _LONGEST:
        return Barred("the URL is longer than any real one")
    if _UNSAFE.search(url):
        return Barred("the URL holds a backslash, a blank, a control character or a letter outside ASCII")
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return Barred("it is no http or https URL")
    if "@" in parts["authority"]:
        return Barred("the URL carries user information")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None:
        return Barred("the host or port of the URL is malformed")
    scheme = parts["scheme"].lower()
    place = Place(
        scheme,
        authority["host"].lower().strip("[]"),
        int(authority["port"] or _DEFAULT_PORT[scheme]),
        (parts["path"] or "/") + (parts["query"] or ""),
    )
    refused = _refused(place, policy)
    return Barred(refused) if refused else place


def _refused(place: Place, policy: Policy) -> str:
    if not 1 <= place.port <= _HIGHEST_PORT:
        return "the port is out of range"
    if not policy.knows(place.host):
        return "the host is not on the list of hosts that may be asked"
    if policy.guard.allow_loopback:
        return ""  # the dialer lets http and odd ports pass only to an address that proves to be loopback
    return not_usual(place, policy)


def not_usual(place: Place, policy: Policy) -> str:
    """Why scheme and port may not be asked; the empty text when they may.

    Port 80 is open to one question only: whether http leads to https. The transport keeps no body that came that way.
    """
    if place.scheme == "http":
        return "" if place.port == _DEFAULT_PORT["http"] else "only https is asked"
    return "" if place.port in policy.ports else "the port is not one of those that may be asked"


def hosts(entries: Iterable[str]) -> frozenset[str]:
    """Bring host names into the form in which they are compared."""
    return frozenset(entry.lower().rstrip(".") for entry in entries)


def _covers(entry: str, host: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry
