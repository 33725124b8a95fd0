import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from reconciler.core import plan_file
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.core.errors import PlanUnusable
from reconciler.core.kind import Risk
from reconciler.core.lifecycle import State
from reconciler.core.plan import (
    Action,
    Change,
    Create,
    Envelope,
    FieldChange,
    Origin,
    Plan,
    Reason,
    Target,
    Transition,
    Unmanaged,
    Update,
    Witness,
)

HERE, OTHER = Address("McpServer", "jira"), Address("AuthorizationServer", "agents")
NOTE = Diagnostic("PLN007", "Not ready", "Row is PENDING.", path=("spec", 0), severity=Severity.WARNING)
STEPS = (
    Create("c", HERE, {"scopes": {"source": {"default": True}, "notes": {}}}, State.ACTIVE, after=("x",)),
    Update("u", OTHER, "aus1", {"description": "ü"}),
    Transition("t", HERE, "ems1", "activate", State.INACTIVE, State.ACTIVE, {"requires": ["xaa"]}),
)
CHANGE = Change(
    HERE,
    Action.UPDATE,
    Reason.FIELDS_DIFFER,
    risk=Risk.HIGH,
    record="ems1",
    state=State.INACTIVE,
    goal=State.ACTIVE,
    fields=(FieldChange(("displayName",), "change", "\ud800\u202e", None),),
    steps=STEPS,
    cuts=(OTHER,),
    notes=(NOTE,),
    source=Source("a.yaml", 1, 2),
)
PLAN = Plan(
    target=Target("prod", "okta", "https://example.okta.com"),
    changes=(CHANGE,),
    problems=(Diagnostic("PLN004", "Protected", "It is.", subject="McpServer.jira"),),
    witnesses=(Witness(OTHER, "AuthorizationServer", "aus1", State.ACTIVE, {"name": "Agents"}, "sha256:0"),),
    unmanaged=(Unmanaged("McpServer", "ems9", "https://x.example", State.ACTIVE, orphan_of=HERE),),
    tool_version="0.1.0",
)


def test_a_plan_file_gives_back_an_equal_plan():
    assert plan_file.load(plan_file.dump(PLAN)) == PLAN


def test_equal_plans_have_one_text():
    assert plan_file.dump(PLAN) == plan_file.dump(replace(PLAN))


def test_a_plan_file_fits_its_published_schema():
    jsonschema.validate(json.loads(plan_file.dump(PLAN)), plan_file.schema())


def altered(**members):
    return replace(PLAN, changes=(replace(CHANGE, **members),))


@pytest.mark.parametrize(
    "other",
    [
        altered(action=Action.REPLACE),
        altered(reason=Reason.INVALID),
        altered(risk=Risk.LOW),
        altered(record="ems2"),
        altered(state=State.ACTIVE),
        altered(goal=State.INACTIVE),
        altered(cuts=()),
        altered(document={"displayName": "x"}),
        altered(protected=True),
        altered(fields=()),
        altered(steps=STEPS[1:]),
        altered(steps=(replace(STEPS[0], document={"scopes": {"source": {"default": False}, "notes": {}}}),)),
        altered(steps=(replace(STEPS[0], document={"scopes": {"source": {"default": True}}}),)),
        altered(steps=(*STEPS[:2], replace(STEPS[2], source=State.INVALID))),
        altered(steps=(*STEPS[:2], replace(STEPS[2], record="ems2"))),
        replace(PLAN, target=replace(PLAN.target, organisation="https://other.okta.com")),
        replace(PLAN, witnesses=()),
        replace(PLAN, problems=()),
        replace(PLAN, format_version="1.1"),
    ],
)
def test_the_digest_changes_with_every_meaningful_member(other):
    """Also with those inside documents that are called like a member of a change (`source`, `notes`)."""
    assert plan_file.digest(other) != plan_file.digest(PLAN)


@pytest.mark.parametrize(
    "other",
    [
        altered(notes=()),
        altered(source=Source("b.yaml", 9, 9)),
        replace(PLAN, unmanaged=()),
        replace(PLAN, tool_version="9.9.9"),
        replace(PLAN, taken=("McpServer.jira.displayName",)),
        replace(PLAN, changes=(*PLAN.changes, Change(OTHER, Action.ADOPT, Reason.NOT_REMEMBERED, record="aus1"))),
        replace(PLAN, changes=(*PLAN.changes, Change(OTHER, Action.NOOP, Reason.CONVERGED, record="aus1"))),
        altered(remembered=True),
        altered(state_origin=Origin.DRIFT),
        altered(fields=(replace(CHANGE.fields[0], origin=Origin.DRIFT, last="x"),)),
        altered(fields=(*CHANGE.fields, FieldChange(("x",), "remove", 1, origin=Origin.ACCEPTED))),
        replace(PLAN, problems=(replace(PLAN.problems[0], detail="It still is.", source=Source("b.yaml")),)),
    ],
)
def test_the_digest_stays_when_only_places_wording_and_memory_change(other):
    assert plan_file.digest(other) == plan_file.digest(PLAN)


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        altered(
            document={"ratio": float("inf"), "none": None, "yes": True, "number": 1.5, "list": [{}]}, previous=OTHER
        ),
        altered(fields=(FieldChange(("x", "y"), "add", after=float("nan"), origin=Origin.DRIFT, last=[1]),), notes=()),
        replace(PLAN, changes=(), problems=(), unmanaged=(), format_version="1.9"),
    ],
)
def test_the_digest_is_the_one_that_stands_in_the_file(plan):
    """It is made without what writes the file: both have to see the same values."""
    assert plan_file.digest(plan) == plan_file.to_document(plan)["digest"]


def test_the_digest_needs_no_model_of_all_that_a_plan_can_hold(monkeypatch):
    """To make one takes longer than the digest, and every plan shows its digest."""
    whole = plan_file.digest(PLAN)
    monkeypatch.setattr(plan_file, "TypeAdapter", None)
    monkeypatch.setattr(plan_file, "_adapter", None)
    assert plan_file.digest(PLAN) == whole


def test_each_making_of_a_plan_has_a_name_of_its_own():
    """Two plans that mean the same are still two: which of them was applied has to be known."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    one = replace(PLAN, envelope=Envelope(moment, moment + timedelta(days=7)))
    other = replace(PLAN, envelope=Envelope(moment + timedelta(seconds=1), moment + timedelta(days=7)))
    assert plan_file.digest(one) == plan_file.digest(other)
    assert len({plan_file.identity(each) for each in (PLAN, one, other)}) == 3
    assert plan_file.load(plan_file.dump(one)) == one


def broken(**members):
    """A file that was altered by somebody who also knows how to make a checksum."""
    return plan_file.seal(json.loads(plan_file.dump(PLAN)) | members)


TEXT = plan_file.dump(PLAN)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "format none"),
        (broken(format_version="2.0"), "format 2.0, this tool reads 1.x"),
        (broken(changes=[{"action": "create"}]), "not a plan of format 1.0: changes.0.address"),
        (broken(digest="sha256:0"), "digest does not fit"),
        (broken(problems=[]), "digest does not fit"),
        (TEXT.replace("McpServer.jira", "McpServer.jirb", 1), "checksum does not fit"),
        (TEXT.replace("\n", "\r\n"), "checksum does not fit"),
        (TEXT + " ", "checksum does not fit"),
        (json.dumps(json.loads(TEXT)), "not carry one checksum"),
        (TEXT.replace('  "checksum"', '  "checksum": "sha256:' + "0" * 64 + '",\n  "checksum"', 1), "not carry one"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_reason(text, says):
    with pytest.raises(PlanUnusable, match=says):
        plan_file.load(text)


@pytest.mark.parametrize("place", range(0, len(TEXT), 7))
def test_no_byte_of_a_file_can_be_another(place):
    other = "x" if TEXT[place] != "x" else "y"
    with pytest.raises(PlanUnusable):
        plan_file.load(TEXT[:place] + other + TEXT[place + 1 :])


def test_members_of_a_newer_minor_version_are_ignored():
    assert plan_file.load(broken(future={"a": 1})) == PLAN
