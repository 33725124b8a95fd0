"""What an author can fix about an authorization server, seen from its document alone."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.kind import Kinds
from reconciler.core.resources import Desired, Resource
from reconciler.core.url import URL_CANONICAL, URL_CLEAN, URL_HTTPS, URL_SECRET, odd_url
from reconciler.kinds.authorization_server.spec import (
    ExternalAuthorizationServer,
    OktaAuthorizationServer,
    StaticOAuth,
)

OWNERSHIP = Rule(
    code="AUS001",
    summary="Ownership of the authorization server is not clear",
    why="A server with `managed: false` belongs to somebody else: only its `id` is needed, and nothing else of it is "
    "compared or written. A managed one is found by its displayName, so an `id` would say two things at once.",
    example="spec: {type: okta, managed: false, displayName: Agents}",
    fix="Either `managed: false` with `id` alone, or no `id` with `displayName` and `audience`.",
)
STATIC_INCOMPLETE = Rule(
    code="CFG008",
    summary="Static authorization server lacks an endpoint",
    why="With `discovery: static` nobody reads the provider's metadata, so the manifest must say where tokens come "
    "from (concept page: authorization endpoint, token endpoint, grant types).",
    example="spec: {type: external, issuer: https://as.example.com, discovery: static}",
    fix="Write oauth.authorizationEndpoint, oauth.tokenEndpoint and oauth.grantTypes, or use `discovery: auto`.",
)
STATIC_PROVENANCE = Rule(
    code="CFG015",
    summary="Static facts without source or review date",
    why="A provider moves its endpoints one day; without a source and a date nobody knows what to check, or when.",
    example="oauth: {tokenEndpoint: https://as.example.com/token}",
    fix="Add oauth.source (where the facts are from) and oauth.reviewBy (YYYY-MM-DD).",
    severity=Severity.WARNING,
)
DUPLICATE_CHILD = Rule(
    code="AUS002",
    summary="Two children of an authorization server have one name",
    why="Scopes, policies and rules are told apart by their name; the second would silently win.",
    example="scopes: [{name: read}, {name: read}]",
    fix="Remove one of the two, or rename it.",
)
UNKNOWN_SCOPE = Rule(
    code="AUS003",
    summary="A rule allows a scope that the server does not have",
    why="Okta would refuse the rule, or grant nothing by it.",
    example="scopes: [{name: read}] with a rule that allows `write`",
    fix="Add the scope under `scopes`, or correct the name in the rule.",
)
SYSTEM_SCOPE = Rule(
    code="AUS004",
    summary="Scope belongs to the system",
    why="Okta makes these scopes itself and lets nobody change them; XAA gives no tokens for them (okta-api §1.6).",
    example="scopes: [{name: openid}]",
    fix="Remove it from `scopes`; a rule may allow it without that.",
)
NO_XAA_RULE = Rule(
    code="XAA014",
    summary="No access rule allows the JWT bearer grant",
    why="Cross App Access redeems an identity assertion with urn:ietf:params:oauth:grant-type:jwt-bearer; when no rule "
    "allows that grant, no agent gets a token (okta-api §1.6).",
    example="accessPolicies: [{name: agents, rules: [{name: all, grantTypes: [client_credentials]}]}]",
    fix="Add urn:ietf:params:oauth:grant-type:jwt-bearer to grantTypes of a rule.",
)

RULES = (
    URL_HTTPS,
    URL_CLEAN,
    URL_CANONICAL,
    URL_SECRET,
    OWNERSHIP,
    STATIC_INCOMPLETE,
    STATIC_PROVENANCE,
    DUPLICATE_CHILD,
    UNKNOWN_SCOPE,
    SYSTEM_SCOPE,
    NO_XAA_RULE,
)

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SYSTEM_SCOPES = frozenset({"*", "openid", "profile", "email", "address", "phone", "offline_access", "device_sso"})


def check(
    resource: Resource[OktaAuthorizationServer | ExternalAuthorizationServer],
    _desired: Desired,
    _kinds: Kinds,
) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    match resource.spec:
        case OktaAuthorizationServer() as spec:
            yield from _ownership(spec)
            yield from _children(spec)
        case ExternalAuthorizationServer() as spec:
            yield from odd_url(spec.issuer, ("spec", "issuer"))
            yield from _static(spec)
        case _:
            assert_never(resource.spec)


def _ownership(spec: OktaAuthorizationServer) -> Iterator[Diagnostic]:
    if spec.managed:
        if spec.id is not None:
            yield OWNERSHIP.found("It has an `id` and is managed.", path=("spec", "id"))
        for field, value in (("displayName", spec.display_name), ("audience", spec.audience)):
            if value is None:
                yield OWNERSHIP.found(f"It is managed and has no `{field}`.", path=("spec",))
        return
    if spec.id is None:
        yield OWNERSHIP.found("It has `managed: false` and no `id`.", path=("spec", "managed"))
    written = spec.model_dump(by_alias=True, exclude_unset=True)
    for field in written.keys() - {"type", "managed", "id"}:
        yield OWNERSHIP.found(f"It has `managed: false`, so `{field}` would be ignored.", path=("spec", field))


def _children(spec: OktaAuthorizationServer) -> Iterator[Diagnostic]:
    yield from _repeated((s.name for s in spec.scopes or ()), ("spec", "scopes"))
    for place, each in enumerate(spec.scopes or ()):
        if each.name in _SYSTEM_SCOPES:
            yield SYSTEM_SCOPE.found(f"`{each.name}` is one.", path=("spec", "scopes", place, "name"))
    yield from _repeated((p.name for p in spec.access_policies or ()), ("spec", "accessPolicies"))
    known = {s.name for s in spec.scopes or ()} | _SYSTEM_SCOPES
    for p, policy in enumerate(spec.access_policies or ()):
        at: tuple[str | int, ...] = ("spec", "accessPolicies", p, "rules")
        yield from _repeated((r.name for r in policy.rules), at)
        for r, rule in enumerate(policy.rules):
            for s, scope in enumerate(rule.scopes):
                if spec.scopes is not None and scope not in known:
                    yield UNKNOWN_SCOPE.found(f"Rule `{rule.name}` allows `{scope}`.", path=(*at, r, "scopes", s))
    grants = {g for policy in spec.access_policies or () for rule in policy.rules for g in rule.grant_types}
    if spec.access_policies is not None and JWT_BEARER not in grants:
        yield NO_XAA_RULE.found("Its access policies never allow it.", path=("spec", "accessPolicies"))


def _repeated(names: Iterable[str], path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield DUPLICATE_CHILD.found(f"`{name}` stands here a second time.", path=(*path, index, "name"))
        seen.add(name)


def _static(spec: ExternalAuthorizationServer) -> Iterator[Diagnostic]:
    oauth = spec.oauth or StaticOAuth()
    at = ("spec", "oauth") if spec.oauth else ("spec",)
    if spec.discovery == "static":
        needed = {
            "authorizationEndpoint": oauth.authorization_endpoint,
            "tokenEndpoint": oauth.token_endpoint,
            "grantTypes": oauth.grant_types,
        }
        for field, value in needed.items():
            if value is None:
                yield STATIC_INCOMPLETE.found(f"`oauth.{field}` is missing.", path=at)
    if spec.oauth and (oauth.source is None or oauth.review_by is None):
        yield STATIC_PROVENANCE.found("`oauth.source` or `oauth.reviewBy` is missing.", path=at)
    for field, url in (
        ("authorizationEndpoint", oauth.authorization_endpoint),
        ("tokenEndpoint", oauth.token_endpoint),
    ):
        if url is not None:
            yield from odd_url(url, ("spec", "oauth", field))
