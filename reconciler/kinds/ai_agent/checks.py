"""What an author can fix about an agent, seen from its document alone."""

from collections.abc import Iterator

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kinds
from reconciler.core.resources import Desired, Resource
from reconciler.kinds.ai_agent.spec import AiAgentSpec

NAMED_ONCE = Rule(
    code="AGT001",
    summary="Agent is not named in exactly one way",
    why="With neither name nor id there is nothing to look for, with both it is not clear which one counts.",
    example="spec: {profileName: Support assistant, id: wlpA1b2C3d4E5f6G7h8}",
    fix="Write either `profileName` or `id`.",
)
NOT_OURS = Rule(
    code="AGT002",
    summary="Agents are not deleted by this tool",
    why="An AI agent has owners and credentials of its own; a manifest only says which one is meant.",
    example="metadata: {name: support, state: absent}   # of kind AiAgent",
    fix="Remove the document; delete the agent in Okta if that is what is wanted.",
)

RULES = (NAMED_ONCE, NOT_OURS)


def check(resource: Resource[AiAgentSpec], _desired: Desired, _kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    if (resource.spec.profile_name is None) == (resource.spec.id is None):
        yield NAMED_ONCE.found("It needs one of `profileName` and `id`.", path=("spec",))
    if resource.absent:
        yield NOT_OURS.found("It has `state: absent`.", path=("metadata", "state"))
