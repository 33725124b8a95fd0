from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Plan, Reason, Target, Transition

HERE = Address("McpServer", "jira")
TARGET = Target("local", "embedded", "embedded:x")
DELETE = Transition("McpServer.jira/delete", HERE, "ems1", "delete", State.INACTIVE, State.DELETED)
DEACTIVATE = Transition("McpServer.jira/deactivate", HERE, "ems1", "deactivate", State.ACTIVE, State.INACTIVE)
GONE = Change(HERE, Action.DELETE, Reason.TOMBSTONE, steps=(DEACTIVATE, DELETE))
SAME = Change(HERE, Action.NOOP, Reason.CONVERGED)


def test_a_plan_is_empty_when_nothing_is_to_do_and_nothing_in_the_way():
    assert Plan(TARGET, (SAME,)).is_empty
    assert not Plan(TARGET, (SAME, GONE)).is_empty
    assert not Plan(TARGET, (SAME,), problems=(Diagnostic("X", "s", "d"),)).is_empty


def test_steps_and_deletes_are_counted_over_all_changes():
    plan = Plan(TARGET, (SAME, GONE))
    assert plan.steps == (DEACTIVATE, DELETE)
    assert plan.effective == (GONE,)
    assert plan.deletes == 1
