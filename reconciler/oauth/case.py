"""What checks look at: an observation made ready for questions. Every document is parsed once, here.

A `Site` is everything that one subject answered; a `ServerCase` is the MCP server; an `IssuerCase` is one of its
authorization servers, seen together with the server.
"""

from collections.abc import Callable
from dataclasses import field
from http import HTTPStatus

from reconciler.core.evidence import Origin, Reply, Unanswered
from reconciler.core.noun import dataclass
from reconciler.oauth import rpc
from reconciler.oauth.challenge import Challenges
from reconciler.oauth.keys import KeyFacts
from reconciler.oauth.lock import IssuerLock, ResourceLock
from reconciler.oauth.metadata import Metadata
from reconciler.oauth.observation import (
    Declared,
    HostFacts,
    IssuerEvidence,
    Observation,
    OktaFacts,
    Revision,
    ServerEvidence,
    Target,
    Variant,
)
from reconciler.oauth.outcome import Outcome, skip, unknown
from reconciler.oauth.providers import Provider
from reconciler.oauth.strict_json import Parsed

_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_STATIC_NAMES = {
    "authorization_endpoint": "authorization_endpoint",
    "token_endpoint": "token_endpoint",
    "jwks_uri": "jwks_uri",
    "grant_types_supported": "grants",
    "token_endpoint_auth_methods_supported": "auth_methods",
    "scopes_supported": "scopes",
}


def answered(reply: Reply | None) -> bool:
    return reply is not None and reply.unanswered is Unanswered.NONE


def is_shielded(reply: Reply) -> bool:
    """Whether a bot filter or a rate limit answered in place of the server (RFC 9110 section 10.2.3)."""
    page = "html" in (reply.header("content-type") or "").lower()
    return reply.status in _BUSY or (reply.status == HTTPStatus.FORBIDDEN and page)


def observed(reply: Reply | None) -> bool:
    """Whether the server itself said something."""
    return reply is not None and answered(reply) and not is_shielded(reply)


@dataclass(frozen=True, slots=True)
class Doc:
    """A place where a JSON document is expected, and what was there."""

    variant: Variant | None
    reply: Reply
    parsed: Parsed
    is_metadata: bool = False
    """Whether it is an object with members that such metadata has."""

    @property
    def served(self) -> bool:
        return self.reply.status == HTTPStatus.OK

    @property
    def usable(self) -> bool:
        return self.served and self.is_metadata


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that one subject answered, for checks of transport and form."""

    urls: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    docs: tuple[Doc, ...] = ()
    meta: Metadata = field(default_factory=Metadata)
    refusal: Reply | None = None
    """The answer that demands a token."""
    hosts: tuple[HostFacts, ...] = ()

    @property
    def asked(self) -> bool:
        return bool(self.replies)

    @property
    def answers(self) -> tuple[Reply, ...]:
        return tuple(reply for reply in self.replies if answered(reply))


@dataclass(frozen=True, slots=True)
class IssuerCase:
    """One authorization server. `meta` is empty when no metadata was found; `doc` is where it was found."""

    observation: Observation
    declared: Declared
    evidence: IssuerEvidence | None
    site: Site
    docs: tuple[Doc, ...] = ()
    doc: Doc | None = None
    meta: Metadata = field(default_factory=Metadata)
    jwks: Doc | None = None
    keys: tuple[KeyFacts, ...] | None = None
    quirk: Provider | None = None
    facts: OktaFacts = field(default_factory=OktaFacts)
    pinned: IssuerLock | None = None
    resource: Metadata = field(default_factory=Metadata)
    """The MCP server's own metadata, empty when there is none."""

    @property
    def target(self) -> Target:
        return self.observation.target

    @property
    def is_okta(self) -> bool:
        return self.declared.type == "okta"

    @property
    def found(self) -> bool:
        return self.doc is not None

    @property
    def seen(self) -> bool:
        """Whether some place of the metadata answered for itself."""
        return any(observed(doc.reply) for doc in self.docs)

    @property
    def is_static(self) -> bool:
        return self.declared.discovery == "static" and self.declared.static is not None

    def stated(self, name: str) -> tuple[object, Origin]:
        """A member by its strongest source: live metadata, else the static block; the reverse where `static` rules."""
        live = self.meta.raw.get(name) if name not in self.meta.faults else None
        static = getattr(self.declared.static, _STATIC_NAMES[name], None) if name in _STATIC_NAMES else None
        first, second = ((static, Origin.STATIC), (live, Origin.LIVE))
        if not self.is_static:
            first, second = second, first
        return second if first[0] is None and second[0] is not None else first

    def text(self, name: str) -> str | None:
        value, _ = self.stated(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> tuple[str, ...] | None:
        value, _ = self.stated(name)
        return tuple(map(str, value)) if isinstance(value, list | tuple) else None

    @property
    def known(self) -> bool:
        """Whether capabilities can be judged at all: by metadata, or by static facts that name both endpoints."""
        static = self.declared.static
        return self.found or self.is_static or bool(static and static.authorization_endpoint and static.token_endpoint)


@dataclass(frozen=True, slots=True)
class ServerCase:
    """The MCP server, with its authorization servers."""

    observation: Observation
    evidence: ServerEvidence | None
    site: Site
    docs: tuple[Doc, ...] = ()
    doc: Doc | None = None
    meta: Metadata = field(default_factory=Metadata)
    refusal: Reply | None = None
    challenges: Challenges = field(default_factory=Challenges)
    revision: Revision = Revision.M26
    issuers: tuple[IssuerCase, ...] = ()
    organisation: IssuerCase | None = None
    pinned: ResourceLock | None = None

    @property
    def target(self) -> Target:
        return self.observation.target

    @property
    def found(self) -> bool:
        return self.doc is not None

    @property
    def seen(self) -> bool:
        """Whether some place of the metadata answered for itself."""
        return any(observed(doc.reply) for doc in self.docs)

    def at(self, variant: Variant) -> Doc | None:
        return next((doc for doc in self.docs if doc.variant is variant), None)

    @property
    def hint(self) -> str | None:
        """The `resource_metadata` of the challenge."""
        found = self.challenges.of("Bearer", "DPoP")
        return None if found is None else found.get("resource_metadata")


# -- what keeps a check from being asked ---------------------------------------------------------------------------

ServerRun = Callable[[ServerCase], Outcome]
IssuerRun = Callable[[IssuerCase], Outcome]


def of_resource(run: ServerRun) -> ServerRun:
    """Only with protected-resource metadata; without, nothing can be said about its content."""

    def asked(case: ServerCase) -> Outcome:
        if case.found:
            return run(case)
        return skip("there is no protected-resource metadata") if case.seen else unknown("no answer to judge")

    return asked


def of_refusal(run: ServerRun) -> ServerRun:
    """Only where the server demanded a token."""

    def asked(case: ServerCase) -> Outcome:
        if case.refusal is not None:
            return run(case)
        openings = rpc.openings(case.evidence) if case.evidence else ()
        if any(map(observed, openings)):
            return skip("no token was demanded")
        return unknown("no opening request was answered")

    return asked


def of_metadata(run: IssuerRun) -> IssuerRun:
    """Only with authorization-server metadata."""

    def asked(case: IssuerCase) -> Outcome:
        if case.found:
            return run(case)
        if case.is_static:
            return skip("static facts stand in for its metadata")
        return skip("it has no metadata") if case.seen else unknown("its metadata was not seen")

    return asked


def of_facts(run: IssuerRun) -> IssuerRun:
    """Only with facts about capabilities, live or static."""

    def asked(case: IssuerCase) -> Outcome:
        return run(case) if case.known else unknown("neither metadata nor static facts are known")

    return asked


def of_keys(run: IssuerRun) -> IssuerRun:
    """Only with a key set that could be read."""

    def asked(case: IssuerCase) -> Outcome:
        return run(case) if case.keys is not None else unknown("its keys were not seen")

    return asked
