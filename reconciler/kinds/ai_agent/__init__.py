"""AI agents: workload principals (`wlp…`) that connections belong to. Somebody else's; read and used, never written.

Read in this order: `spec` (what may be written), `lifecycle`, `checks` (what can be wrong), `wire` (how it travels).
"""

from reconciler.core.document import without_none
from reconciler.core.kind import Kind
from reconciler.core.lifecycle import State
from reconciler.kinds.ai_agent import checks, wire
from reconciler.kinds.ai_agent.lifecycle import LIFECYCLE
from reconciler.kinds.ai_agent.spec import AiAgentSpec

KIND: Kind[AiAgentSpec] = Kind(
    name="AiAgent",
    spec=AiAgentSpec,
    lifecycle=LIFECYCLE,
    wire=wire.WIRE,
    goal=lambda _spec: State.ACTIVE,
    stands_alone=lambda _spec: False,
    borrowed=lambda _spec: True,
    natural_key=lambda spec: spec.id or spec.profile_name or "",
    references=lambda _spec: (),
    offers=lambda _spec: frozenset(),
    lends=lambda _resource: {},
    document=lambda resource, _desired, _kinds: without_none({"profileName": resource.spec.profile_name}),
    check=checks.check,
    fixed=frozenset(),
    owned=frozenset(),
    hints=frozenset(),
    observe=lambda live, _desired: live.document,
    ready=lambda _live, _document: iter(()),
    aspects={},
    rules=checks.RULES,
    lender=lambda loan: {"id": loan.key},
    stands_for=lambda spec, loan: spec.id == loan.key,
    on_demand=True,
    scopes=("okta.aiAgents",),
    inventoried=False,
)
