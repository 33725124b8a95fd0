"""XAA: cross-app access. The organisation issues an identity assertion, the authorization server redeems it."""

from reconciler.core.evidence import Verdict, Weight
from reconciler.oauth.case import IssuerCase, ServerCase, of_facts, of_metadata
from reconciler.oauth.checks import jwk
from reconciler.oauth.metadata import DEFAULT_METHODS, ID_JAG_PROFILE, ID_JAG_TYPE, JWT_BEARER, TOKEN_EXCHANGE
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip, unknown
from reconciler.oauth.parts import same_origin

_PROFILES = "authorization_grant_profiles_supported"
_UNREAD = "the control plane was not read"


def advertises_grant(case: IssuerCase) -> bool:
    return JWT_BEARER in (case.meta.texts("grant_types_supported") or ())


def advertises_profile(case: IssuerCase) -> bool:
    return ID_JAG_PROFILE in (case.meta.texts(_PROFILES) or ())


@rule(
    "XAA001 kind",
    "E X 0",
    "Okta MCP servers, capabilities; ID-JAG draft section 7.2",
    summary="The server is a custom authorization server of the organisation, or an external one that announces ID-JAG",
    why="Only these two can redeem the assertions that Okta issues.",
    example="requires: [xaa] with GitHub as the only authorization server",
    fix="Attach a custom authorization server, or an external one that is capable of XAA.",
)
def kind(case: IssuerCase) -> Outcome:
    if case.is_okta:
        return good("okta")
    if case.found:
        both = advertises_grant(case) and advertises_profile(case)
        return good("external, announces it") if both else bad("external, does not announce it", "okta, or ID-JAG")
    return (
        bad("external, with static facts alone", "okta, or ID-JAG") if case.is_static else unknown("metadata decides")
    )


@rule(
    "XAA002 ras-grant",
    "E X G",
    "ID-JAG draft section 7.2; Okta XAA resource metadata guide",
    summary="grant_types_supported contains the jwt-bearer grant",
    why="It is the grant by which the assertion is redeemed. For a custom authorization server its policy counts "
    "instead.",
    example='"grant_types_supported": ["authorization_code", "refresh_token"]',
    fix="Enable and announce urn:ietf:params:oauth:grant-type:jwt-bearer.",
)
@of_metadata
def redeeming_grant(case: IssuerCase) -> Outcome:
    weight = Weight.INFO if case.is_okta else None
    return good() if advertises_grant(case) else bad(listed(case.meta.grants), JWT_BEARER, weight=weight)


@rule(
    "XAA003 ras-profile",
    "E X G",
    "ID-JAG draft section 7.2; MCP enterprise-managed authorization section 6; Okta XAA resource metadata guide",
    summary="authorization_grant_profiles_supported contains the ID-JAG profile",
    why="jwt-bearer alone may mean workload identity or plain RFC 7523; only the profile says that identity "
    "assertions are understood.",
    example="jwt-bearer without authorization_grant_profiles_supported",
    fix="Announce urn:ietf:params:oauth:grant-profile:id-jag.",
)
@of_metadata
def redeeming_profile(case: IssuerCase) -> Outcome:
    weight = Weight.INFO if case.is_okta else None
    said = case.meta.texts(_PROFILES) or ()
    return good() if advertises_profile(case) else bad(listed(said), ID_JAG_PROFILE, weight=weight)


@rule(
    "XAA004 coherent",
    "E X G",
    "ID-JAG draft section 7.2",
    summary="Who announces the profile announces the grant too",
    why="The profile is a way of using the grant. A document that names only one contradicts itself, and cannot be "
    "relied on.",
    example="the ID-JAG profile without jwt-bearer",
    fix="Add the grant.",
)
@of_metadata
def coherent(case: IssuerCase) -> Outcome:
    if not advertises_profile(case):
        return skip("the profile is not announced")
    return good() if advertises_grant(case) else bad("the profile without the grant", JWT_BEARER)


@rule(
    "XAA005 idp-types",
    "I X G",
    "OAuth identity chaining draft, metadata; ID-JAG draft section 7.1",
    summary="The organisation announces that it issues ID-JAGs",
    why="It helps clients to find out. That it is absent proves nothing.",
    example="metadata without identity_chaining_requested_token_types_supported",
    fix="Nothing has to be done; Okta decides what it announces.",
)
def issuer_types(case: ServerCase) -> Outcome:
    if case.organisation is None or not case.organisation.found:
        return unknown("the organisation's metadata was not seen")
    named = case.organisation.meta.texts("identity_chaining_requested_token_types_supported") or ()
    return good() if ID_JAG_TYPE in named else bad("not announced", ID_JAG_TYPE)


@rule(
    "XAA006 idp-exchange",
    "I X G",
    "RFC 8693 section 2.1",
    summary="The organisation announces the token-exchange grant",
    why="The assertion is obtained by token exchange. Okta's sample metadata leaves it out all the same.",
    example="grant_types_supported of the organisation without token-exchange",
    fix="Nothing has to be done; Okta decides what it announces.",
)
def issuer_exchange(case: ServerCase) -> Outcome:
    if case.organisation is None or not case.organisation.found:
        return unknown("the organisation's metadata was not seen")
    return good() if TOKEN_EXCHANGE in case.organisation.meta.grants else bad("not announced", TOKEN_EXCHANGE)


@rule(
    "XAA007 confidential",
    "E X G",
    "ID-JAG draft, client authentication; MCP enterprise-managed authorization section 7.7",
    summary="Clients authenticate at the token endpoint",
    why="An assertion that anybody may redeem is a bearer secret.",
    example='"token_endpoint_auth_methods_supported": ["none"]',
    fix="Use private_key_jwt or a client secret.",
)
@of_facts
def confidential(case: IssuerCase) -> Outcome:
    methods = case.texts("token_endpoint_auth_methods_supported") or DEFAULT_METHODS
    return bad("none alone", "private_key_jwt or a secret") if set(methods) == {"none"} else good()


@rule(
    "XAA008 audience",
    "E X G",
    "ID-JAG draft sections 4.3 and 4.4.1; MCP enterprise-managed authorization section 4",
    summary="The issuer of the connection is the issuer in the metadata, slash included",
    why="It becomes the audience of the assertion, and the server compares it with its own issuer, letter by letter.",
    example="https://idp.example.com/ in the manifest, https://idp.example.com in the metadata",
    fix="Copy the issuer verbatim from the metadata.",
)
@of_metadata
def audience(case: IssuerCase) -> Outcome:
    static, stated = case.declared.static, case.meta.text("issuer")
    pinned = (static.issuer_match or "") if static else ""
    used = case.facts.connection_issuer or pinned.partition("pinned:")[2] or case.declared.issuer
    if stated is None:
        return skip("the metadata names no issuer")
    return good() if used == stated else bad(show(used), show(stated))


@rule(
    "XAA009 resource-pair",
    "E X G",
    "MCP enterprise-managed authorization section 7.6; Okta XAA resource metadata guide",
    summary="The resource of the connection is the resource in the metadata of the MCP server, slash included",
    why="Okta names a differing slash as a main cause of failing exchanges.",
    example="https://mcp.example.com/mcp/ in the manifest, https://mcp.example.com/mcp in the metadata",
    fix="Copy resource verbatim from the protected-resource metadata.",
)
def resource_pair(case: IssuerCase) -> Outcome:
    stated = case.resource.text("resource")
    if stated is None:
        return skip("the MCP server states no resource")
    used = case.facts.resource or case.target.url
    return good() if used == stated else bad(show(used), show(stated))


@rule(
    "XAA010 token-origin",
    "W X G",
    "python-sdk client/auth/extensions/identity_assertion.py",
    summary="The token endpoint is on the origin of the issuer",
    why="The Python SDK refuses to send an assertion elsewhere.",
    example="issuer https://idp.example.com, token endpoint https://tokens.example.com/token",
    fix="Serve the token endpoint on the origin of the issuer.",
)
@of_metadata
def token_origin(case: IssuerCase) -> Outcome:
    endpoint = case.meta.text("token_endpoint")
    if endpoint is None:
        return skip("there is no token endpoint")
    return good() if same_origin(endpoint, case.declared.issuer or "") else bad("on another origin")


@rule(
    "XAA011 no-authz-endpoint",
    "W X G",
    "RFC 8414 section 2",
    summary="The metadata names an authorization endpoint even where only assertions are redeemed",
    why="It may be left out then, but the Python SDK rejects a document without it.",
    example="a document with token_endpoint and jwt-bearer alone",
    fix="Publish one anyway.",
)
@of_metadata
def authorization_endpoint(case: IssuerCase) -> Outcome:
    return good() if case.meta.text("authorization_endpoint") else bad("missing", "authorization_endpoint")


@rule(
    "XAA012 client-map",
    "E X 0",
    "ID-JAG draft section 5; MCP enterprise-managed authorization section 7.1",
    summary="The client id at the external server is declared",
    why="The assertion carries the client id that the redeeming server knows. Without the mapping Okta cannot issue "
    "it.",
    example="an external authorization server with ID-JAG and no ClientRegistration",
    fix="Declare a client registration with clientId, or use a URL as client id on both sides.",
)
def client_map(case: IssuerCase) -> Outcome:
    if case.is_okta:
        return skip("Okta knows its own clients")
    if not case.declared.written or not (advertises_grant(case) and advertises_profile(case)):
        return skip("it does not announce XAA, or nothing is declared")
    registration = case.declared.registration
    return good() if registration is not None and registration.client_id else bad("no client id is declared")


@rule(
    "XAA013 idp-keys",
    "E X G",
    "MCP enterprise-managed authorization section 7.4.1",
    summary="The keys of the organisation, which signs the assertions, are in order",
    why="The redeeming server fetches them; when that fails every assertion is refused.",
    example="the organisation's jwks_uri does not answer",
    fix="Correct the keys of the organisation's authorization server.",
)
def issuer_keys(case: ServerCase) -> Outcome:
    if case.organisation is None or case.organisation.jwks is None:
        return unknown("the organisation's keys were not seen")
    checks = (jwk.fetch, jwk.signing_key, jwk.no_secret, jwk.strength, jwk.kid)
    outcomes = {entry.check.id: entry.run(case.organisation) for entry in checks}
    if outcomes["JWK001"].verdict is Verdict.UNKNOWN:
        return unknown("no answer to judge")
    failing = {code: o.observed for code, o in outcomes.items() if o.verdict is Verdict.FAIL}
    fatal = any(entry.check.weight is Weight.ERROR for entry in checks if entry.check.id in failing)
    return judged([f"{code} {said}" for code, said in failing.items()], weight=None if fatal else Weight.WARNING)


@rule(
    "XAA014 policy",
    "E X K",
    "help.okta.com ai-agent-auth-server",
    summary="A rule of the custom authorization server's access policies allows the agent the jwt-bearer grant",
    why="When no rule allows it, no agent gets a token, whatever the metadata says.",
    example="rules that allow client_credentials alone",
    fix="Add urn:ietf:params:oauth:grant-type:jwt-bearer to a rule.",
)
def policy(case: IssuerCase) -> Outcome:
    if not case.is_okta:
        return skip("it is not a custom authorization server")
    if case.facts.grants is None:
        return unknown(_UNREAD)
    return good() if JWT_BEARER in case.facts.grants else bad(listed(case.facts.grants), JWT_BEARER)


@rule(
    "XAA015 scopes",
    "E X K",
    "Okta AI agent token exchange guide",
    summary="The custom authorization server defines the scopes that are requested",
    why="Okta grants only scopes that exist there.",
    example="a custom authorization server without scopes",
    fix="Create the scopes.",
)
def scopes(case: IssuerCase) -> Outcome:
    if not case.is_okta:
        return skip("it is not a custom authorization server")
    if case.facts.scopes is None:
        return unknown(_UNREAD)
    registration = case.declared.registration
    missing = frozenset(registration.scopes if registration else ()) - set(case.facts.scopes)
    if not case.facts.scopes:
        return bad("it defines none", "at least one scope")
    return bad(f"not defined: {listed(missing)}") if missing else good()


@rule(
    "XAA016 no-trust-leak",
    "W X G",
    "ID-JAG draft, metadata disclosure",
    summary="authorization_grant_profiles_supported names no issuers or tenants",
    why="Whose assertions a server trusts tells who its customers are.",
    example='"authorization_grant_profiles_supported": ["https://customer.okta.com"]',
    fix="List profiles only.",
)
@of_metadata
def no_trust_leak(case: IssuerCase) -> Outcome:
    leaks = tuple(p for p in case.meta.texts(_PROFILES) or () if not p.startswith("urn:"))
    return bad(listed(leaks), "names of profiles") if leaks else good()


ISSUER = (
    kind,
    redeeming_grant,
    redeeming_profile,
    coherent,
    confidential,
    audience,
    resource_pair,
    token_origin,
    authorization_endpoint,
    client_map,
    policy,
    scopes,
    no_trust_leak,
)
SERVER = (issuer_types, issuer_exchange, issuer_keys)
