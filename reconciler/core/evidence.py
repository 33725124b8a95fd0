"""Evidence: a question to an endpoint, its answer, and the judgement with a code.

A check never sends: it is a generator that yields an `Ask`, receives a `Reply` and returns a `Finding` or several. The
shell in `oauth.probe` sends; tests send by hand.
"""

from collections.abc import Generator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Literal, TypeVar

from reconciler.core.diagnostic import Source
from reconciler.core.noun import dataclass

T = TypeVar("T")


class Verdict(StrEnum):
    """How a check ended. UNKNOWN: it could not be observed, which is never a failure; SKIP: it does not apply."""

    PASS = "pass"  # noqa: S105 - a word, not a password
    FAIL = "fail"
    SKIP = "skip"
    UNKNOWN = "unknown"


class Weight(StrEnum):
    """How bad a failure is. ERROR stops a conformant client or Okta; WARNING is a SHOULD, or breaks some client."""

    ERROR = "E"
    WARNING = "W"
    INFO = "I"


class Gate(StrEnum):
    """What a check stands in the way of."""

    XAA = "X"
    STS = "S"
    CONNECTABLE = "C"
    GENERAL = "G"


class Tier(StrEnum):
    """What a check needs: nothing, GET without a secret, POST without a secret, or the control plane."""

    OFFLINE = "0"
    GET = "G"
    POST = "P"
    CONTROL = "K"


class Origin(StrEnum):
    """Where a fact is from, strongest first."""

    CONTROL_PLANE = "control-plane"
    LIVE = "live"
    PINNED = "pinned"
    STATIC = "static"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request without any credential. Without `follow` a redirect is the answer, not a step on the way."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    follow: bool = True


class Unanswered(StrEnum):
    """Why there is no answer. BLOCKED: our own safety rules refused to ask."""

    NONE = ""
    BLOCKED = "blocked"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too-large"
    REDIRECT = "redirect"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What the handshake showed: protocol version, and days until the certificate ends."""

    version: str
    days_left: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an `Ask`. With `unanswered` set there is none, and the rest is empty.

    Headers keep repetition and order, names in lower case. `redirects` are the URLs that were followed.
    """

    url: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    unanswered: Unanswered = Unanswered.NONE
    redirects: tuple[str, ...] = ()
    seconds: float = 0.0
    tls: TlsFacts | None = None
    detail: str = ""

    def header(self, name: str) -> str | None:
        """The first header of a name, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every header of a name, in order."""
        return tuple(value for key, value in self.headers if key == name.lower())


Flow = Generator[Ask, Reply, T]
"""Yields what is to be asked, receives each answer, and gives what was learned."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind a finding: hashes and sizes, never a body."""

    url: str
    status: int = 0
    content_type: str = ""
    length: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The judgement of one check about one subject (an address, a URL, an issuer)."""

    id: str
    subject: str
    verdict: Verdict
    observed: str = ""
    expected: str = ""
    relation: str = ""
    origin: Origin = Origin.LIVE
    weight: Weight | None = None
    """Overrides the check's own weight, where the specification window or the relation demands it."""
    evidence: Evidence | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the readiness checks say about one object at one moment.

    `ready` is None where it could not be observed: unreachable from here is not invalid. `findings` are those that
    fail or are unknown; `vantage` names where the questions were asked from.
    """

    ready: bool | None
    narrative: str
    findings: tuple[Finding, ...] = ()
    vantage: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the catalogue: what is asked, how bad a failure is, and the page that explains it."""

    id: str
    name: str
    summary: str
    weight: Weight
    gates: frozenset[Gate]
    tiers: frozenset[Tier]
    reference: str
    why: str
    example: str
    fix: str
