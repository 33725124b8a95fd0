import pytest

from reconciler.core.address import Address
from reconciler.core.errors import Refused
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Plan, Reason, Transition
from reconciler.engine import guards
from tests.support.build import TARGET


def going(name, action=Action.DELETE):
    here = Address("McpServer", name)
    step = Transition(f"{here}/delete", here, name, "delete", State.INACTIVE, State.DELETED)
    return Change(here, action, Reason.TOMBSTONE, steps=(step,))


TWO = Plan(TARGET, (going("a"), going("b", Action.REPLACE)))


@pytest.mark.parametrize("allowed", [2, 3, -1])
def test_deletions_that_were_named_are_allowed(allowed):
    guards.refuse(TWO, allowed)


def test_a_plan_without_deletions_needs_no_permission():
    guards.refuse(Plan(TARGET, ()), None)


def test_deletions_that_nobody_named_are_refused_with_the_number_to_name():
    with pytest.raises(Refused, match=r"2 objects \(McpServer\.a, McpServer\.b\)") as caught:
        guards.refuse(TWO, None)
    assert "--allow-delete=2" in caught.value.fix


@pytest.mark.parametrize("allowed", [0, 1])
def test_more_deletions_than_were_named_are_refused(allowed):
    with pytest.raises(Refused, match=rf"2 objects, --allow-delete says {allowed}"):
        guards.refuse(TWO, allowed)


def test_a_plan_with_problems_is_refused_whatever_is_allowed():
    blocked = Change(Address("McpServer", "a"), Action.BLOCKED, Reason.PROTECTED)
    plan = Plan(TARGET, (blocked,), problems=(guards.PROTECTED.found("It is."),))
    with pytest.raises(Refused, match="Problems: 1; changes that are blocked or unknown: 1") as refused:
        guards.refuse(plan, -1)
    assert refused.value.exit_code == 5


def test_a_refused_plan_ends_with_the_code_that_planning_ended_with():
    plan = Plan(TARGET, (), problems=(guards.UNREADABLE.found("It is."),))
    with pytest.raises(Refused) as refused:
        guards.refuse(plan, None)
    assert refused.value.exit_code == guards.exit_code(plan.problems) == 8


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ((), 0),
        ((guards.NO_ROUTE,), 1),
        ((guards.PROTECTED, guards.NO_ROUTE), 5),
        ((guards.NOT_READY, guards.NO_ROUTE), 9),
        ((guards.PROTECTED, guards.UNREADABLE), 8),
    ],
)
def test_the_gravest_problem_gives_the_exit_code(rules, code):
    assert guards.exit_code(tuple(rule.found("d") for rule in rules)) == code
