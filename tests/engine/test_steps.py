from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.plan import Create, Transition, Update
from reconciler.engine import steps
from reconciler.kinds import KINDS

HERE = Address("McpServer", "jira")
CYCLE = KINDS["McpServer"].lifecycle
DOCUMENT = {"resourceUrl": "u"}


def words(made):
    return [getattr(step, "verb", step.op) for step in made]


def test_a_new_object_is_made_and_led_to_its_goal():
    first, second = steps.create(HERE, DOCUMENT, CYCLE, State.ACTIVE)
    assert first == Create("McpServer.jira/create", HERE, DOCUMENT, State.ACTIVE)
    assert second == Transition(
        "McpServer.jira/activate", HERE, None, "activate", State.INACTIVE, State.ACTIVE, DOCUMENT
    )


def test_a_goal_that_no_moves_reach_gives_no_steps_at_all():
    assert steps.create(HERE, DOCUMENT, CYCLE, State.PENDING) is None


def change(source, goal, *, write=True):
    route = CYCLE.route(source, goal)
    return list(steps.change(HERE, "ems1", DOCUMENT, route, write=write))


def test_fields_are_written_after_a_deactivation_and_before_any_other_move():
    assert words(change(State.ACTIVE, State.INACTIVE)) == ["deactivate", "update"]
    assert words(change(State.INACTIVE, State.ACTIVE)) == ["update", "activate"]
    assert words(change(State.INVALID, State.ACTIVE)) == ["update", "revalidate", "activate"]
    assert words(change(State.ACTIVE, State.ACTIVE)) == ["update"]
    assert words(change(State.INVALID, State.ACTIVE, write=False)) == ["revalidate", "activate"]


def test_only_an_activation_carries_the_document_that_readiness_is_judged_by():
    update, revalidate, activate = change(State.INVALID, State.ACTIVE)
    assert update == Update("McpServer.jira/update", HERE, "ems1", DOCUMENT)
    assert (revalidate.document, activate.document) == ({}, DOCUMENT)


def test_the_predecessor_of_a_replaced_object_is_marked_in_the_ids():
    route = CYCLE.route(State.ACTIVE, State.DELETED)
    assert [step.id for step in steps.remove(HERE, "ems1", route, "old-")] == [
        "McpServer.jira/old-deactivate",
        "McpServer.jira/old-delete",
    ]
    assert [step.id for step in steps.remove(HERE, "ems1", route)] == [
        "McpServer.jira/deactivate",
        "McpServer.jira/delete",
    ]
