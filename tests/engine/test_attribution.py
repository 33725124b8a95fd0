"""Who made a difference, as far as the System Log tells."""

import pytest

from reconciler.core.address import Address
from reconciler.core.drift import Actor, Category, Difference, Direction
from reconciler.core.happening import Happening
from reconciler.engine.attribution import actor_of

JIRA = Address("McpServer", "jira")


def difference(path, category=Category.FIELD):
    return Difference(path, category, Direction.DIFFERS, "McpServer", "ems", JIRA)


def event(at, actor, *changed):
    return Happening("resource_servers.mcp_server.update", f"2026-11-25T0{at}:00:00.000Z", actor, frozenset(changed))


RENAMED, SWITCHED, TOUCHED = event(1, "ann", "displayName"), event(2, "bob", "status"), event(3, "cid")
EVENTS = (SWITCHED, TOUCHED, RENAMED)


@pytest.mark.parametrize(
    ("found", "actor"),
    [
        (difference("McpServer.jira.displayName"), "ann"),
        (difference("McpServer.jira.state", Category.STATE), "bob"),
        (difference("McpServer.jira.state", Category.HEALTH), "bob"),
        (difference("McpServer.jira.description"), "cid"),
        (difference("McpServer.jira", Category.OBJECT), "cid"),
    ],
)
def test_the_newest_event_that_names_what_differs_made_it_else_the_newest_of_all(found, actor):
    assert actor_of(found, EVENTS).name == actor


def test_the_newest_of_several_events_that_fit_is_the_one():
    again = event(4, "dan", "displayName", "description")
    assert actor_of(difference("McpServer.jira.displayName"), (*EVENTS, again)) == Actor("dan", again.at, again.event)


def test_without_events_nobody_is_named():
    assert actor_of(difference("McpServer.jira.displayName"), ()) is None
