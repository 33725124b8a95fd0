"""The probe script as flows: they yield what to ask, stage by stage, and build the evidence. They never send."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar

from reconciler.core.evidence import Ask, Flow, Reply, Tier, Unanswered
from reconciler.oauth import challenge, discovery, rpc
from reconciler.oauth.case import observed
from reconciler.oauth.observation import (
    Declared,
    Fetched,
    IssuerEvidence,
    Limits,
    Revision,
    ServerEvidence,
    Target,
    Variant,
)
from reconciler.oauth.parts import same_origin
from reconciler.oauth.prepare import choose_resource, issuers_of, resource_docs
from reconciler.oauth.script_issuer import issuer_steps

T = TypeVar("T")
Answers = dict[str, Reply]
"""Answers by the member of the evidence that they become."""

JSON: Mapping[str, str] = {"Accept": "application/json"}
_POSTS = frozenset({Tier.POST, Tier.CONTROL})
_HOPELESS = frozenset({Unanswered.BLOCKED, Unanswered.UNRESOLVED, Unanswered.UNREACHABLE, Unanswered.TLS})
_NO_POST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})

__all__ = ["issuers_of", "probe_issuer", "probe_server"]


def probe_server(target: Target, limits: Limits) -> Flow[ServerEvidence]:
    """Ask an MCP server: protected-resource metadata, then (tier POST) the opening request without a token."""
    if limits.tier is Tier.OFFLINE or not discovery.may_ask(target.url):
        return ServerEvidence(target.url)
    return (yield from within(_server(target, limits), limits.server_requests))


def probe_issuer(declared: Declared, limits: Limits) -> Flow[IssuerEvidence]:
    """Ask an authorization server: metadata, keys, endpoints, then (tier POST) junk requests for a token."""
    issuer = declared.issuer or ""
    if limits.tier is Tier.OFFLINE or not discovery.may_ask(issuer):
        return IssuerEvidence(issuer)
    return (yield from within(issuer_steps(declared, limits), limits.issuer_requests))


def within(flow: Flow[T], most: int) -> Flow[T]:
    """Let a flow ask so often and no more; what it asks beyond is answered with BUDGET, without asking."""
    try:
        ask = next(flow)
        while True:
            if most > 0:
                most -= 1
                reply = yield ask
            else:
                reply = Reply(ask.url, unanswered=Unanswered.BUDGET)
            ask = flow.send(reply)
    except StopIteration as end:
        result: T = end.value
        return result


def _server(target: Target, limits: Limits) -> Flow[ServerEvidence]:
    documents: list[Fetched] = []
    for variant, url in discovery.resource_places(target.url):
        reply = yield Ask(url, headers=JSON)
        documents.append(Fetched(variant, reply))
        if reply.unanswered in _HOPELESS:
            return ServerEvidence(target.url, tuple(documents))
    answers = yield from _around(target, limits, found=_has_document(target, documents))
    if limits.tier in _POSTS:
        answers |= yield from _openings(target, limits)
        hinted = yield from _hinted(target, limits, documents, answers)
        documents += hinted
    return ServerEvidence(target.url, tuple(documents), **answers)


def _has_document(target: Target, documents: list[Fetched]) -> bool:
    return choose_resource(resource_docs(ServerEvidence(target.url, tuple(documents)))) is not None


def _around(target: Target, limits: Limits, *, found: bool) -> Flow[Answers]:
    """What stands beside the document: the path that must not exist, port 80, and the place of 2025-03-26."""
    asks = {
        "sibling": (discovery.sibling(target.url, limits.token), True),
        "plain": (discovery.plain(target.url), False),
        "legacy": (None if found else discovery.legacy(target.url), True),
    }
    answers: Answers = {}
    for name, (url, follow) in asks.items():
        if url is not None:
            answers[name] = yield Ask(url, headers=JSON if follow else {}, follow=follow)
    return answers


def _openings(target: Target, limits: Limits) -> Flow[Answers]:
    """The opening request of today, then that of before; whoever demands a token is asked nothing more."""
    answers: Answers = {"discover": (yield rpc.discover(target.url, limits))}
    if rpc.is_modern(answers["discover"]):
        return answers | (yield from _intrusive(target, limits, answers["discover"], Revision.M26))
    if not _goes_on(answers["discover"]):
        return answers
    first = answers["initialize"] = yield rpc.initialize(target.url, limits)
    if rpc.result(first) is not None:
        return answers | (yield from _intrusive(target, limits, first, Revision.M25))
    if first.status in _NO_POST:
        answers["stream"] = yield Ask(target.url, headers={"Accept": "text/event-stream"}, follow=False)
    return answers


def _goes_on(reply: Reply) -> bool:
    if not observed(reply) or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    return reply.status != HTTPStatus.UNAUTHORIZED


def _intrusive(target: Target, limits: Limits, opened: Reply, revision: Revision) -> Flow[Answers]:
    """What is asked only of a server that opened without a token; a tool is never called."""
    if not limits.intrusive:
        return {}
    tools = yield rpc.tools(target.url, limits, revision, session=opened.header("mcp-session-id"))
    opening = rpc.discover if revision is Revision.M26 else rpc.initialize
    hostile = yield opening(target.url, limits, origin=rpc.FOREIGN_ORIGIN)
    return {"tools": tools, "hostile": hostile}


def _hinted(target: Target, limits: Limits, known: list[Fetched], answers: Answers) -> Flow[list[Fetched]]:
    """The document that the challenge names; on another origin it is reported, and fetched only when told so."""
    refusals = [reply for reply in answers.values() if reply.status == HTTPStatus.UNAUTHORIZED]
    found = challenge.parse(refusals[0].all("www-authenticate")).of("Bearer", "DPoP") if refusals else None
    hint = found.get("resource_metadata") if found else None
    if hint is None or not discovery.may_ask(hint):
        return []
    if not (limits.follow_hints or same_origin(hint, target.url)):
        return []
    asked = next((each.reply for each in known if each.reply.url == hint), None)
    reply = (yield Ask(hint, headers=JSON)) if asked is None else asked
    return [Fetched(Variant.CHALLENGE, reply)]
