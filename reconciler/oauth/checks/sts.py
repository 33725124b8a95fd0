"""STS: brokered consent. Okta is a confidential client of the external server, and keeps the refresh token."""

from reconciler.core.evidence import Origin
from reconciler.core.url import host_of
from reconciler.oauth.case import IssuerCase, IssuerRun, of_facts
from reconciler.oauth.checks.forms import form_faults
from reconciler.oauth.metadata import DEFAULT_GRANTS, DEFAULT_METHODS, TOKEN_EXCHANGE
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip, unknown

_SECRETS = frozenset({"client_secret_basic", "client_secret_post"})
_UNREAD = "the control plane was not read"


def of_external(run: IssuerRun) -> IssuerRun:
    """Only for external authorization servers; a custom one of the organisation gives XAA, never STS."""
    return lambda case: skip("a custom authorization server gives XAA") if case.is_okta else run(case)


@rule(
    "STS001 endpoints",
    "E S G",
    "Okta MCP servers, external authorization servers; help.okta.com ai-agent-add-resource-server",
    summary="Authorization and token endpoint are known, https, and public",
    why="People consent at the one and Okta redeems the code at the other, from outside your network.",
    example="a token endpoint on an internal host",
    fix="Provide public endpoints.",
)
@of_external
@of_facts
def endpoints(case: IssuerCase) -> Outcome:
    stated = {name: case.text(name) for name in ("authorization_endpoint", "token_endpoint")}
    faults = [f"{name} is not known" for name, url in stated.items() if url is None]
    faults += [f"{name}: {fault}" for name, url in stated.items() if url for fault in form_faults(url)]
    hosts = {host_of(url) for url in stated.values() if url}
    facts = [case.observation.hosts[host] for host in sorted(hosts) if host in case.observation.hosts]
    _, origin = case.stated("token_endpoint")
    outcome = judged(faults + [f"{each.host} is not public" for each in facts if each.refused])
    return outcome if faults or outcome.observed else good(origin=origin)


@rule(
    "STS002 code-grant",
    "E S G",
    "Okta MCP servers, external authorization servers; Okta AI agent token exchange guide",
    summary="The authorization_code grant is supported",
    why="Okta obtains a person's consent by it, and by nothing else.",
    example='"grant_types_supported": ["client_credentials"]',
    fix="Enable the grant.",
)
@of_external
@of_facts
def code_grant(case: IssuerCase) -> Outcome:
    grants, origin = _grants(case)
    return good(origin=origin) if "authorization_code" in grants else bad(listed(grants), "authorization_code")


@rule(
    "STS003 refresh-grant",
    "W S G",
    "Okta MCP servers, external authorization servers; Okta AI agent token exchange guide",
    summary="The refresh_token grant is supported",
    why="Okta keeps the refresh token; without it each session asks the person again.",
    example="grantTypes: [authorization_code]",
    fix="Enable refresh tokens, or offline access.",
)
@of_external
@of_facts
def refresh_grant(case: IssuerCase) -> Outcome:
    grants, origin = _grants(case)
    return good(origin=origin) if "refresh_token" in grants else bad(listed(grants), "refresh_token")


@rule(
    "STS004 confidential",
    "E S G",
    "help.okta.com ai-agent-mcp-server",
    summary="The token endpoint accepts a client secret, in the header or in the body",
    why="Okta authenticates with a secret. A server that only knows public clients refuses it.",
    example='"token_endpoint_auth_methods_supported": ["none"]',
    fix="Register a confidential client.",
)
@of_external
@of_facts
def confidential(case: IssuerCase) -> Outcome:
    methods, origin = case.stated("token_endpoint_auth_methods_supported")
    stated = tuple(map(str, methods)) if isinstance(methods, list | tuple) else DEFAULT_METHODS
    usable = frozenset(_SECRETS & set(stated))
    return good(listed(usable), origin=origin) if usable else bad(listed(stated), listed(_SECRETS))


@rule(
    "STS005 creds",
    "E S 0K",
    "help.okta.com ai-agent-mcp-server; SEP-2352",
    summary="Client credentials are referred to, stored in Okta, and made for this issuer",
    why="Okta is a client like any other: without id and secret it cannot redeem a code. Credentials of another "
    "issuer must never be sent to this one.",
    example="an external authorization server without ClientRegistration",
    fix="Register a client at the provider, and declare it by reference.",
)
@of_external
def credentials(case: IssuerCase) -> Outcome:
    if not case.declared.written:
        return skip("nothing is declared")
    registration, facts = case.declared.registration, case.facts
    if facts.credentials is False:
        return bad("Okta holds no credentials for it", "stored credentials")
    bound = facts.credentials_issuer or (registration.issuer if registration else None)
    if bound is not None and bound != case.declared.issuer:
        return bad(f"made for {show(bound)}", show(case.declared.issuer))
    if facts.credentials:
        return good("stored in Okta", origin=Origin.CONTROL_PLANE)
    if registration is not None and registration.elsewhere:
        return unknown("client registrations are kept outside of the manifests")
    stands = registration is not None and (registration.dynamic or (registration.client_id and registration.secret))
    return good() if stands else bad("no client id with a secret is declared", "a client registration")


@rule(
    "STS006 scopes",
    "W S 0",
    "help.okta.com ai-agent-mcp-server",
    summary="At least one scope is requested, unless the provider knows none",
    why="Without a scope some providers grant nothing, others everything.",
    example="scopes: []",
    fix="Add the scopes that agents need.",
)
@of_external
def scopes(case: IssuerCase) -> Outcome:
    registration = case.declared.registration
    if registration is None:
        return skip("no registration is declared")
    if registration.scopes or registration.all_scopes:
        return good()
    return good("the provider knows none") if case.quirk is not None and case.quirk.scopeless else bad("no scope")


@rule(
    "STS007 callback",
    "I S 0",
    "RFC 9700 section 2.1",
    summary="Somebody attests that Okta's callback is registered at the provider",
    why="It cannot be probed. When it is missing the first person who consents sees an error.",
    example="callback_registered: false",
    fix="Register the callback at the provider, and tick callback_registered.",
)
@of_external
def callback(case: IssuerCase) -> Outcome:
    registration = case.declared.registration
    if registration is None or registration.callback_registered is None:
        return unknown("nobody attested it")
    return good("attested") if registration.callback_registered else bad("not registered")


@rule(
    "STS008 resource-indicator",
    "W S 0",
    "RFC 8707 section 2; Okta AI agent token exchange guide",
    summary="The resource that Okta will send is that of the connection, and the provider tolerates it",
    why="Some providers refuse any request with resource, others one with a value that they do not know.",
    example="resourceParameter: omit while the connection has a resource indicator",
    fix="Write oauth.resourceParameter: send, omit, or the value that the provider accepts.",
)
@of_external
def resource_indicator(case: IssuerCase) -> Outcome:
    static, sent = case.declared.static, case.facts.resource
    knob = (static.resource_parameter if static else None) or (case.quirk.resource_parameter if case.quirk else None)
    if knob == "omit":
        return bad("the provider refuses resource", "no resource indicator")
    expected = case.target.url if knob in {None, "send"} else knob
    return bad(show(sent), show(expected)) if sent is not None and sent != expected else good()


@rule(
    "STS009 consent-runtime",
    "I S K",
    "Okta AI agent token exchange guide",
    summary="An exchange that asks for a person's consent is healthy",
    why="interaction_required with interaction_uri is how the first exchange begins, not a failure.",
    example='"error": "interaction_required"',
    fix="Let the person follow the link once.",
)
@of_external
def consent_at_runtime(case: IssuerCase) -> Outcome:
    if case.facts.interaction is None:
        return unknown("no exchange was made")
    return good("asks for consent: healthy" if case.facts.interaction else "consent is given")


@rule(
    "STS010 not-8693",
    "I S G",
    "Okta AI agent token exchange guide",
    summary="The external server does not need to know token exchange",
    why="Tokens are exchanged at Okta; the external server only sees the code flow.",
    example="GitHub, which has no token-exchange grant",
    fix="Nothing has to be done.",
)
@of_external
@of_facts
def not_token_exchange(case: IssuerCase) -> Outcome:
    grants, _ = _grants(case)
    return good("offers it, not needed" if TOKEN_EXCHANGE in grants else "does not offer it, not needed")


def _grants(case: IssuerCase) -> tuple[tuple[str, ...], Origin]:
    stated = case.texts("grant_types_supported")
    return (DEFAULT_GRANTS, Origin.DEFAULT) if stated is None else (stated, case.stated("grant_types_supported")[1])


ISSUER = (
    endpoints,
    code_grant,
    refresh_grant,
    confidential,
    credentials,
    scopes,
    callback,
    resource_indicator,
    consent_at_runtime,
    not_token_exchange,
)
