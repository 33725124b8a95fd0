from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.address import Address
from reconciler.core.document import Ref
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, Envelope, Plan, Reason, Transition, Unmanaged
from reconciler.core.resources import Live
from reconciler.engine.planner import witness
from reconciler.engine.staleness import appeared, moved, unbound
from reconciler.kinds import KINDS
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


# -- what a plan is to create ---------------------------------------------------------------------------------------


def appearing(step, there, *, unmanaged=()):
    change = Change(step.address, Action.CREATE, Reason.MISSING, steps=(step,))
    kind = step.address.kind
    live = Live({kind: records(kind, [there])}, {})
    return list(appeared(Plan(TARGET, (change,), unmanaged=unmanaged), [step], KINDS, live))


def test_what_a_plan_is_to_create_and_is_there_by_now_is_named():
    step = Create("AuthorizationServer.agents/create", HERE, {"name": RAW["name"], "audiences": ["x"]}, State.ACTIVE)
    says = f"AuthorizationServer.agents: it did not exist, and is there now as {RAW['id']}."
    assert appearing(step, RAW) == [says]
    assert appearing(step, RAW | {"name": "Others"}) == []
    known = Unmanaged("AuthorizationServer", RAW["id"], RAW["name"], State.ACTIVE)
    assert appearing(step, RAW, unmanaged=(known,)) == []


def test_what_takes_the_place_of_an_object_with_the_same_key_is_no_news():
    step = Create("AuthorizationServer.agents/create", HERE, {"name": RAW["name"], "audiences": ["x"]}, State.ACTIVE)
    gone = Transition("AuthorizationServer.agents/old-delete", HERE, RAW["id"], "delete", State.INACTIVE, State.DELETED)
    change = Change(HERE, Action.REPLACE, Reason.INVALID, steps=(gone, step))
    live = Live({"AuthorizationServer": records("AuthorizationServer", [RAW])}, {})
    assert list(appeared(Plan(TARGET, (change,)), [step], KINDS, live)) == []


def test_what_is_known_by_a_server_that_is_still_to_be_made_cannot_be_there():
    client = Address("ClientRegistration", "jira")
    server = Ref(Address("McpServer", "jira"), "id").to_json()
    step = Create("ClientRegistration.jira/create", client, {"mcpServer": server}, State.ACTIVE)
    assert list(appeared(Plan(TARGET, ()), [step], KINDS, Live({}, {}))) == []


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
