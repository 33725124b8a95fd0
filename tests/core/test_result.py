from reconciler.core.address import Address
from reconciler.core.errors import NotReady, PlanStale
from reconciler.core.lifecycle import State
from reconciler.core.plan import Create
from reconciler.core.result import Outcome, Result, StepResult

STEP = Create("A.b/create", Address("A", "b"), {}, State.ACTIVE)
DONE, ALREADY = StepResult(STEP, Outcome.DONE), StepResult(STEP, Outcome.ALREADY)
BLOCKED, STOPPED = StepResult(STEP, Outcome.BLOCKED), StepResult(STEP, Outcome.INTERRUPTED)
STALE = StepResult(STEP, Outcome.FAILED, error=PlanStale("moved"))
UNREADY = StepResult(STEP, Outcome.FAILED, error=NotReady("not yet"))


def code(*steps):
    return Result(steps).exit_code


def test_all_done_is_success_also_when_it_was_done_before():
    assert code() == code(DONE, ALREADY) == 0


def test_an_interruption_outweighs_everything():
    assert code(DONE, STALE, STOPPED) == 130


def test_a_run_that_did_something_and_failed_is_partial():
    assert code(DONE, STALE) == 7


def test_a_run_that_only_failed_in_one_way_keeps_that_code():
    assert code(STALE, STALE, BLOCKED) == 4
    assert code(UNREADY) == 9


def test_a_run_in_which_only_readiness_was_missing_says_so_whatever_else_was_done():
    assert code(DONE, UNREADY, BLOCKED) == 9


def test_a_run_that_failed_in_several_ways_is_partial():
    assert code(STALE, UNREADY) == code(BLOCKED) == 7


def test_outcomes_are_counted_and_blocked_steps_are_no_failures():
    result = Result((DONE, BLOCKED, STALE))
    assert [result.count(outcome) for outcome in Outcome] == [1, 0, 1, 1, 0, 0]
    assert not result.ok


def test_only_a_run_that_was_written_down_and_has_something_left_can_be_gone_on_with():
    assert Result((DONE, STALE), run=7).resume == "reconciler apply --resume 7"
    assert Result((DONE, STALE)).resume == Result((DONE,), run=7).resume == ""
    assert Result((UNREADY,), run=7).resume == ""
