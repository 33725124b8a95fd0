from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.plan import Envelope, Plan
from reconciler.engine.planner import witness
from reconciler.engine.staleness import moved, unbound
from tests.support.build import TARGET, raw_okta, records

HERE = Address("AuthorizationServer", "agents")
RAW = raw_okta(
    description="For agents",
    scopes=[{"name": "read", "description": "Reads", "consent": "REQUIRED"}],
    policies=[{"name": "p", "description": "d", "rules": [{"name": "r", "priority": 1}]}],
)


def sentences(after):
    [before] = records("AuthorizationServer", [RAW])
    plan = Plan(TARGET, (), witnesses=(witness(HERE, before),))
    now = records("AuthorizationServer", [after])[0] if after else None
    return list(moved(plan, lambda _seen: now))


def test_a_plan_whose_objects_are_as_they_were_still_holds():
    assert sentences(RAW) == []


def test_an_object_that_is_gone_is_named():
    assert sentences(None) == ["AuthorizationServer.agents: the object ausAgents00000000000 is gone."]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"status": "INACTIVE"}, "status was ACTIVE, is INACTIVE"),
        ({"description": "New"}, "description was 'For agents', is 'New'"),
        ({"description": None}, "description was 'For agents', is None"),
        ({"scopes": []}, "scopes.read was"),
        ({"scopes": [{"name": "read", "consent": "REQUIRED"}]}, "scopes.read.description was 'Reads', is None"),
        ({"scopes": [*RAW["scopes"], {"name": "new"}]}, "scopes.new was None, is {}"),
        ({"policies": [{"name": "p", "description": "d"}]}, "accessPolicies.p.rules.r was"),
    ],
)
def test_every_member_that_moved_is_named_also_one_that_vanished_deep_inside(members, says):
    [sentence] = sentences(RAW | members)
    assert sentence.startswith(f"AuthorizationServer.agents: {says}")


def test_a_fingerprint_that_does_not_fit_is_never_passed_over_in_silence():
    [record] = records("AuthorizationServer", [RAW])
    odd = replace(witness(HERE, record), fingerprint="sha256:0", state=State.ACTIVE)
    assert list(moved(Plan(TARGET, (), witnesses=(odd,)), lambda _seen: record)) == [
        "AuthorizationServer.agents: it is not as it was."
    ]


# -- what a plan is bound to ---------------------------------------------------------------------------------------

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
BOUND = Envelope(NOON, NOON + timedelta(days=7), commit="a" * 40, config="sha256:c", policy="")
SAVED = Plan(TARGET, (), envelope=BOUND, tool_version="1")


def now(**otherwise):
    return replace(SAVED, **{"envelope": replace(BOUND, created=NOON + timedelta(days=1)), **otherwise})


def bound(**otherwise):
    return now(envelope=replace(BOUND, **{"created": NOON + timedelta(days=1), **otherwise}))


def test_a_plan_holds_while_all_that_it_is_bound_to_is_the_same():
    assert list(unbound(SAVED, now())) == []
    assert list(unbound(SAVED, bound(commit=""))) == []
    assert list(unbound(replace(SAVED, envelope=replace(BOUND, commit="")), now())) == []


@pytest.mark.parametrize(
    ("here", "says"),
    [
        (
            now(target=replace(TARGET, organisation="memory:other")),
            "made for memory:test, this environment is memory:other",
        ),
        (now(target=replace(TARGET, type="okta")), "made for memory:test"),
        (now(target=replace(TARGET, environment="prod")), "for the environment test, this is prod"),
        (now(tool_version="2"), "by version 1 of this tool, this is 2"),
        (bound(created=BOUND.expires), "expired at 2026-05-08 12:00 UTC"),
        (bound(commit="b" * 40), "from commit aaaaaaaaaaaa, this is bbbbbbbbbbbb"),
        (bound(config="sha256:d"), "manifests or the settings"),
        (bound(policy="sha256:p"), "policy"),
        (replace(SAVED, envelope=None), "does not say what it is bound to"),
    ],
)
def test_each_binding_that_is_otherwise_is_one_sentence(here, says):
    [sentence] = unbound(SAVED, here)
    assert says in sentence


def test_a_plan_without_a_version_or_an_envelope_says_nothing_that_could_hold():
    sentences = list(unbound(Plan(TARGET, ()), now()))
    assert len(sentences) == 2
    assert "version unknown" in sentences[0]
