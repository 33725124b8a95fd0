"""Makes the cases out of an observation: parses every document once, and picks the one that counts."""

from collections.abc import Iterable
from dataclasses import fields, replace
from functools import lru_cache
from http import HTTPStatus
from typing import TypeVar

from reconciler.core.document import Json
from reconciler.core.evidence import Reply, Unanswered
from reconciler.core.url import host_of
from reconciler.oauth import challenge, rpc, strict_json
from reconciler.oauth.case import Doc, IssuerCase, ServerCase, Site, answered
from reconciler.oauth.keys import read_keys
from reconciler.oauth.metadata import Metadata, read_resource, read_server
from reconciler.oauth.observation import (
    Declared,
    Fetched,
    HostFacts,
    IssuerEvidence,
    Observation,
    OktaFacts,
    Revision,
    ServerEvidence,
    ServerType,
    Target,
    Variant,
)

E = TypeVar("E", ServerEvidence, IssuerEvidence)

_RESOURCE_MEMBERS = frozenset({"resource", "authorization_servers"})
_SERVER_MEMBERS = frozenset({"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"})
_ORDER = tuple(Variant)
_OKTA_PATHS = ("/oauth2/aus", "/oauth2/default")


def prepare(observation: Observation) -> ServerCase:
    """The server's case, with one case for each authorization server."""
    observation = observation if observation.trusted else _hushed(observation)
    evidence = observation.server
    docs = resource_docs(evidence)
    doc = choose_resource(docs)
    meta = read_resource(doc.parsed.value or {}) if doc else Metadata()
    refusal = _refusal(evidence)
    declared = issuers_of(observation.target, evidence)
    lock = observation.lock
    return ServerCase(
        observation=observation,
        evidence=evidence,
        site=_server_site(observation, docs, refusal, meta),
        docs=docs,
        doc=doc,
        meta=meta,
        refusal=refusal,
        challenges=challenge.parse(refusal.all("www-authenticate")) if refusal else challenge.Challenges(),
        revision=observation.target.revision or rpc.revision(evidence) or Revision.M26,
        issuers=tuple(_issuer_case(observation, each, meta) for each in declared),
        organisation=_organisation(observation),
        pinned=lock.resources.get(observation.target.url) if lock else None,
    )


def choose_resource(docs: tuple[Doc, ...]) -> Doc | None:
    """The document that counts: the first usable one, in the order in which clients look."""
    return next((doc for doc in docs if doc.usable), None)


def issuers_of(target: Target, evidence: ServerEvidence | None) -> tuple[Declared, ...]:
    """The authorization servers to look at: those that are declared, else those that the metadata names."""
    if target.servers or evidence is None:
        return target.servers
    doc = choose_resource(resource_docs(evidence))
    named = read_resource(doc.parsed.value or {}).texts("authorization_servers") if doc else ()
    return tuple(Declared(issuer, _type_of(issuer), issuer, written=False) for issuer in dict.fromkeys(named or ()))


def resource_docs(evidence: ServerEvidence | None) -> tuple[Doc, ...]:
    """The places of protected-resource metadata, in the order in which clients look: challenge, path, root."""
    fetched = sorted(evidence.documents, key=lambda f: _ORDER.index(f.variant)) if evidence else ()
    return tuple(document(each.reply, each.variant, _RESOURCE_MEMBERS) for each in fetched)


def issuer_docs(evidence: IssuerEvidence | None) -> tuple[Doc, ...]:
    """The places of authorization-server metadata, the standard ones first."""
    fetched = sorted(evidence.documents, key=lambda f: _ORDER.index(f.variant)) if evidence else ()
    return tuple(document(each.reply, each.variant, _SERVER_MEMBERS) for each in fetched)


def document(reply: Reply, variant: Variant | None = None, members: frozenset[str] = frozenset()) -> Doc:
    """Parse an answer; `members` are those of which such a document has at least one."""
    parsed = _parsed(reply.body) if reply.status == HTTPStatus.OK else strict_json.Parsed()
    fits = parsed.value is not None and not (members and members.isdisjoint(parsed.value))
    return Doc(variant, reply, parsed, is_metadata=fits)


@lru_cache(maxsize=32)
def _parsed(content: bytes) -> strict_json.Parsed:
    """What was read of a body: a probe prepares its case after each round of answers, with mostly the same ones."""
    return strict_json.parse(content)


def _type_of(issuer: str) -> ServerType:
    return "okta" if any(path in issuer for path in _OKTA_PATHS) else "external"


def _issuer_case(observation: Observation, declared: Declared, resource: Metadata) -> IssuerCase:
    issuer = declared.issuer
    evidence = observation.issuers.get(issuer) if issuer else None
    docs = issuer_docs(evidence)
    doc = next((doc for doc in docs if doc.usable), None)
    meta = read_server(doc.parsed.value or {}) if doc else Metadata()
    jwks = document(evidence.jwks, None, frozenset({"keys"})) if evidence and evidence.jwks else None
    control, lock = observation.control, observation.lock
    return IssuerCase(
        observation=observation,
        declared=declared,
        evidence=evidence,
        site=_issuer_site(observation, declared, docs if jwks is None else (*docs, jwks), meta),
        docs=docs,
        doc=doc,
        meta=meta,
        jwks=jwks,
        keys=read_keys(jwks.parsed.value) if jwks and jwks.parsed.value is not None else None,
        quirk=observation.providers.of(issuer) if issuer else None,
        facts=control.servers.get(declared.subject, OktaFacts()) if control else OktaFacts(),
        pinned=lock.issuers.get(issuer) if lock and issuer else None,
        resource=resource,
    )


def _organisation(observation: Observation) -> IssuerCase | None:
    evidence = observation.organisation
    if evidence is None:
        return None
    declared = Declared("organisation", "okta", evidence.issuer)
    seen = replace(observation, issuers={evidence.issuer: evidence})
    return _issuer_case(seen, declared, Metadata())


def _server_site(observation: Observation, docs: tuple[Doc, ...], refusal: Reply | None, meta: Metadata) -> Site:
    url, evidence = observation.target.url, observation.server
    return Site((url,), _replies(evidence), docs, meta, refusal, _facts(observation, [url]))


def _issuer_site(observation: Observation, declared: Declared, docs: tuple[Doc, ...], meta: Metadata) -> Site:
    issuer = declared.issuer or ""
    urls = (issuer, *meta.endpoints.values()) if issuer else ()
    evidence = observation.issuers.get(issuer)
    return Site(urls, _replies(evidence), docs, meta, None, _facts(observation, urls))


def _facts(observation: Observation, urls: Iterable[str]) -> tuple[HostFacts, ...]:
    hosts = dict.fromkeys(host_of(url) for url in urls)
    return tuple(observation.hosts[host] for host in hosts if host in observation.hosts)


def _replies(evidence: ServerEvidence | IssuerEvidence | None) -> tuple[Reply, ...]:
    if evidence is None:
        return ()
    single = (getattr(evidence, each.name) for each in fields(evidence))
    return (*(each.reply for each in evidence.documents), *(each for each in single if isinstance(each, Reply)))


def _refusal(evidence: ServerEvidence | None) -> Reply | None:
    """The answer that demands a token: the first 401 among the opening requests."""
    openings = rpc.openings(evidence) if evidence else ()
    return next((r for r in openings if r is not None and r.status == HTTPStatus.UNAUTHORIZED), None)


# -- somebody else's YAML ------------------------------------------------------------------------------------------


def _hushed(observation: Observation) -> Observation:
    """Nothing tells a refused address from a silent one, so that nobody can scan ports by a pull request."""
    return replace(
        observation,
        hosts={},
        server=_quiet(observation.server) if observation.server else None,
        issuers={issuer: _quiet(evidence) for issuer, evidence in observation.issuers.items()},
    )


def _quiet(evidence: E) -> E:
    changed: dict[str, Json] = {
        each.name: _mute(value) for each in fields(evidence) if isinstance(value := getattr(evidence, each.name), Reply)
    }
    documents = tuple(Fetched(each.variant, _mute(each.reply)) for each in evidence.documents)
    return replace(evidence, documents=documents, **changed)


def _mute(reply: Reply) -> Reply:
    return reply if answered(reply) else Reply(reply.url, unanswered=Unanswered.BLOCKED)
