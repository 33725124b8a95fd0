"""How many requests a plan takes is a rule of thumb; it must not be far from the truth."""

import pytest

from reconciler.core.address import Address
from reconciler.core.estimate import Estimate, estimate
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, Plan, Reason, Transition, Update
from reconciler.render import terminal
from tests.support.build import TARGET

HERE = Address("McpServer", "jira")
ROWS = {"authorizationServers": {"a": {"type": "OKTA", "id": {"$ref": "AuthorizationServer.a#id"}}, "b": {}}}
RULES = {"accessPolicies": {"agents": {"rules": {"xaa": {}, "sts": {}}}}, "scopes": {"read": {}}}


def plan(*steps):
    return Plan(TARGET, (Change(HERE, Action.CREATE, Reason.MISSING, steps=steps),))


def create(document):
    return Create("c", HERE, document, State.ACTIVE)


def move(record):
    return Transition("t", HERE, record, "activate", State.INACTIVE, State.ACTIVE)


@pytest.mark.parametrize(
    ("steps", "requests"),
    [
        ((), 0),
        ((create({}),), 8),
        ((create(ROWS),), 12),
        ((create(RULES),), 16),
        ((create({"owner": {"$ref": "AuthorizationServer.a#id"}}),), 8),
        ((Update("u", HERE, "1", ROWS),), 8),
        ((move(None), move("1")), 8),
    ],
)
def test_requests_follow_from_the_steps_and_the_children_in_their_documents(steps, requests):
    assert estimate(plan(*steps), {}).requests == requests


def test_time_follows_from_the_tightest_limit_and_from_none_where_there_is_none():
    limits = {"/a": (600, 360), "/b": (60, 36), "/c": (1_000_000, 600_000)}
    found = estimate(plan(*[create({})] * 9), limits)
    assert (found.requests, found.limit, found.ours, found.minutes) == (72, 60, 36, 2.0)
    assert estimate(plan(create({})), {"/c": (1_000_000, 600_000)}).minutes is None
    assert found.to_json() == {"requests": 72, "limit_per_minute": 60, "ours_per_minute": 36, "minutes": 2.0}
    assert Estimate(5).to_json()["minutes"] is None


def test_one_line_tells_what_an_apply_takes_where_a_limit_was_learnt():
    said = terminal.effort(Estimate(120, 60, 36))
    assert said == "About 120 requests to apply, about 3 minutes at 36 of the 60 a minute that the organisation allows."
    assert "less than a minute and a half" in terminal.effort(Estimate(40, 60, 36))
    assert terminal.effort(Estimate(120)) == terminal.effort(Estimate(0, 60, 36)) == ""
