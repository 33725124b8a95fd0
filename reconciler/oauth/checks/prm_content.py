"""PRM: what else protected-resource metadata says: scopes, how to send a token, and bound tokens."""

from reconciler.core.evidence import Weight
from reconciler.oauth.case import ServerCase, of_resource
from reconciler.oauth.observation import Revision
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip


@rule(
    "PRM010 scopes",
    "W X G",
    "RFC 9728 section 2; Okta XAA resource metadata guide",
    summary="scopes_supported is present",
    why="It is recommended, and Okta's guide for XAA calls it required: connections choose from this list.",
    example="a document with resource and authorization_servers alone",
    fix="Publish the smallest set of scopes that clients need.",
)
@of_resource
def scopes(case: ServerCase) -> Outcome:
    return good() if case.meta.texts("scopes_supported") else bad("missing", "scopes_supported")


@rule(
    "PRM011 no-offline",
    "W G G",
    "MCP 2026-07-28 authorization, refresh tokens",
    summary="scopes_supported does not contain offline_access",
    why="Whether a client gets a refresh token is between it and the authorization server, not a permission of the "
    "resource.",
    example='"scopes_supported": ["read", "offline_access"]',
    fix="Move it to the metadata of the authorization server.",
)
@of_resource
def no_offline(case: ServerCase) -> Outcome:
    if case.revision < Revision.M26:
        return skip(f"{case.revision} does not speak of it")
    return bad("offline_access") if "offline_access" in (case.meta.texts("scopes_supported") or ()) else good()


@rule(
    "PRM012 bearer-header",
    "W C G",
    "RFC 9728 section 2; RFC 9700 section 4.3.2",
    summary="bearer_methods_supported, where present, contains header and not query",
    why="MCP clients send tokens in the Authorization header; a token in a URL ends in logs and Referer headers.",
    example='"bearer_methods_supported": ["query"]',
    fix='Publish ["header"].',
)
@of_resource
def bearer_header(case: ServerCase) -> Outcome:
    methods = case.meta.texts("bearer_methods_supported")
    if methods is None:
        return skip("bearer_methods_supported is not present")
    if "query" in methods:
        return bad(listed(methods), "header", weight=Weight.ERROR)
    return good() if "header" in methods else bad(listed(methods), "header")


@rule(
    "PRM013 jwks-https",
    "E G G",
    "RFC 9728 section 2",
    summary="jwks_uri is https",
    why="Keys that come over http are the keys of whoever sits on the way.",
    example='"jwks_uri": "http://mcp.example.com/keys"',
    fix="Use https.",
)
@of_resource
def jwks_https(case: ServerCase) -> Outcome:
    uri = case.meta.text("jwks_uri")
    if uri is None:
        return skip("jwks_uri is not present")
    return good() if uri.startswith("https://") else bad(show(uri), "https")


@rule(
    "PRM014 no-empty",
    "I G G",
    "RFC 9728 section 3.2",
    summary="Arrays without elements are left out",
    why="An empty list reads like a statement (nothing is supported) where nothing was meant.",
    example='"scopes_supported": []',
    fix="Drop empty arrays.",
)
@of_resource
def no_empty(case: ServerCase) -> Outcome:
    return judged([f"{show(name)} is empty" for name, value in sorted(case.meta.raw.items()) if value == []])


@rule(
    "PRM015 dpop-required",
    "E XS G",
    "RFC 9728 section 2; RFC 9449 section 7",
    summary="The server does not insist on DPoP-bound tokens",
    why="Okta hands bearer tokens to agents. A server that accepts only bound ones refuses each of them.",
    example='"dpop_bound_access_tokens_required": true',
    fix="Accept bearer tokens, or connect by a path that is capable of DPoP.",
)
@of_resource
def dpop_required(case: ServerCase) -> Outcome:
    return bad("required", "bearer tokens accepted") if case.meta.flag("dpop_bound_access_tokens_required") else good()


@rule(
    "PRM016 mtls-required",
    "W XS G",
    "RFC 8705 section 3.3",
    summary="The server does not announce certificate-bound tokens",
    why="A token that is bound to a client certificate is of no use to an agent that does not hold the certificate.",
    example='"tls_client_certificate_bound_access_tokens": true',
    fix="Accept bearer tokens, or connect by a path that is capable of mutual TLS.",
)
@of_resource
def mtls_required(case: ServerCase) -> Outcome:
    return bad("announced") if case.meta.flag("tls_client_certificate_bound_access_tokens") else good()


@rule(
    "PRM017 signed",
    "I G G",
    "RFC 9728 sections 2.2 and 3.3",
    summary="No signed_metadata overrides the plain members",
    why="Signed values take precedence for clients that verify them, so two clients may read two documents. This "
    "program judges the plain members.",
    example='"signed_metadata": "eyJ…"',
    fix="Publish the verifying keys, and keep signed and plain values equal.",
)
@of_resource
def signed(case: ServerCase) -> Outcome:
    return bad("present, not verified") if case.meta.has("signed_metadata") else good()


@rule(
    "PRM020 scope-subset",
    "I G G",
    "MCP 2026-07-28 authorization, scope selection strategy",
    summary="Scopes that the server asks for are requested by the manifest, or offered by an authorization server",
    why="A client that follows the server asks for scopes that nobody will grant.",
    example="the challenge asks for files:write, the registration requests files:read",
    fix="Request what the server asks for, or correct its list.",
)
@of_resource
def scope_subset(case: ServerCase) -> Outcome:
    bearer = case.challenges.of("Bearer", "DPoP")
    asked = set(((bearer.get("scope") if bearer else None) or "").split()) | set(
        case.meta.texts("scopes_supported") or ()
    )
    given: set[str] = set()
    for issuer in case.issuers:
        registration = issuer.declared.registration
        if registration is not None and registration.all_scopes:
            return good("all scopes are requested")
        given |= set(registration.scopes if registration else ()) | set(issuer.texts("scopes_supported") or ())
    if not asked or not given:
        return skip("there is nothing to compare")
    odd = frozenset(asked - given)
    return bad(f"only the server names {listed(odd)}") if odd else good()


SERVER = (
    scopes,
    no_offline,
    bearer_header,
    jwks_https,
    no_empty,
    dpop_required,
    mtls_required,
    signed,
    scope_subset,
)
