"""Delegation links: whose tokens an MCP server, as OAuth client, may exchange (`dlk…`).

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels),
`adopt` (the way back).
"""

from reconciler.core.kind import Kind
from reconciler.core.lifecycle import State
from reconciler.kinds.delegation_link import adopt, checks, wire
from reconciler.kinds.delegation_link.lifecycle import LIFECYCLE
from reconciler.kinds.delegation_link.spec import DelegationLinkSpec, references

KIND: Kind[DelegationLinkSpec] = Kind(
    name="DelegationLink",
    spec=DelegationLinkSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda _spec: State.ACTIVE,
    stands_alone=lambda _spec: True,
    borrowed=lambda _spec: False,
    natural_key=wire.natural_key,
    references=references,
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=lambda resource, _desired, _kinds: wire.to_document(resource),
    check=checks.check,
    fixed=frozenset({"from", "tokenType", "to"}),
    owned=frozenset(),
    hints=frozenset({"client"}),
    observe=wire.observe,
    ready=lambda _live, _document: iter(()),
    aspects={},
    rules=checks.RULES,
    to_spec=adopt.to_spec,
    loans=adopt.loans,
    live_key=wire.live_key,
    on_demand=True,
    scopes=("okta.aiAgents",),
)
