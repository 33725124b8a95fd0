from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.plan import Plan
from reconciler.engine.planner import witness
from reconciler.engine.staleness import moved
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
