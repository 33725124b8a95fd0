"""Connections of AI agents to what they may reach: MCP servers, authorization servers, client registrations (`mcn…`).

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels).
"""

from reconciler.core.kind import Aspect, Kind, Offer
from reconciler.core.lifecycle import State
from reconciler.kinds.agent_connection import adopt, checks, wire
from reconciler.kinds.agent_connection.lifecycle import LIFECYCLE
from reconciler.kinds.agent_connection.spec import AgentConnectionSpec, Spec, TokenServiceConnection, references

KIND: Kind[Spec] = Kind(
    name="AgentConnection",
    spec=AgentConnectionSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda spec: State(spec.state.upper()),
    stands_alone=lambda _spec: True,
    borrowed=lambda _spec: False,
    natural_key=wire.natural_key,
    references=references,
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=wire.to_document,
    check=checks.check,
    fixed=frozenset({"agent", "connectionType", "resource", "authorizationServer"}),
    owned=frozenset(),
    hints=frozenset(),
    observe=lambda live, _desired: live.document,
    ready=lambda _live, _document: iter(()),
    aspects={
        "scopes": Aspect.SCOPES,
        "scopeCondition": Aspect.SCOPE_CONDITION,
        "resourceIndicator": Aspect.RESOURCE,
    },
    uses=lambda spec: frozenset({Offer.STS if isinstance(spec, TokenServiceConnection) else Offer.XAA}),
    rules=checks.RULES,
    to_spec=adopt.to_spec,
    loans=adopt.loans,
    live_key=wire.live_key,
    holds=wire.holds,
    on_demand=True,
    scopes=("okta.aiAgents", "okta.resourceServers.mcpServers"),
)
