"""ASM: required members, endpoints, grants and PKCE in authorization-server metadata."""

from functools import cache

from publicsuffixlist import PublicSuffixList

from reconciler.core.evidence import Origin, Unanswered, Weight
from reconciler.core.url import host_of
from reconciler.oauth.case import IssuerCase, Site, of_facts, of_metadata
from reconciler.oauth.checks.forms import form_faults
from reconciler.oauth.metadata import JWT_BEARER
from reconciler.oauth.observation import Revision
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip, unknown
from reconciler.oauth.parts import split

_WITH_CONSENT = frozenset({"authorization_code", "implicit"})
_DANGEROUS = frozenset({"javascript", "data", "file", "vbscript", "blob"})
_STANDARD_GRANTS = frozenset({"authorization_code", "implicit", "refresh_token", "client_credentials", "password"})


@rule(
    "ASM001 required",
    "E C G",
    "RFC 8414 section 2",
    summary="issuer, token_endpoint and response_types_supported are present, and authorization_endpoint where a "
    "grant needs it",
    why="These members are required; parsers of common clients reject a document without them as a whole.",
    example="a document without response_types_supported",
    fix="Add the member.",
)
@of_metadata
def required(case: IssuerCase) -> Outcome:
    needed = ["issuer", "token_endpoint"]
    if not _WITH_CONSENT.isdisjoint(case.meta.grants):
        needed.append("authorization_endpoint")
    missing = [name for name in needed if case.meta.text(name) is None]
    missing += [] if case.meta.texts("response_types_supported") is not None else ["response_types_supported"]
    return judged([f"{name} is missing" for name in missing])


@rule(
    "ASM002 urls",
    "E C G",
    "RFC 6749 sections 3.1 and 3.2; MCP 2026-07-28 security considerations",
    summary="Endpoints are absolute https URLs without fragment",
    why="Codes, secrets and tokens travel to these URLs.",
    example='"token_endpoint": "/oauth/token"',
    fix="Write the whole https URL.",
)
@of_facts
def urls(case: IssuerCase) -> Outcome:
    stated = {**case.meta.endpoints}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        stated |= {name: value} if (value := case.text(name)) else {}
    return judged([f"{name}: {fault}" for name, url in sorted(stated.items()) for fault in form_faults(url)])


@rule(
    "ASM003 schemes",
    "E G G",
    "MCP security best practices, authorization URL",
    summary="No member carries a javascript:, data: or file: URL",
    why="Clients open the authorization endpoint in a browser or hand it to the system: such a URL runs code there.",
    example='"authorization_endpoint": "javascript:alert(1)"',
    fix="Remove the member.",
)
@of_metadata
def schemes(case: IssuerCase) -> Outcome:
    texts = {name: value for name, value in sorted(case.meta.raw.items()) if isinstance(value, str)}
    return judged([f"{show(n)} is {t.split(':')[0].lower()}:" for n, t in texts.items() if _scheme(t) in _DANGEROUS])


@rule(
    "ASM004 endpoint-ip",
    "E S G",
    "MCP security best practices, SSRF",
    summary="The hosts of the endpoints have public addresses",
    why="Metadata must not be able to send Okta, or this probe, into a private network.",
    example='"token_endpoint": "https://10.0.0.5/token"',
    fix="Publish public hosts.",
)
@of_facts
def endpoint_ip(case: IssuerCase) -> Outcome:
    hosts = {host_of(url) for name in ("authorization_endpoint", "token_endpoint") if (url := case.text(name))}
    facts = [case.observation.hosts[host] for host in sorted(hosts) if host in case.observation.hosts]
    refused = [f"{each.host} is not public" for each in facts if each.refused]
    if refused:
        return judged(refused)
    replies = (case.evidence.authorize, case.evidence.token_get) if case.evidence else ()
    if any(reply is not None and reply.unanswered is Unanswered.BLOCKED for reply in replies):
        return unknown("the safety rules did not let the probe ask")
    return good() if facts else unknown("no address was judged")


@rule(
    "ASM005 endpoint-origin",
    "W G G",
    "RFC 9700 section 4.4",
    summary="Endpoints are on the host of the issuer",
    why="A token endpoint on another host is what a mix-up attack looks like. Some providers do it legitimately; then "
    "the hosts belong pinned in the manifest.",
    example="issuer https://accounts.example.com, token endpoint https://tokens.example.net/token",
    fix="Pin the expected endpoints in the manifest, or use one host.",
)
@of_metadata
def endpoint_origin(case: IssuerCase) -> Outcome:
    home = host_of(case.declared.issuer or "")
    named = {n: host_of(u) for n in ("authorization_endpoint", "token_endpoint") if (u := case.meta.text(n))}
    away = {name: host for name, host in named.items() if host != home and host not in _expected_hosts(case)}
    if not away:
        return good()
    related = all(_registrable(host) == _registrable(home) for host in away.values())
    said = "; ".join(f"{name} on {show(host)}" for name, host in away.items())
    return bad(said, show(home), weight=Weight.INFO if related else None)


@rule(
    "ASM006 code",
    "E S G",
    "RFC 8414 section 2",
    summary="response_types_supported contains code",
    why="Okta, and every MCP client, asks for a person's consent by the code flow.",
    example='"response_types_supported": ["token"]',
    fix="Enable the code flow.",
)
@of_metadata
def code(case: IssuerCase) -> Outcome:
    stated = case.meta.texts("response_types_supported")
    if stated is None:
        return skip("response_types_supported is missing")
    return good() if "code" in stated else bad(listed(stated), "code")


@rule(
    "ASM007 pkce",
    "E G G",
    "MCP 2025-11-25 and 2026-07-28 authorization, code protection; RFC 7636 section 4.2; RFC 8414 section 2",
    summary="code_challenge_methods_supported contains S256",
    why="Since 2025-11-25 an MCP client must refuse a server that does not announce PKCE. Where only Okta is the "
    "client, as for STS, it is a warning.",
    example="metadata without code_challenge_methods_supported",
    fix="Announce S256; where the provider supports it silently, write oauth.pkce: asserted.",
)
@of_metadata
def pkce(case: IssuerCase) -> Outcome:
    methods = case.meta.texts("code_challenge_methods_supported")
    if methods is not None:
        return good() if "S256" in methods else bad(listed(methods), "S256")
    static = case.declared.static
    if "asserted" in {static.pkce if static else None, case.quirk.pkce if case.quirk else None}:
        return good("asserted, not announced", origin=Origin.STATIC)
    mild = (case.target.revision or Revision.M26) < Revision.M25 or case.declared.registration is not None
    return bad("absent", "S256", weight=Weight.WARNING if mild else None)


@rule(
    "ASM008 pkce-plain",
    "W G G",
    "RFC 9700 section 2.1.1; RFC 7636 section 7.2",
    summary="PKCE with plain is not offered",
    why="plain sends the verifier along with the challenge, which protects nothing.",
    example='"code_challenge_methods_supported": ["plain", "S256"]',
    fix="Offer S256 alone.",
)
@of_metadata
def pkce_plain(case: IssuerCase) -> Outcome:
    return bad("plain") if "plain" in (case.meta.texts("code_challenge_methods_supported") or ()) else good()


@rule(
    "ASM009 grant-default",
    "I XS G",
    "RFC 8414 section 2",
    summary="grant_types_supported is present",
    why="Its default is authorization_code and implicit; neither refresh_token nor jwt-bearer may be read into its "
    "absence.",
    example="metadata without grant_types_supported",
    fix="Publish the list.",
)
@of_metadata
def grant_default(case: IssuerCase) -> Outcome:
    present = case.meta.texts("grant_types_supported") is not None
    return good() if present else bad("absent: authorization_code and implicit", "grant_types_supported")


@rule(
    "ASM010 old-grants",
    "W G G",
    "RFC 9700 sections 2.1.2 and 2.4",
    summary="Neither implicit nor password is offered",
    why="Both hand tokens or passwords to places where they leak, and are no longer to be used.",
    example='"grant_types_supported": ["authorization_code", "password"]',
    fix="Retire them.",
)
@of_metadata
def old_grants(case: IssuerCase) -> Outcome:
    stated = case.meta.texts("grant_types_supported") or ()
    old = tuple(grant for grant in stated if grant in {"implicit", "password"})
    return bad(listed(old)) if old else good()


@rule(
    "ASM011 grant-names",
    "I G G",
    "RFC 6749 section 4.5",
    summary="Grants beyond the standard ones are absolute URIs",
    why="A bare name collides with the next one that somebody invents, and no client knows it.",
    example='"device_code" instead of "urn:ietf:params:oauth:grant-type:device_code"',
    fix="Use the registered URN.",
)
@of_metadata
def grant_names(case: IssuerCase) -> Outcome:
    stated = case.meta.texts("grant_types_supported") or ()
    bare = tuple(grant for grant in stated if grant not in _STANDARD_GRANTS and ":" not in grant)
    return bad(listed(bare), "absolute URIs") if bare else good()


@rule(
    "ASM020 types",
    "E G G",
    "RFC 8414 section 2; RFC 9728 section 2",
    summary="Members have their JSON types: arrays of strings, booleans, strings",
    why='"true" is a text and always true to some readers, never to others.',
    example='"authorization_response_iss_parameter_supported": "true"',
    fix="Emit JSON types.",
)
def types(site: Site) -> Outcome:
    if not site.meta.raw:
        return skip("there is no metadata") if site.answers else unknown("no metadata was seen")
    own = {name for name in site.meta.faults if name in {"resource", "authorization_servers"}}
    return judged([f"{name}: {fault}" for name, fault in sorted(site.meta.faults.items()) if name not in own])


@rule(
    "ASM021 jwks-uri",
    "W X G",
    "RFC 8414 section 2",
    summary="jwks_uri is present and https where the server signs tokens",
    why="Resources and clients need its keys to verify what it issued.",
    example="metadata that offers jwt-bearer, without jwks_uri",
    fix="Publish the key set.",
)
@of_metadata
def jwks_uri(case: IssuerCase) -> Outcome:
    uri = case.text("jwks_uri")
    if uri is not None:
        return good() if uri.startswith("https://") else bad(show(uri), "https")
    issues = JWT_BEARER in case.meta.grants or case.meta.has("id_token_signing_alg_values_supported")
    return bad("missing", "jwks_uri") if issues else skip("nothing says that it issues signed tokens")


def _scheme(text: str) -> str:
    return text.strip().partition(":")[0].lower()


def _registrable(host: str) -> str:
    """The registrable domain of a host; an address, or a name without public suffix, stands for itself."""
    if split(f"https://{host}/") is None or host.replace(".", "").isdigit():
        return host
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the package; reading it takes longer than all checks of a server."""
    return PublicSuffixList()


def _expected_hosts(case: IssuerCase) -> frozenset[str]:
    static = case.declared.static
    pinned = (static.authorization_endpoint, static.token_endpoint) if static else ()
    known = case.quirk.endpoint_hosts if case.quirk else ()
    return frozenset(host_of(url) for url in pinned if url) | frozenset(known)


ISSUER = (
    required,
    urls,
    schemes,
    endpoint_ip,
    endpoint_origin,
    code,
    pkce,
    pkce_plain,
    grant_default,
    old_grants,
    grant_names,
    jwks_uri,
)
SITE = (types,)
