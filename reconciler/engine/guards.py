"""Guards: what makes a plan one that must not be applied, and what a reviewer has to be told."""

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.errors import NotReady, PlanHasProblems, Refused, RemoteError
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Plan
from reconciler.core.policy import RULES as POLICY_RULES
from reconciler.core.quantity import counted
from reconciler.engine import readiness
from reconciler.engine.budgets import OVER_BUDGET
from reconciler.engine.moves import MOVE_WRONG
from reconciler.engine.scope import AMBIGUOUS, SHARED

NO_ROUTE = Rule(
    code="PLN002",
    summary="No legal route to the wanted state",
    why="An object moves along its lifecycle only; no chain of an administrator's moves leads there.",
    example="an object in a state that only the service can end",
    fix="Look at the object in the console; delete it there or wait for the service.",
)
BORROWED_MISSING = Rule(
    code="PLN003",
    summary="An object that somebody else owns is not there",
    why="A document for it (`managed: false`, or an AiAgent) says that it exists and is not ours to create; everything "
    "that leans on it would fail.",
    example="spec: {type: okta, managed: false, id: ausDoesNotExist00000}",
    fix="Correct the name or id, or have its owner make it. An authorization server can be created here instead "
    "(remove `managed: false`).",
)
PROTECTED = Rule(
    code="PLN004",
    summary="The object is protected",
    why="`protect: true` forbids to delete, replace or deactivate it, so that one slip cannot cut off its agents. It "
    "holds until a change without it was applied, also when the document is gone.",
    example="a tombstone for a server with protect: true",
    fix="First a change that sets `protect: false`, reviewed by itself; then this one.",
)
UNREADABLE = Rule(
    code="PLN005",
    summary="A kind of object could not be read",
    why="What cannot be read is unknown, not absent: nothing of it is created or deleted.",
    example="a token without the scope okta.authorizationServers.read",
    fix="Grant the right that the detail names.",
)
NEW_IDENTITY = Rule(
    code="PLN006",
    summary="A replaced object gets a new id",
    why="Agent connections point at the id; those to the old object end with it and have to be made anew.",
    example="a changed resourceUrl",
    fix="Tell the owners of the agents, or revert the change.",
    severity=Severity.WARNING,
)
NOT_READY = Rule(
    code="PLN007",
    summary="The object would not be activated as it stands",
    why="Readiness is looked at again right before activating; as the object stands now, that would fail.",
    example="an MCP server whose only authorization server is INVALID",
    fix="Read what stands in the way, and correct it before or while the plan is applied.",
    severity=Severity.WARNING,
)
HELD = Rule(
    code="PLN009",
    summary="An object that no document describes uses the one that would go",
    why="Okta refuses to delete an MCP server or an authorization server that a connection uses, and the agent behind "
    "the connection would lose its access.",
    example="a tombstone for a server to which somebody connected an agent in the console",
    fix="Describe the connection in an AgentConnection with `metadata.state: absent`, or remove it in the console.",
)
NOTHING_LEFT = Rule(
    code="PLN013",
    summary="No document describes an object, and objects are managed",
    why="A wrong folder, a failed checkout or a bad merge looks like a registry in which everything was given up, so "
    "nothing is concluded from one.",
    example="registry: [registry.d/identity] where all MCP servers stand in registry.d/servers",
    fix="Correct `registry` in reconciler.yaml. To delete everything, write tombstones (`metadata.state: absent`).",
)
CONFLICT = Rule(
    code="PLN010",
    summary="Manifest and organisation both changed it",
    why="Since the last apply the manifest has changed a value, and so has somebody at the organisation, to another. "
    "Writing would undo a change that nobody here has looked at.",
    example="description: Tickets, changed to `Issues` in the manifest and to `Bugs` in the console",
    fix="Put the organisation's value into the manifest, or decide for the manifest with --take-ownership PATH.",
)
NOT_LOOKED = Rule(
    code="PLN014",
    summary="Nobody looked who uses what would go",
    why="Connections are listed agent by agent. In an organisation with very many agents that would take longer than "
    "anybody waits for a plan, so it was left out; Okta still refuses to delete what a connection uses.",
    example="a tombstone for an MCP server, in an organisation with thousands of agents",
    fix="Ask the owners of the agents, or look in the console, before the plan is applied.",
    severity=Severity.WARNING,
)
STAYS = Rule(
    code="PLN015",
    summary="A value stays that the manifest no longer sets",
    why="What a manifest no longer speaks of is taken back where the organisation lets go of it. Where it does not, "
    "the value stays, and is nobody's from then on: later changes of it are no drift.",
    example="a display name that was removed from the manifest of an MCP server",
    fix="Write the value that is wanted, or leave it to whoever owns it now.",
    severity=Severity.WARNING,
)
RULES = (
    AMBIGUOUS,
    SHARED,
    NO_ROUTE,
    BORROWED_MISSING,
    PROTECTED,
    UNREADABLE,
    NEW_IDENTITY,
    NOT_READY,
    HELD,
    NOT_LOOKED,
    STAYS,
    CONFLICT,
    MOVE_WRONG,
    OVER_BUDGET,
    NOTHING_LEFT,
    *readiness.RULES,
)

_EXITS = {
    UNREADABLE.code: RemoteError.exit_code,
    PROTECTED.code: Refused.exit_code,
    HELD.code: Refused.exit_code,
    CONFLICT.code: Refused.exit_code,
    OVER_BUDGET.code: Refused.exit_code,
    NOTHING_LEFT.code: Refused.exit_code,
    **dict.fromkeys((rule.code for rule in POLICY_RULES), Refused.exit_code),
    NOT_READY.code: NotReady.exit_code,
    readiness.NOT_CONNECTABLE.code: NotReady.exit_code,
    readiness.NOT_OBSERVED.code: NotReady.exit_code,
}


def no_route(address: Address, state: State, goal: State = State.DELETED) -> Diagnostic:
    """What is wrong where no legal moves lead to a goal."""
    return NO_ROUTE.found(f"It is {state}; no moves lead to {goal}.", subject=str(address))


def protected_orphan(address: Address) -> Diagnostic:
    """What is wrong with deleting an object that was protected when its document was last applied."""
    return PROTECTED.found(
        "Its document is gone, and said `protect: true` when it was last applied.",
        subject=str(address),
        fix=f"Put the document back with `protect: false` and apply; or let it live: reconciler state forget {address}",
    )


def conflict(path: str, subject: str) -> Diagnostic:
    """What is wrong with one path that both have changed, and the way out."""
    fix = f"Put the organisation's value into the manifest, or repeat with --take-ownership {path}."
    return CONFLICT.found(f"Both changed {path}.", subject=subject, fix=fix)


def exit_code(problems: tuple[Diagnostic, ...]) -> int:
    """The exit code that a plan's problems call for; an unreachable organisation outweighs a refusal."""
    codes = {_EXITS.get(problem.code, 1) for problem in problems}
    return next((code for code in (8, 5, 9, 1) if code in codes), 0)


def refuse(plan: Plan, allow_delete: int | None) -> None:
    """Raise Refused unless the plan may be applied: no problem, and as many deletions as were allowed.

    `allow_delete` is the number that was named: None for no deletion, -1 for any number.
    """
    if plan.problems:
        blocked = sum(change.action in {Action.BLOCKED, Action.UNKNOWN} for change in plan.changes)
        raise PlanHasProblems(
            f"Problems: {len(plan.problems)}; changes that are blocked or unknown: {blocked}.",
            exit_code(plan.problems),
        )
    going = [c for c in plan.changes if c.action in {Action.DELETE, Action.REPLACE}]
    if plan.deletes and allow_delete is None:
        names = ", ".join(str(change.address) for change in going[:10])
        raise Refused(
            f"The plan deletes {counted(plan.deletes, 'object')} ({names}).",
            fix=f"Repeat with --allow-delete={plan.deletes}.",
        )
    if allow_delete is not None and 0 <= allow_delete < plan.deletes:
        raise Refused(f"The plan deletes {counted(plan.deletes, 'object')}, --allow-delete says {allow_delete}.")
