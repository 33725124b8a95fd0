"""OAuth client apps in Okta (`0oa…`), where an authorization server knows its clients from there.

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels).
"""

from reconciler.core.kind import Aspect, Kind
from reconciler.core.lifecycle import State
from reconciler.kinds.client_app import adopt, checks, wire
from reconciler.kinds.client_app.lifecycle import LIFECYCLE
from reconciler.kinds.client_app.spec import ClientAppSpec

KIND: Kind[ClientAppSpec] = Kind(
    name="ClientApp",
    spec=ClientAppSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda spec: State(spec.state.upper()),
    stands_alone=lambda _spec: True,
    borrowed=lambda _spec: False,
    natural_key=lambda spec: spec.label,
    references=lambda _spec: (),
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=lambda resource, _desired, _kinds: wire.to_document(resource),
    check=checks.check,
    fixed=frozenset({"applicationType"}),
    owned=frozenset(),
    hints=frozenset(),
    observe=wire.observe,
    ready=lambda _live, _document: iter(()),
    aspects={
        "redirectUris": Aspect.REDIRECT,
        "grantTypes": Aspect.GRANTS,
        "tokenEndpointAuthMethod": Aspect.CLIENT_AUTH,
        "pkceRequired": Aspect.BINDING,
        "dpopBoundAccessTokens": Aspect.BINDING,
    },
    rules=checks.RULES,
    to_spec=adopt.to_spec,
    on_demand=True,
    scopes=("okta.apps",),
    inventoried=False,
)
