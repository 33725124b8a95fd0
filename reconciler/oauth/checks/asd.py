"""ASD: where authorization-server metadata stands, and whether it is about the right issuer."""

import re

from reconciler.core.evidence import Verdict, Weight
from reconciler.oauth.case import Doc, IssuerCase, ServerCase, observed, of_metadata
from reconciler.oauth.checks.forms import form_faults
from reconciler.oauth.observation import Variant
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip, unknown
from reconciler.oauth.parts import split
from reconciler.oauth.prepare import document
from reconciler.oauth.relation import CONSEQUENCE, Relation, issuer_weight, relate

_OIDC = frozenset({Variant.OIDC_INSERT, Variant.OIDC_APPEND})
_SHARED = frozenset({"common", "organizations", "consumers"})
_TEMPLATE = re.compile(r"[{}]|%7[bBdD]")
_OKTA_PATH = re.compile(r"/oauth2/(aus[A-Za-z0-9]+|default)")
_OPENID_ONLY = frozenset({"grant_types_supported", "scopes_supported", "claims_supported"})


@rule(
    "ASD001 issuer-form",
    "E C 0",
    "RFC 8414 section 2",
    summary="The issuer is https, without query and fragment",
    why="The URL of the metadata is built from it; a query or fragment has no place in that URL.",
    example="issuer: https://idp.example.com?tenant=a",
    fix="Use the issuer as the provider prints it.",
)
def issuer_form(case: IssuerCase) -> Outcome:
    issuer = case.declared.issuer
    if issuer is None:
        return skip("Okta knows its issuer")
    parts = split(issuer)
    return judged(form_faults(issuer) + (["a query"] if parts is not None and parts.query else []))


@rule(
    "ASD002 found",
    "E C G",
    "MCP 2026-07-28 authorization server discovery; RFC 8414 sections 3.1 and 5; OpenID Connect Discovery section 4",
    summary="Metadata stands at one of the places that clients look at, unless static facts stand in",
    why="It tells where to consent, where to get tokens and what is supported. Without it clients can only guess.",
    example="404 at /.well-known/oauth-authorization-server and at /.well-known/openid-configuration",
    fix="Publish RFC 8414 metadata, or write static facts with discovery: static.",
)
def found(case: IssuerCase) -> Outcome:
    if case.doc is not None:
        return good(case.doc.variant or "", reply=case.doc.reply)
    if case.is_static:
        return good("static facts stand in")
    if not case.docs or not all(observed(doc.reply) for doc in case.docs):
        return unknown("not every place answered")
    return bad(", ".join(f"{doc.variant}: {doc.reply.status}" for doc in case.docs), "200 with a JSON object")


@rule(
    "ASD003 nonstandard-loc",
    "W G G",
    "RFC 8414 section 3.1",
    summary="Metadata does not stand only where the well-known part is appended to the issuer",
    why="RFC 8414 inserts the well-known part between host and path; clients that follow it find nothing.",
    example="200 only at https://idp.example.com/t1/.well-known/oauth-authorization-server",
    fix="Serve the inserted form, https://idp.example.com/.well-known/oauth-authorization-server/t1.",
)
@of_metadata
def nonstandard_location(case: IssuerCase) -> Outcome:
    assert case.doc is not None
    return bad("only the appended form") if case.doc.variant is Variant.OAUTH_APPEND else good()


@rule(
    "ASD004 issuer-identity",
    "E C G",
    "RFC 8414 sections 3.3 and 4; OpenID Connect Discovery section 4.3",
    summary="issuer in the document is the issuer that was asked for, letter by letter",
    why="It is the defence against a mixed-up or impersonated authorization server; a differing document must not be "
    "used. The remedy is a pinned expectation, never to skip the comparison.",
    example='"issuer": "https://idp.example.com" for https://idp.example.com/tenant',
    fix="Publish the same string in both places, or write oauth.issuerMatch: pinned: and the issuer that is expected.",
)
@of_metadata
def issuer_identity(case: IssuerCase) -> Outcome:
    stated, asked = case.meta.text("issuer"), case.declared.issuer or ""
    if stated is None:
        return skip("the document names no issuer")
    relation = relate(stated, asked)
    if relation is Relation.IDENTICAL:
        return Outcome(Verdict.PASS, relation=relation)
    static = case.declared.static
    if _expected(static.issuer_match if static else None, stated, relation):
        return Outcome(Verdict.PASS, "as the manifest expects", relation=relation)
    known = case.quirk is not None and _expected(case.quirk.issuer_match, stated, relation)
    said = f"{show(stated)}: {CONSEQUENCE[relation]}"
    weight = Weight.WARNING if known else issuer_weight(relation)
    return Outcome(Verdict.FAIL, said, show(asked), relation, weight, reply=case.doc.reply if case.doc else None)


@rule(
    "ASD005 twins-agree",
    "W G G",
    "RFC 8414 section 5",
    summary="The OAuth and the OpenID document agree in what both say",
    why="Clients read either. What only one of them offers works for half of the clients.",
    example="registration_endpoint in one document only",
    fix="Make both from one source.",
)
@of_metadata
def twins_agree(case: IssuerCase) -> Outcome:
    oauth = [doc for doc in case.docs if doc.usable and doc.variant not in _OIDC]
    openid = [doc for doc in case.docs if doc.usable and doc.variant in _OIDC]
    if not oauth or not openid:
        return skip("there are not two documents")
    one, two = (doc.parsed.value or {} for doc in (oauth[0], openid[0]))
    differ = {name for name in one.keys() & two.keys() - _OPENID_ONLY if one[name] != two[name]}
    lacking = {name for name in one.keys() ^ two.keys() if name.endswith("_endpoint") and name in one}
    odd = frozenset(differ | lacking)
    return bad(f"differ in {listed(odd)}") if odd else good()


@rule(
    "ASD006 template",
    "E C G",
    "OpenID Connect Discovery section 4.3",
    summary="The issuer is that of one tenant, not a template and not a shared endpoint",
    why="A template equals no issuer at all, and tokens of a shared endpoint carry another issuer than its metadata.",
    example="https://login.microsoftonline.com/common/v2.0",
    fix="Use the issuer of the tenant.",
)
def template(case: IssuerCase) -> Outcome:
    issuer = case.declared.issuer
    if issuer is None:
        return skip("Okta knows its issuer")
    stated = case.meta.text("issuer") or ""
    faults = [f"{show(text)} is a template" for text in dict.fromkeys((issuer, stated)) if _TEMPLATE.search(text)]
    return judged(faults + [f"{name} is shared by all tenants" for name in issuer.split("/") if name in _SHARED])


@rule(
    "ASD007 legacy-host",
    "W C G",
    "MCP 2025-03-26 authorization, server metadata discovery",
    summary="A server without protected-resource metadata does not rely on metadata at its own root",
    why="Only clients of 2025-03-26 look there; newer ones find no authorization server.",
    example="404 for protected-resource metadata, 200 for /.well-known/oauth-authorization-server on the MCP host",
    fix="Publish protected-resource metadata; until then bind the authorization server in the manifest.",
)
def legacy_host(case: ServerCase) -> Outcome:
    if case.found:
        return good()
    reply = case.evidence.legacy if case.evidence else None
    if reply is None or not observed(reply):
        return unknown("the root was not seen")
    return bad("metadata only at the root of the MCP host") if _is_server(document(reply)) else good("nothing there")


@rule(
    "ASD008 okta-form",
    "E X G",
    "developer.okta.com concepts/auth-servers",
    summary="The issuer of a custom authorization server is https://{domain}/oauth2/{id}, as Okta prints it",
    why="With a custom domain, or with client_id in the metadata URL, the same server shows another issuer; tokens "
    "carry only one of them.",
    example="https://login.example.com/oauth2/aus1 where Okta prints https://example.okta.com/oauth2/aus1",
    fix="Use the issuer that Okta prints for the server.",
)
def okta_form(case: IssuerCase) -> Outcome:
    if not case.is_okta:
        return skip("it is not a custom authorization server")
    issuer, printed = case.declared.issuer, case.facts.issuer
    parts = split(issuer) if issuer else None
    if issuer is None or parts is None:
        return skip("its issuer is not known")
    if _OKTA_PATH.fullmatch(parts.path) is None:
        return bad(show(issuer), "https://{domain}/oauth2/{id}")
    return bad(show(issuer), show(printed)) if printed is not None and printed != issuer else good()


def _expected(match: str | None, stated: str, relation: Relation) -> bool:
    """Whether an expectation from the manifest or the table of providers covers the difference."""
    if match == "root_slash":
        return relation is Relation.ROOT_SLASH
    return match == f"pinned:{stated}"


def _is_server(doc: Doc) -> bool:
    value = doc.parsed.value or {}
    return "token_endpoint" in value or "issuer" in value


ISSUER = (
    issuer_form,
    found,
    nonstandard_location,
    issuer_identity,
    twins_agree,
    template,
    okta_form,
)
SERVER = (legacy_host,)
