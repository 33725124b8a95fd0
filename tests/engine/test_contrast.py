"""Two plans do the same, or every address and path with which they part is named."""

from dataclasses import replace

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.difference import Side
from reconciler.core.plan import Origin
from reconciler.engine.contrast import contrast
from tests.support.build import external, live, mcp, planned, raw_mcp, wish

IDP = external()


def plan(server, *raws):
    return planned(wish(server, IDP), live(list(raws)))


def told(found):
    return [(each.address, each.side, each.approved, each.now) for each in found]


def test_a_plan_does_the_same_as_itself_whatever_it_leans_on():
    one = plan(mcp(displayName="New"), raw_mcp(displayName="Old"))
    other = plan(mcp(displayName="New"), raw_mcp(displayName="Old", description="By somebody"))
    assert one.witnesses != other.witnesses
    assert contrast(one, other) == ()


def test_what_only_one_plan_does_is_added_or_gone():
    nothing, update = plan(mcp(), raw_mcp()), plan(mcp(displayName="New"), raw_mcp(displayName="Old"))
    assert told(contrast(nothing, update)) == [("McpServer.jira", Side.ADDED, "", "update")]
    assert told(contrast(update, nothing)) == [("McpServer.jira", Side.GONE, "update", "")]
    [[path], [back]] = [each.paths for each in (*contrast(nothing, update), *contrast(update, nothing))]
    assert (path.path, path.approved, path.now.after) == ("displayName", None, "New")
    assert (back.approved.after, back.now) == ("New", None)


def test_other_values_at_a_path_and_other_moves_are_changed():
    one = plan(mcp(displayName="New"), raw_mcp(displayName="Old"))
    other = plan(mcp(displayName="New"), raw_mcp(status="INACTIVE", displayName="Other"))
    [found] = contrast(one, other)
    assert (found.side, found.approved, found.now) == (Side.CHANGED, "update", "update: INACTIVE, ACTIVE")
    assert [(p.path, p.approved.before, p.now.before) for p in found.paths] == [("displayName", "Old", "Other")]


def test_a_path_at_which_both_do_the_same_is_not_named():
    one = plan(mcp(displayName="New"), raw_mcp(displayName="Old"))
    other = plan(mcp(displayName="New"), raw_mcp(status="INACTIVE", displayName="Old"))
    [found] = contrast(one, other)
    assert (found.side, found.paths) == (Side.CHANGED, ())


def test_what_is_accepted_is_no_difference_and_problems_are():
    one = plan(mcp(displayName="New"), raw_mcp(displayName="Old"))
    [change] = one.changes
    [field] = change.fields
    lived_with = replace(change, fields=(field, replace(field, path=("description",), origin=Origin.ACCEPTED)))
    assert contrast(one, replace(one, changes=(lived_with,))) == ()
    stopped = replace(
        one, problems=(Diagnostic("POL010", "s", "d", subject="McpServer.jira"), Diagnostic("PLN013", "s", "d"))
    )
    assert told(contrast(one, stopped)) == [
        ("plan", Side.ADDED, "", "problem PLN013"),
        ("McpServer.jira", Side.ADDED, "", "problem POL010"),
    ]
    assert {each.side for each in contrast(stopped, one)} == {Side.GONE}
