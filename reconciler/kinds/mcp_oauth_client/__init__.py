"""MCP servers as OAuth clients: what one is when it exchanges the tokens that it was given for others (`wlp…`).

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels),
`keys` (how its keys are registered and renewed), `adopt` (the way back).
"""

from reconciler.core.kind import Aspect, Kind
from reconciler.core.lifecycle import State
from reconciler.kinds.mcp_oauth_client import adopt, checks, wire
from reconciler.kinds.mcp_oauth_client.lifecycle import LIFECYCLE
from reconciler.kinds.mcp_oauth_client.spec import McpOAuthClientSpec, references

KIND: Kind[McpOAuthClientSpec] = Kind(
    name="McpOAuthClient",
    spec=McpOAuthClientSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda _spec: State.ACTIVE,
    stands_alone=lambda _spec: True,
    borrowed=lambda _spec: False,
    natural_key=lambda spec: spec.mcp_server,
    references=references,
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=lambda resource, _desired, _kinds: wire.to_document(resource),
    check=checks.check,
    fixed=frozenset({"mcpServer"}),
    owned=frozenset({"keys"}),
    hints=frozenset({"publicKeys"}),
    observe=wire.observe,
    ready=lambda _live, _document: iter(()),
    aspects={"keys.*": Aspect.KEY},
    rules=checks.RULES,
    to_spec=adopt.to_spec,
    loans=adopt.loans,
    live_key=wire.live_key,
    on_demand=True,
    scopes=("okta.resourceServers.mcpServers",),
)
