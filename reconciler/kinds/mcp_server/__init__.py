"""MCP servers: resource servers that AI agents reach, registered with Okta (`ems…`).

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels),
`adopt` (the way back).
"""

from reconciler.core.kind import Aspect, Kind
from reconciler.core.lifecycle import State
from reconciler.core.url import url_key
from reconciler.kinds.mcp_server import adopt, checks, wire
from reconciler.kinds.mcp_server.lifecycle import LIFECYCLE
from reconciler.kinds.mcp_server.spec import McpServerSpec, references

_GOALS = {"active": State.ACTIVE, "inactive": State.INACTIVE}

KIND: Kind[McpServerSpec] = Kind(
    name="McpServer",
    spec=McpServerSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda spec: _GOALS[spec.state],
    stands_alone=lambda _spec: True,
    borrowed=lambda _spec: False,
    natural_key=lambda spec: url_key(spec.resource_url),
    references=references,
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=wire.to_document,
    check=checks.check,
    fixed=frozenset({"resourceUrl"}),
    owned=frozenset({"authorizationServers"}),
    hints=frozenset({"discoveryType", "requires"}),
    observe=wire.observe,
    ready=checks.ready,
    aspects={
        "resourceUrl": Aspect.RESOURCE,
        "authorizationServers.*": Aspect.TRUST,
        "authorizationServers.*.issuer": Aspect.ISSUER,
        "authorizationServers.*.authorizationEndpoint": Aspect.ENDPOINT,
        "authorizationServers.*.tokenEndpoint": Aspect.ENDPOINT,
        "authorizationServers.*.grantTypesSupported": Aspect.GRANTS,
    },
    scopes=("okta.resourceServers.mcpServers",),
    rules=checks.RULES,
    protected=lambda spec: spec.protect,
    to_spec=adopt.to_spec,
    loans=adopt.loans,
    removable=frozenset({"description"}),
    reregisters=lambda spec: spec.revalidate == "reregister",
)
