"""The part of the probe script that is about an authorization server; shared by all MCP servers that use it."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from reconciler.core.evidence import Ask, Flow, Reply, Tier, Unanswered
from reconciler.oauth import discovery
from reconciler.oauth.case import observed
from reconciler.oauth.metadata import JWT_BEARER, TOKEN_EXCHANGE, Metadata, read_server
from reconciler.oauth.observation import Declared, Fetched, IssuerEvidence, Limits
from reconciler.oauth.prepare import issuer_docs

FOREIGN_CALLBACK = "https://client.invalid/callback"
"""A redirect URI that belongs to nobody (RFC 2606)."""

Answers = dict[str, Reply]
_POSTS = frozenset({Tier.POST, Tier.CONTROL})
_HOPELESS = frozenset({Unanswered.BLOCKED, Unanswered.UNRESOLVED, Unanswered.UNREACHABLE, Unanswered.TLS})
_JSON: Mapping[str, str] = {"Accept": "application/json"}
_FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}


def issuer_steps(declared: Declared, limits: Limits) -> Flow[IssuerEvidence]:
    """Metadata at every place, then what it names."""
    issuer = declared.issuer or ""
    documents: list[Fetched] = []
    for variant, url in discovery.issuer_places(issuer):
        reply = yield Ask(url, headers=_JSON)
        documents.append(Fetched(variant, reply))
        if reply.unanswered in _HOPELESS:
            return IssuerEvidence(issuer, tuple(documents))
    meta = _metadata(issuer, documents)
    answers: Answers = {}
    for name, ask in _reads(declared, meta):
        answers[name] = yield ask
    if limits.tier in _POSTS:
        answers |= yield from _posts(_endpoint(declared, meta, "token_endpoint"), limits)
        answers |= yield from _foreign(_endpoint(declared, meta, "authorization_endpoint"), limits)
    return IssuerEvidence(issuer, tuple(documents), **answers)


def _metadata(issuer: str, documents: list[Fetched]) -> Metadata:
    docs = issuer_docs(IssuerEvidence(issuer, tuple(documents)))
    doc = next((doc for doc in docs if doc.usable), None)
    return read_server(doc.parsed.value or {}) if doc else Metadata()


def _endpoint(declared: Declared, meta: Metadata, name: str) -> str | None:
    """An endpoint that may be asked: of the metadata, or of the static block, which goes first where it rules."""
    static = getattr(declared.static, name, None)
    live = meta.text(name)
    url = (static or live) if declared.discovery == "static" else (live or static)
    return url if discovery.may_ask(url) else None


def _reads(declared: Declared, meta: Metadata) -> Iterator[tuple[str, Ask]]:
    """Bare GETs: keys, the document of the client, and both endpoints without any parameter."""
    jwks = _endpoint(declared, meta, "jwks_uri")
    client = declared.registration.client_id if declared.registration else None
    authorize = _endpoint(declared, meta, "authorization_endpoint")
    token = _endpoint(declared, meta, "token_endpoint")
    if jwks:
        yield "jwks", Ask(jwks, headers=_JSON)
    if client and discovery.may_ask(client):
        yield "client", Ask(client, headers=_JSON)
    if authorize:
        yield "authorize", Ask(authorize, follow=False)
    if token:
        yield "token_get", Ask(token, follow=False)


def _posts(endpoint: str | None, limits: Limits) -> Flow[Answers]:
    """Requests for a token that cannot succeed: no client, no credential, a code that nobody issued."""
    answers: Answers = {}
    junk = {"grant_type": "authorization_code", "code": limits.token, "redirect_uri": FOREIGN_CALLBACK}
    asks = (
        ("token_code", junk, {"Accept": "*/*"}),
        ("token_jwt", {"grant_type": JWT_BEARER}, _JSON),
        ("token_exchange", {"grant_type": TOKEN_EXCHANGE}, _JSON),
    )
    for name, form, headers in asks[: limits.token_posts] if endpoint else ():
        assert endpoint is not None
        reply = yield Ask(endpoint, "POST", {**_FORM, **headers}, urlencode(form).encode(), follow=False)
        answers[name] = reply
        if not observed(reply) or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            break
    return answers


def _foreign(endpoint: str | None, limits: Limits) -> Flow[Answers]:
    if endpoint is None:
        return {}
    query = urlencode({"response_type": "code", "client_id": limits.token, "redirect_uri": FOREIGN_CALLBACK})
    joined = f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"
    return {"foreign": (yield Ask(joined, follow=False))}
