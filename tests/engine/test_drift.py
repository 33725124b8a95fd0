"""What counts as drift, in which direction, by whose doing; and what of it alarms."""

from datetime import date

import pytest

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.drift import Acceptance, Category, Cause, Direction, Standing
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action
from reconciler.core.remembered import Applied, Remembered
from reconciler.engine import drift
from reconciler.engine.drift import Tolerance, differences, judge
from reconciler.engine.planner import Context, make_plan
from reconciler.kinds import KINDS
from tests.support.build import TARGET, borrowed, external, live, mcp, okta, okta_row, raw_mcp, raw_okta, row, wish

JIRA = Address("McpServer", "jira")
TODAY = date(2026, 11, 25)
WISH = wish(external(), mcp(displayName="Jira"))
AS_WISHED = {"displayName": "Jira"}


def memory(*documents, world=None, bound=True, **changed):
    """What is remembered after an apply of documents, to the world or to what they say."""
    desired = wish(*documents) if documents else WISH
    applied = {}
    for address, resource in desired.items():
        kind = KINDS[address.kind]
        if kind.stands_alone(resource.spec):
            document = kind.document(resource, desired, KINDS) | changed
            record = "emsjira0000000000000" if address == JIRA else "aus"
            applied[address] = Applied(record, document, kind.goal(resource.spec))
    bindings = {address: each.record for address, each in applied.items()} if bound else {}
    return Remembered(bindings, applied)


def seen(world, desired=WISH, remembered=None, accepted=()):
    remembered = memory() if remembered is None else remembered
    plan = make_plan(desired, world, KINDS, TARGET, Context(remembered, accepted=frozenset(accepted)))
    return differences(plan, remembered)


def only(found):
    [each] = found
    return each


# -- what differs --------------------------------------------------------------------------------------------------


def test_what_is_as_wished_is_no_difference():
    assert seen(live([raw_mcp(**AS_WISHED)])) == ()


def test_an_edited_field_is_drift_and_says_both_values():
    found = only(seen(live([raw_mcp(displayName="Tracker")])))
    assert (found.path, found.category, found.direction) == (
        "McpServer.jira.displayName",
        Category.FIELD,
        Direction.DIFFERS,
    )
    assert (found.live, found.wished, found.cause) == ("Tracker", "Jira", Cause.ORGANISATION)
    assert (found.record, found.source) == ("emsjira0000000000000", Source("registry.d/test.yaml", 1, 1))


def test_live_has_extra_and_live_lacks_are_told_apart():
    extra = row("https://other.example.com")
    assert {(each.path, each.direction) for each in seen(live([raw_mcp(rows=[row(), extra], **AS_WISHED)]))} == {
        ("McpServer.jira.authorizationServers.https://other.example.com", Direction.EXTRA)
    }
    found = only(seen(live([raw_mcp(rows=[], **AS_WISHED)])))
    assert (found.path, found.direction, found.live) == (
        "McpServer.jira.authorizationServers.idp",
        Direction.LACKS,
        None,
    )
    assert only(seen(live([raw_mcp()]))).direction is Direction.LACKS


def test_what_only_the_manifest_changed_is_pending_and_what_both_changed_says_so():
    was = memory(displayName="Old")
    assert only(seen(live([raw_mcp(displayName="Old")]), remembered=was)).cause is Cause.MANIFEST
    assert only(seen(live([raw_mcp(displayName="Other")]), remembered=was)).cause is Cause.BOTH


def test_without_memory_nobody_knows_whose_doing_it_is():
    assert only(seen(live([raw_mcp(displayName="Old")]), remembered=Remembered())).cause is Cause.UNKNOWN


def test_what_both_changed_to_the_same_value_is_no_difference():
    assert seen(live([raw_mcp(**AS_WISHED)]), remembered=memory(displayName="Old")) == ()


def test_what_another_rule_lets_wait_does_not_alarm_yet():
    assert standing(seen(EDITED), unripe=frozenset({PATH})) is Standing.UNCONFIRMED


@pytest.mark.parametrize(
    ("status", "category", "cause"),
    [
        ("INACTIVE", Category.STATE, Cause.ORGANISATION),
        ("PENDING", Category.STATE, Cause.ORGANISATION),
        ("INVALID", Category.HEALTH, Cause.ORGANISATION),
    ],
)
def test_a_server_in_another_state_is_drift_of_its_state(status, category, cause):
    found = only(seen(live([raw_mcp(status=status, **AS_WISHED)])))
    assert (found.path, found.category, found.cause) == ("McpServer.jira.state", category, cause)
    assert (found.live, found.wished) == (status, "ACTIVE")


def test_a_state_that_only_the_manifest_asks_for_anew_is_pending():
    desired = wish(external(), mcp(displayName="Jira", state="inactive"))
    found = only(seen(live([raw_mcp(**AS_WISHED)]), desired))
    assert (found.live, found.wished, found.cause) == ("ACTIVE", "INACTIVE", Cause.MANIFEST)
    assert only(seen(live([raw_mcp(**AS_WISHED)]), desired, Remembered())).cause is Cause.UNKNOWN


@pytest.mark.parametrize(
    ("remembered", "cause"),
    [
        (memory(), Cause.ORGANISATION),
        (Remembered({Address("McpServer", "wiki"): "ems"}), Cause.MANIFEST),
        (Remembered(), Cause.UNKNOWN),
    ],
)
def test_an_object_that_is_not_there_was_taken_away_or_is_not_made_yet(remembered, cause):
    found = only(seen(live(), remembered=remembered))
    assert (found.path, found.category, found.direction, found.cause) == (
        "McpServer.jira",
        Category.OBJECT,
        Direction.LACKS,
        cause,
    )


def test_a_borrowed_server_that_is_gone_is_drift():
    desired = wish(borrowed(), mcp(displayName="Jira", authorizationServers=["corp"]))
    world = live([raw_mcp(rows=[okta_row("ausBorrowed000000000")], **AS_WISHED)])
    [gone] = [each for each in seen(world, desired, Remembered()) if each.category is Category.OBJECT]
    assert (gone.path, gone.direction) == ("AuthorizationServer.corp", Direction.LACKS)


def test_tombstones_and_objects_that_cannot_be_told_apart_are_no_drift():
    assert seen(live([raw_mcp(**AS_WISHED)]), wish(external(), mcp(absent=True))) == ()
    twins = [raw_okta(id="ausone00000000000000"), raw_okta(id="austwo00000000000000")]
    assert {e.category for e in seen(live(authorization_servers=twins), wish(okta()))} == {Category.UNMANAGED}


def test_what_could_not_be_read_is_a_problem_and_no_difference():
    world = live([raw_mcp(**AS_WISHED)], unreadable={"McpServer": Diagnostic("X", "x", "x")})
    plan = make_plan(WISH, world, KINDS, TARGET)
    assert differences(plan, memory()) == ()
    assert [each.code for each in drift.problems(plan)] == ["PLN005"]


def test_problems_about_doing_are_not_problems_of_looking():
    plan = make_plan(WISH, live([raw_mcp(displayName="Other")]), KINDS, TARGET, Context(memory(displayName="Old")))
    assert plan.problems
    assert drift.problems(plan) == ()


def test_unmanaged_objects_are_named_by_kind_and_id_and_orphans_by_their_old_address_too():
    world = live([raw_mcp(**AS_WISHED), raw_mcp("wiki")])
    remembered = Remembered({JIRA: "emsjira0000000000000", Address("McpServer", "wiki"): "emswiki0000000000000"})
    found = only(seen(world, remembered=remembered))
    assert (found.path, found.category, found.address) == (
        "McpServer/emswiki0000000000000",
        Category.UNMANAGED,
        Address("McpServer", "wiki"),
    )


def test_coverage_counts_what_manifests_describe():
    world = live([raw_mcp(**AS_WISHED), raw_mcp("wiki")], [raw_okta()])
    plan = make_plan(WISH, world, KINDS, TARGET)
    told = drift.coverage(plan, world, KINDS)
    assert (told["McpServer"].described, told["McpServer"].total) == (1, 2)
    assert (told["AuthorizationServer"].described, told["AuthorizationServer"].total) == (0, 1)
    assert "McpServer" not in drift.coverage(plan, live(unreadable={"McpServer": Diagnostic("X", "x", "x")}), KINDS)


# -- what becomes of it --------------------------------------------------------------------------------------------

EDITED = live([raw_mcp(displayName="Tracker")])
PATH = "McpServer.jira.displayName"


def entry(live_value="Tracker", expires=TODAY, path=PATH):
    return Acceptance(path, "test", "collab@example.com", "an incident", expires, live_value)


def standing(found, **tolerance):
    judged, _ = judge(found, Tolerance(TODAY, **tolerance))
    return only(judged).standing


def test_drift_that_nobody_accepted_is_new():
    assert standing(seen(EDITED)) is Standing.NEW


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (entry(), Standing.ACCEPTED),
        (entry(expires=date(2026, 11, 24)), Standing.EXPIRED),
        (entry("Something else"), Standing.CHANGED),
        (entry(None), Standing.CHANGED),
        (entry(path="McpServer.jira"), Standing.NEW),
    ],
)
def test_an_acceptance_holds_for_its_path_its_value_and_until_its_last_day(accepted, expected):
    assert standing(seen(EDITED), accepted=[accepted]) is expected


def test_a_lack_is_accepted_by_an_entry_without_a_live_value():
    assert standing(seen(live()), accepted=[entry(None, path="McpServer.jira")]) is Standing.ACCEPTED


def test_an_accepted_lack_stays_accepted_once_memory_knows_others():
    """What was accepted while nothing was remembered must not become work to do because something else was applied."""
    others = Remembered({Address("McpServer", "wiki"): "ems"})
    assert standing(seen(live(), remembered=others)) is Standing.PENDING
    for expires, expected in ((TODAY, Standing.ACCEPTED), (date(2026, 11, 24), Standing.EXPIRED)):
        accepted = [entry(None, expires=expires, path="McpServer.jira")]
        assert standing(seen(live(), remembered=others), accepted=accepted) is expected


def test_what_was_not_seen_often_enough_does_not_alarm_unless_it_had_been_accepted():
    assert standing(seen(EDITED), min_sightings=3, counts={PATH: 2}) is Standing.UNCONFIRMED
    assert standing(seen(EDITED), min_sightings=3, counts={PATH: 3}) is Standing.NEW
    past = entry(expires=date(2026, 1, 1))
    assert standing(seen(EDITED), min_sightings=3, counts={PATH: 1}, accepted=[past]) is Standing.EXPIRED


def test_pending_changes_never_alarm():
    found = seen(live([raw_mcp(displayName="Old")]), remembered=memory(displayName="Old"))
    assert standing(found) is Standing.PENDING


def test_unmanaged_objects_alarm_only_where_that_is_wanted():
    found = seen(live([raw_mcp(**AS_WISHED), raw_mcp("wiki")]))
    assert standing(found) is Standing.NOTED
    assert standing(found, alarm_unmanaged=True) is Standing.NEW
    known = entry("https://wiki.example.com/mcp", path="McpServer/emswiki0000000000000")
    assert standing(found, alarm_unmanaged=True, accepted=[known]) is Standing.ACCEPTED


def test_acceptances_that_nothing_needs_are_warned_about():
    _, unused = judge(seen(EDITED), Tolerance(TODAY, [entry(), entry(path="McpServer.wiki.displayName")]))
    [warning] = drift.unused(unused)
    assert (warning.code, warning.subject, warning.is_error) == ("BSL001", "McpServer.wiki.displayName", False)
    placed = Acceptance(PATH, "test", "a", "b", TODAY, None, Source("reconciler.baseline.yaml", 3, 5))
    assert only(tuple(drift.unused([placed]))).source == Source("reconciler.baseline.yaml", 3, 5)


def test_the_mark_of_a_difference_changes_with_its_live_value_only():
    one, other = only(seen(EDITED)), only(seen(live([raw_mcp(displayName="Third")])))
    renamed = only(seen(EDITED, wish(external(), mcp(displayName="J"))))
    assert one.mark != other.mark
    assert one.mark == renamed.mark


# -- what a plan does about what is accepted -----------------------------------------------------------------------


def planned(world, accepted, remembered=None):
    remembered = memory() if remembered is None else remembered
    plan = make_plan(WISH, world, KINDS, TARGET, Context(remembered, accepted=frozenset(accepted)))
    return next(change for change in plan.changes if change.address == JIRA)


def test_an_accepted_state_is_left_as_it_is():
    world = live([raw_mcp(status="INACTIVE", **AS_WISHED)])
    assert planned(world, []).action is Action.ACTIVATE
    kept = planned(world, ["McpServer.jira.state"])
    assert (kept.action, kept.steps, kept.state) == (Action.NOOP, (), State.INACTIVE)


def test_an_invalid_server_that_is_accepted_is_not_registered_anew():
    desired = wish(external(), mcp(displayName="Jira", revalidate="reregister"))
    world = live([raw_mcp(status="INVALID", **AS_WISHED)])
    context = Context(memory(), accepted=frozenset({"McpServer.jira.state"}))
    [change] = make_plan(desired, world, KINDS, TARGET, context).changes
    assert change.steps == ()


def test_an_accepted_absence_is_not_mended():
    assert planned(live(), []).action is Action.CREATE
    kept = planned(live(), ["McpServer.jira"])
    assert (kept.action, kept.steps) == (Action.NOOP, ())
