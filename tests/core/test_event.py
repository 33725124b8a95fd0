"""Events of an apply: what becomes of a step is one of three, and the last line counts."""

import pytest

from reconciler.core import event
from reconciler.core.errors import LeaseLost
from reconciler.core.result import Outcome, Result
from tests.support import spoilt
from tests.support.judges import demand_published

RESULT = spoilt.result()


def line(told):
    document = event.to_document(event.Line(1, "2026-11-25T10:00:00.000Z", 3, told))
    demand_published("event", document)
    return document["event"]


@pytest.mark.parametrize(("place", "type_"), [*enumerate(("step-done", "step-failed", "step-blocked"))])
def test_a_step_ends_done_failed_or_blocked(place, type_):
    assert line(event.ended(RESULT.steps[place]))["type"] == type_


def test_a_failure_says_its_code_what_and_what_to_do():
    told = line(event.ended(RESULT.steps[1]))
    assert (told["code"], told["severity"], told["detail"], told["fix"]) == ("RUN004", "error", "Tickets", "Tickets")


def test_what_begins_and_what_is_sent_is_told():
    assert line(event.started(RESULT.steps[0].step)) == {
        "type": "step-started",
        "step": "AuthorizationServer.corp/create",
        "address": "AuthorizationServer.corp",
        "op": "create",
    }
    assert line(event.StepSent("s", "POST", "/x"))["method"] == "POST"
    assert line(event.RunStarted("test", "memory:test", "sha256:0", 3, 1))["done"] == 1


def test_the_last_line_counts_outcomes_and_says_how_to_go_on():
    told = line(event.over(RESULT))
    assert told["steps"] == {"done": 1, "failed": 1, "blocked": 1}
    assert (told["ok"], told["exit_code"], told["resume"]) == (False, 7, "reconciler apply --resume 3")


def test_a_run_that_was_stopped_as_a_whole_says_by_what():
    done = Result(RESULT.steps[:1], 3)
    told = line(event.over(done, LeaseLost.exit_code, LeaseLost.rule.code))
    assert (told["ok"], told["code"], told["steps"]) == (False, LeaseLost.rule.code, {Outcome.DONE: 1})


def test_the_schema_names_every_type_of_event():
    types = {"run-started", "step-started", "step-sent", "step-done", "step-failed", "step-blocked", "run-ended"}
    assert event.schema()["properties"]["event"]["discriminator"]["mapping"].keys() == types
