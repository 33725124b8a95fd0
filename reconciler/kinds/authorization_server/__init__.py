"""Authorization servers: Okta custom ones are objects of their own, external ones are rows of MCP servers.

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels),
`adopt` (the way back).
"""

from reconciler.core.document import Document, Ref, without_none
from reconciler.core.kind import Aspect, Kind, Offer
from reconciler.core.lifecycle import State
from reconciler.core.resources import Resource
from reconciler.core.url import url_key
from reconciler.kinds.authorization_server import adopt, checks, wire
from reconciler.kinds.authorization_server.lifecycle import LIFECYCLE
from reconciler.kinds.authorization_server.spec import (
    AuthorizationServerSpec,
    ExternalAuthorizationServer,
    OktaAuthorizationServer,
    StaticOAuth,
)

_SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})

Spec = OktaAuthorizationServer | ExternalAuthorizationServer


def natural_key(spec: Spec) -> str:
    """An external server is its issuer; an Okta one its id when somebody else owns it, else its display name."""
    if isinstance(spec, ExternalAuthorizationServer):
        return url_key(spec.issuer)
    return spec.id or spec.display_name or ""


def offers(spec: Spec) -> frozenset[Offer]:
    """Okta custom servers give XAA; external ones STS, unless the author says that they lack what it takes.

    STS is brokered consent: Okta is a confidential client that uses the code grant there (okta-api §1.4). Whether an
    external server gives XAA, only its metadata can tell (concept page; okta-api §3.6).
    """
    if isinstance(spec, OktaAuthorizationServer):
        return frozenset({Offer.XAA})
    oauth = spec.oauth or StaticOAuth()
    has_code = oauth.grant_types is None or "authorization_code" in oauth.grant_types
    methods = oauth.token_endpoint_auth_methods
    has_secret = methods is None or not _SECRET_METHODS.isdisjoint(methods)
    return frozenset({Offer.STS}) if has_code and has_secret else frozenset()


def lends(resource: Resource[Spec]) -> Document:
    """The row that an MCP server carries for it. Where Okta discovers, only the issuer is ours to say."""
    spec = resource.spec
    if isinstance(spec, OktaAuthorizationServer):
        return {"type": "OKTA", "id": Ref(resource.address, "id").to_json()}
    oauth = spec.oauth if spec.discovery == "static" and spec.oauth else StaticOAuth()
    return without_none(
        {
            "type": "EXTERNAL",
            "issuer": spec.issuer,
            "authorizationEndpoint": oauth.authorization_endpoint,
            "tokenEndpoint": oauth.token_endpoint,
            "grantTypesSupported": sorted(set(oauth.grant_types)) if oauth.grant_types else None,
        }
    )


def _managed(spec: Spec) -> bool:
    return isinstance(spec, OktaAuthorizationServer) and spec.managed


def _borrowed(spec: Spec) -> bool:
    return isinstance(spec, OktaAuthorizationServer) and not spec.managed


KIND: Kind[Spec] = Kind(
    name="AuthorizationServer",
    spec=AuthorizationServerSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda _spec: State.ACTIVE,
    stands_alone=_managed,
    borrowed=_borrowed,
    natural_key=natural_key,
    references=lambda _spec: (),
    offers=offers,
    lends=lends,
    document=lambda resource, _desired, _kinds: wire.to_document(resource),
    check=checks.check,
    fixed=frozenset(),
    owned=frozenset({"scopes", "accessPolicies", "rules"}),
    hints=frozenset(),
    observe=lambda live, _desired: live.document,
    ready=lambda _live, _document: iter(()),
    aspects={
        "audiences": Aspect.AUDIENCE,
        "scopes": Aspect.RULES,
        "scopes.*.consent": Aspect.CONSENT,
        "accessPolicies": Aspect.RULES,
        "accessPolicies.*.clients": Aspect.CLIENTS,
        "accessPolicies.*.rules.*.grantTypes": Aspect.GRANTS,
        "accessPolicies.*.rules.*.scopes": Aspect.SCOPES,
        "accessPolicies.*.rules.*.accessTokenLifetimeMinutes": Aspect.LIFETIME,
        "accessPolicies.*.rules.*.refreshTokenLifetimeMinutes": Aspect.LIFETIME,
        "accessPolicies.*.rules.*.refreshTokenWindowMinutes": Aspect.LIFETIME,
    },
    doubles=True,
    scopes=("okta.authorizationServers",),
    rules=checks.RULES,
    to_spec=adopt.to_spec,
    lender=adopt.lender,
    stands_for=adopt.stands_for,
    removable=frozenset({"description", "scopes", "accessPolicies", "scopes.*.displayName", "scopes.*.description"}),
    version=2,
)
