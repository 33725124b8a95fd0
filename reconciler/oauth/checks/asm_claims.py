"""ASM: how clients authenticate, what protects the answer, scopes, and members that deserve a second look."""

from reconciler.core.evidence import Origin, Weight
from reconciler.oauth.case import IssuerCase, of_facts, of_metadata
from reconciler.oauth.metadata import DEFAULT_METHODS
from reconciler.oauth.observation import Revision
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, skip

_SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
_SYMMETRIC = ("HS", "none")


@rule(
    "ASM012 auth-methods",
    "E XS G",
    "RFC 8414 section 2",
    summary="The token endpoint accepts a way of authentication that the registration can use",
    why="A client whose only method is refused gets invalid_client for every request. Absent means "
    "client_secret_basic.",
    example='"token_endpoint_auth_methods_supported": ["private_key_jwt"] with a client secret',
    fix="Enable a method that both sides have.",
)
@of_facts
def auth_methods(case: IssuerCase) -> Outcome:
    if case.declared.registration is None or not case.declared.registration.secret:
        return skip("no client secret is configured")
    stated = case.texts("token_endpoint_auth_methods_supported") or DEFAULT_METHODS
    shared = _SECRET_METHODS & set(stated)
    return good(listed(frozenset(shared))) if shared else bad(listed(stated), listed(_SECRET_METHODS))


@rule(
    "ASM013 auth-algs",
    "W XS G",
    "RFC 8414 section 2; RFC 8725 section 3.1",
    summary="Where clients may sign their authentication, the algorithms are listed, without none and with an "
    "asymmetric one",
    why="A client has to guess otherwise, and none would let anybody in.",
    example='private_key_jwt without "token_endpoint_auth_signing_alg_values_supported"',
    fix="Publish the list of algorithms.",
)
@of_metadata
def auth_algorithms(case: IssuerCase) -> Outcome:
    if not any(method.endswith("_jwt") for method in case.meta.methods):
        return skip("no method signs")
    listing = case.meta.texts("token_endpoint_auth_signing_alg_values_supported")
    if not listing:
        return bad("no algorithms are listed")
    return judged(_algorithm_faults(listing))


@rule(
    "ASM014 iss-flag",
    "W S G",
    "RFC 9207 sections 2.3 and 3; MCP 2026-07-28 authorization",
    summary="authorization_response_iss_parameter_supported is true",
    why="With iss in the answer a client knows who sent it; without it only a redirect URI of its own for each server "
    "helps against a mix-up.",
    example="metadata without the flag",
    fix="Emit iss, and set the flag.",
)
@of_metadata
def iss_flag(case: IssuerCase) -> Outcome:
    if case.meta.flag("authorization_response_iss_parameter_supported"):
        return good()
    early = (case.target.revision or Revision.M26) < Revision.M26
    return bad("not announced", "true", weight=Weight.INFO if early else None)


@rule(
    "ASM015 resource-support",
    "W XS 0",
    "RFC 8707 section 2",
    summary="It is known whether the server tolerates the resource parameter",
    why="MCP clients and Okta send it, no metadata announces it, and some providers refuse a request that carries it.",
    example="a provider that answers AADSTS9010010 to resource",
    fix="Write oauth.resourceParameter: send or omit, from a test or the provider's documentation.",
)
def resource_support(case: IssuerCase) -> Outcome:
    if case.is_okta:
        return good("Okta takes it")
    static = case.declared.static
    knob = (static.resource_parameter if static else None) or (case.quirk.resource_parameter if case.quirk else None)
    return good(knob, origin=Origin.STATIC) if knob else bad("not known", "send or omit")


@rule(
    "ASM016 scopes-cover",
    "W S G",
    "RFC 8414 section 2",
    summary="Requested scopes are in scopes_supported",
    why="A misspelt scope is refused only when a person stands before the consent page. Okta hides custom scopes by "
    "default.",
    example="scopes: [files:raed]",
    fix="Correct the names of the scopes.",
)
@of_facts
def scopes_cover(case: IssuerCase) -> Outcome:
    registration, offered = case.declared.registration, case.texts("scopes_supported")
    if registration is None or not registration.scopes:
        return skip("no scopes are requested")
    if offered is None:
        return skip("scopes_supported is not published")
    odd = tuple(scope for scope in registration.scopes if scope not in offered)
    return bad(f"not offered: {listed(odd)}", weight=Weight.INFO if case.is_okta else None) if odd else good()


@rule(
    "ASM017 refresh",
    "W S G",
    "MCP 2026-07-28 authorization, refresh tokens; RFC 9700 section 2.2.2",
    summary="The metadata announces refresh tokens: the grant, or offline_access of an OpenID provider",
    why="Without a refresh token the consent has to be repeated whenever the access token ends.",
    example='"grant_types_supported": ["authorization_code"]',
    fix="Enable refresh tokens, and announce them.",
)
@of_metadata
def refresh(case: IssuerCase) -> Outcome:
    announced = "refresh_token" in case.meta.grants or "offline_access" in (case.meta.texts("scopes_supported") or ())
    return good() if announced else bad("not announced", "refresh_token")


@rule(
    "ASM018 par-required",
    "W S G",
    "RFC 9126 section 5",
    summary="Pushed authorization requests are not demanded",
    why="A broker that opens the authorization endpoint directly is refused.",
    example='"require_pushed_authorization_requests": true',
    fix="Confirm that the broker pushes its requests, or do not demand it.",
)
@of_metadata
def par_required(case: IssuerCase) -> Outcome:
    return bad("demanded") if case.meta.flag("require_pushed_authorization_requests") else good()


@rule(
    "ASM019 dpop-algs",
    "I G G",
    "RFC 9449 section 5.1",
    summary="Algorithms for DPoP are asymmetric, and none is not among them",
    why="A proof of possession that is not signed, or signed with a shared secret, proves nothing.",
    example='"dpop_signing_alg_values_supported": ["none"]',
    fix="List asymmetric algorithms only.",
)
@of_metadata
def dpop_algorithms(case: IssuerCase) -> Outcome:
    listing = case.meta.texts("dpop_signing_alg_values_supported")
    if listing is None:
        return skip("DPoP is not announced")
    odd = tuple(name for name in listing if name.startswith(_SYMMETRIC))
    return bad(listed(odd)) if odd else good()


@rule(
    "ASM022 odd-endpoints",
    "I G G",
    "RFC 7009 section 2",
    summary="No endpoint doubles as the token endpoint",
    why="A request to revoke a token that is taken for a request for one does not revoke anything.",
    example="revocation_endpoint equal to token_endpoint",
    fix="Separate the endpoints.",
)
@of_metadata
def odd_endpoints(case: IssuerCase) -> Outcome:
    token = case.meta.text("token_endpoint")
    same = [name for name, url in case.meta.endpoints.items() if url == token and name != "token_endpoint"]
    return judged([f"{name} is the token endpoint" for name in same])


@rule(
    "ASM023 signed",
    "I G G",
    "RFC 8414 section 2.1",
    summary="No signed_metadata overrides the plain members",
    why="Signed values take precedence for those who verify them, so two clients may read two documents. This program "
    "judges the plain members.",
    example='"signed_metadata": "eyJ…"',
    fix="Keep signed and plain values equal.",
)
@of_metadata
def signed(case: IssuerCase) -> Outcome:
    return bad("present, not verified") if case.meta.has("signed_metadata") else good()


def _algorithm_faults(listing: tuple[str, ...]) -> list[str]:
    faults = ["none is listed"] if "none" in listing else []
    return faults + ([] if any(not name.startswith(_SYMMETRIC) for name in listing) else ["none of them is asymmetric"])


ISSUER = (
    auth_methods,
    auth_algorithms,
    iss_flag,
    resource_support,
    scopes_cover,
    refresh,
    par_required,
    dpop_algorithms,
    odd_endpoints,
    signed,
)
