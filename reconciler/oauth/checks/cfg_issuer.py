"""CFG: what the manifest says about an authorization server, judged without asking anybody."""

import re

from reconciler.core.evidence import Weight
from reconciler.core.url import is_loopback
from reconciler.oauth.case import IssuerCase
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip
from reconciler.oauth.parts import split

GRANTS = frozenset({"authorization_code", "refresh_token"})
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_BROAD = frozenset({"*", "all", "full"})


@rule(
    "CFG006 as-kind",
    "E C 0",
    "Okta MCP servers, authorization servers",
    summary="The type of the authorization server agrees with the prefix of its id",
    why="aus is a custom authorization server of the organisation and gives XAA; eas is an external one and gives "
    "STS. A wrong type asks Okta for a capability that the object cannot have.",
    example="type: external with id: aus1abc…",
    fix="Correct the type or the id.",
)
def as_kind(case: IssuerCase) -> Outcome:
    prefix = {"aus": "okta", "eas": "external"}.get((case.declared.id or "")[:3])
    if prefix is None:
        return skip("it has no id that tells its type")
    return good() if prefix == case.declared.type else bad(f"type {case.declared.type}", f"type {prefix}")


@rule(
    "CFG008 eas-endpoints",
    "E S 0",
    "Okta MCP servers, external authorization servers",
    summary="An external authorization server is discovered, or both of its endpoints are written",
    why="Without metadata somebody has to say where people consent and where tokens are issued.",
    example="discovery: static with tokenEndpoint alone",
    fix="Write authorizationEndpoint and tokenEndpoint, or use discovery: auto.",
)
def eas_endpoints(case: IssuerCase) -> Outcome:
    if case.is_okta:
        return skip("Okta knows the endpoints of its own servers")
    if case.declared.discovery == "auto":
        return good("discovery is on")
    static = case.declared.static
    names = ("authorization_endpoint", "token_endpoint")
    return judged([f"{name} is missing" for name in names if getattr(static, name, None) is None])


@rule(
    "CFG009 grants-known",
    "E S 0",
    "Okta MCP servers, external authorization servers",
    summary="Declared grants are authorization_code and refresh_token, nothing else",
    why="Okta redeems a person's consent and renews it; it uses no other grant at an external authorization server.",
    example="grantTypes: [authorization_code, client_credentials]",
    fix="Remove the other grants.",
)
def grants_known(case: IssuerCase) -> Outcome:
    static = case.declared.static
    if static is None or static.grants is None:
        return skip("no grants are declared")
    odd = tuple(grant for grant in static.grants if grant not in GRANTS)
    return bad(listed(odd), listed(GRANTS)) if odd else good()


@rule(
    "CFG012 scope-syntax",
    "E G 0",
    "RFC 6749 section 3.3; RFC 9700 section 2.3",
    summary="Scopes are well-formed, written once, and not all-embracing",
    why="A blank or quotation mark splits a scope in two, and a scope that means everything gives an agent more than "
    "its task needs.",
    example="scopes: [read, read, '*']",
    fix="Name narrow scopes, each once, in printable ASCII without blank, quotation mark and backslash.",
)
def scope_syntax(case: IssuerCase) -> Outcome:
    registration, static = case.declared.registration, case.declared.static
    scopes = (registration.scopes if registration else ()) + ((static.scopes or ()) if static else ())
    if not scopes:
        return skip("no scopes are declared")
    written = registration.scopes if registration else ()
    faults = [f"{show(s)} is not a scope token" for s in scopes if not _SCOPE.fullmatch(s)]
    faults += [f"{show(s)} stands twice" for s in sorted(set(written)) if written.count(s) > 1]
    broad = [f"{show(s)} embraces everything" for s in scopes if s.lower() in _BROAD]
    return judged(faults) if faults else judged(broad, weight=Weight.WARNING)


@rule(
    "CFG013 redirect-rule",
    "E S 0",
    "MCP 2026-07-28 authorization, security; RFC 9700 section 2.1",
    summary="Redirect URIs are https or loopback, and exact",
    why="A code that is sent to a pattern or over http reaches whoever controls one matching address.",
    example="redirectUris: ['https://*.example.com/callback']",
    fix="Register the exact https callback.",
)
def redirect_rule(case: IssuerCase) -> Outcome:
    registration = case.declared.registration
    if registration is None or not registration.redirect_uris:
        return skip("no redirect URIs are declared")
    return judged([f"{show(uri)} {why}" for uri in registration.redirect_uris if (why := redirect_fault(uri))])


@rule(
    "CFG015 static-provenance",
    "W S 0",
    "RFC 8414 section 3 (what stands in for it must be looked after)",
    summary="Static facts, and what is known about the provider, have a source and a date of review that lies ahead",
    why="Providers move. Without a source and a date nobody knows what to look at, or when.",
    example="reviewBy: 2025-01-01",
    fix="Verify the facts at their source and move the date.",
)
def static_provenance(case: IssuerCase) -> Outcome:
    static, quirk, today = case.declared.static, case.quirk, case.observation.now.date()
    if static is None and quirk is None:
        return skip("nothing is declared or known by hand")
    faults = []
    if static is not None:
        faults += [] if static.source else ["the static facts have no source"]
        faults += [] if static.review_by else ["the static facts have no date of review"]
        if static.review_by and static.review_by < today:
            faults.append(f"the static facts were to be reviewed by {static.review_by}")
    if quirk is not None and quirk.review_by < today:
        faults.append(f"what is known about {quirk.name} was to be reviewed by {quirk.review_by}")
    return judged(faults)


def redirect_fault(uri: str) -> str:
    """What is wrong with a redirect URI, or nothing."""
    parts = split(uri)
    if parts is None:
        return "is not an absolute URL"
    if "*" in uri:
        return "is a pattern"
    if parts.fragment:
        return "has a fragment"
    secure = parts.key[0] == "https" or is_loopback(parts.host.strip("[]"))
    return "" if secure else "is neither https nor on this machine"


ISSUER = (as_kind, eas_endpoints, grants_known, scope_syntax, redirect_rule, static_provenance)
