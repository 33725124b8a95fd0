"""Client registrations: how Okta is known to an external authorization server, for one MCP server (`rsc…`).

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels);
`rotation` is how the secret of an app is renewed.
"""

from reconciler.core.kind import Aspect, Kind
from reconciler.core.lifecycle import State
from reconciler.kinds.client_registration import adopt, checks, wire
from reconciler.kinds.client_registration.lifecycle import LIFECYCLE
from reconciler.kinds.client_registration.spec import ClientRegistrationSpec, references

KIND: Kind[ClientRegistrationSpec] = Kind(
    name="ClientRegistration",
    spec=ClientRegistrationSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda _spec: State.ACTIVE,
    stands_alone=lambda _spec: True,
    borrowed=lambda _spec: False,
    natural_key=wire.natural_key,
    references=references,
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=wire.to_document,
    check=checks.check,
    check_all=checks.check_all,
    fixed=frozenset({"mcpServer", "authorizationServer", "registration", "clientId"}),
    owned=frozenset(),
    hints=frozenset({"app"}),
    observe=lambda live, _desired: live.document,
    ready=lambda _live, _document: iter(()),
    aspects={"scopes": Aspect.SCOPES, "clientSecret": Aspect.SECRET},
    rules=checks.RULES,
    to_spec=adopt.to_spec,
    loans=adopt.loans,
    live_key=wire.live_key,
    on_demand=True,
    doubles=True,
    scopes=("okta.resourceServers.mcpServers",),
    prepares=True,
)
