"""The promises of runs, locks and the journal, held on every database (`test_contract.py`)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import SimpleNamespace
from unittest import mock

import pytest

from reconciler import ledger
from reconciler.core.address import Address
from reconciler.core.errors import HistoryBroken, LeaseLost, LockHeld, PlanStale, RunOver, RunUnknown
from reconciler.core.history import DONE, PARTIAL, REFUSED, Order
from reconciler.core.journal import Past, Phase, Told
from reconciler.core.lifecycle import State
from reconciler.core.plan import Transition
from reconciler.core.result import Outcome, StepResult
from reconciler.ledger import Place, history, memory, runs, scribe
from reconciler.ledger.hand import by_hand, take_away
from reconciler.ledger.lease import Claim, Terms
from reconciler.ledger.store import Ledger
from tests.ledger.tampering import change
from tests.support.blows import stop_between_transactions

ORG, OTHER = "https://one.okta.com", "https://two.okta.com"
JIRA = Address("McpServer", "jira")
ORDER = Order("test", "sha256:1", '{"plan": "as text"}', "me@here", "commit", "1.0")
UNLOCK = Claim("you@there", "state unlock")
STEP = Transition("McpServer.jira/activate", JIRA, "ems1", "activate", State.INACTIVE, State.ACTIVE)


def open_(place: Place, organisation: str = ORG) -> Ledger:
    return Ledger.open(place, organisation)


def said(place: Place, run: int = 1) -> list[tuple[Phase, str]]:
    _, lines, _ = history.run(place, ORG, run)
    return [(line.phase, line.step) for line in lines]


def run_out(place: Place) -> None:
    """Let every lease end now."""
    change(place, "UPDATE writer SET expires = 1")


def a_run_is_numbered_named_and_over_with_its_outcome(place: Place) -> None:
    with open_(place) as mine:
        for outcome in (DONE, PARTIAL):
            with runs.begun(mine, ORDER) as writing:
                [lock] = history.locks(place)
                assert (lock.holder, lock.operation, lock.run, lock.fence) == (
                    "me@here",
                    "apply",
                    writing.run,
                    writing.fence,
                )
                writing.outcome = outcome
    last, first = history.runs(place, ORG)
    assert (first.id, first.outcome, last.id, last.outcome) == (1, DONE, 2, PARTIAL)
    assert first.started <= first.ended <= last.started
    assert (first.digest, first.revision, first.actor, first.tool) == ("sha256:1", "commit", "me@here", "1.0")
    assert history.run(place, ORG, 2)[2] == ORDER.plan
    assert history.locks(place) == []
    assert history.verify(place, ORG) == (4, [])


def what_a_step_sends_is_written_before_and_after(place: Place) -> None:
    with open_(place) as mine, runs.begun(mine, ORDER) as writing:
        told = writing.watcher("a/create")
        told.sends("POST", "/things")
        assert said(place)[-1] == (Phase.INTENT, "a/create")
        told.answered(Told(202, "req1", "/operations/1"))
        assert said(place)[-1] == (Phase.ANSWERED, "a/create")
        told.ended("ems1")
        writing.finish(StepResult(STEP, Outcome.DONE, record="ems1"))
    _, lines, _ = history.run(place, ORG, 1)
    assert [line.phase for line in lines][1:] == ["intent", "answered", "ended", "verified", "over"]
    assert (lines[2].said["request"], lines[2].said["operation"]) == ("req1", "/operations/1")


def what_is_remembered_is_written_with_the_line_or_not_at_all(place: Place) -> None:
    def bad(_connection: object) -> None:
        raise LeaseLost("not now")

    with open_(place) as mine, pytest.raises(LeaseLost), runs.begun(mine, ORDER) as writing:
        writing.finish(
            StepResult(STEP, Outcome.DONE), lambda connection: memory.bind(connection, ORG, {JIRA: "ems1"}), bad
        )
    assert ledger.read(place, ORG).bindings == {}
    assert (Phase.VERIFIED, STEP.id) not in said(place)


def while_one_writes_another_is_told_who(place: Place) -> None:
    with open_(place) as mine, runs.begun(mine, ORDER):
        with open_(place) as other, pytest.raises(LockHeld, match="Run 1 of me@here holds the lock since 20") as caught:
            runs.begun(other, ORDER).__enter__()
        assert "reconciler state unlock 1" in caught.value.fix
        with open_(place, OTHER) as elsewhere, runs.begun(elsewhere, ORDER):
            assert len(history.locks(place)) == 2


def readers_never_wait_for_a_writer(place: Place) -> None:
    with open_(place) as mine, runs.begun(mine, ORDER) as writing:
        writing.watcher("x").sends("POST", "/")
        with ThreadPoolExecutor(10) as pool:
            looks = [pool.submit(ledger.read, place, ORG) for _ in range(50)]
            writing.watcher("x").answered(Told(200))
            assert all(look.result().bindings == {} for look in looks)


def a_holder_that_shows_no_sign_of_life_blocks_nobody_beyond_its_lease_and_writes_no_more(place: Place) -> None:
    with open_(place) as mine, open_(place) as other:
        late = (holding := runs.begun(mine, ORDER)).__enter__()
        run_out(place)
        with runs.begun(other, ORDER) as taker:
            assert taker.fence == late.fence + 1
            with pytest.raises(LeaseLost, match="The lock 1 is no longer this run's"):
                late.watcher("x").sends("POST", "/")
            taker.watcher("y").sends("POST", "/")
            taker.outcome = DONE
        with pytest.raises(LeaseLost):
            holding.__exit__(None, None, None)
    assert (Phase.INTENT, "x") not in said(place, 1)
    assert [run.outcome for run in history.runs(place, ORG)] == [DONE, "running"]
    assert history.verify(place, ORG)[1] == []


def a_lease_that_ran_out_and_that_nobody_took_goes_on(place: Place) -> None:
    with open_(place) as mine, runs.begun(mine, ORDER) as writing:
        run_out(place)
        writing.watcher("x").sends("POST", "/")
        writing.outcome = DONE
    assert history.runs(place, ORG)[0].outcome == DONE


def who_was_held_up_before_it_sends_asks_whether_somebody_took_the_lease(place: Place) -> None:
    """As a machine that falls asleep right after a line is durable: nobody took the lock, and it goes on."""
    with _held_up() as hold, open_(place) as mine, runs.begun(mine, ORDER) as writing:
        hold.append(lambda: None)
        writing.watcher("x").sends("POST", "/")
        writing.outcome = DONE
    assert history.runs(place, ORG)[0].outcome == DONE
    assert said(place)[1:] == [(Phase.INTENT, "x"), (Phase.OVER, "")]


def who_was_held_up_before_it_sends_while_somebody_took_the_lease_does_not_send(place: Place) -> None:
    with _held_up() as hold, open_(place) as mine, open_(place) as other:
        late = (holding := runs.begun(mine, ORDER)).__enter__()
        hold.append(lambda: take_away(other, UNLOCK, late.fence))
        with pytest.raises(LeaseLost):
            late.watcher("x").sends("POST", "/")
        with pytest.raises(LeaseLost):
            holding.__exit__(None, None, None)
    assert history.verify(place, ORG)[1] == []


@contextmanager
def _held_up() -> Iterator[list[Callable[[], object]]]:
    """Let a process stand still for an hour between a line that is durable and what it sends.

    What is put into the list happens meanwhile.
    """
    asleep: list[Callable[[], object]] = []
    hours = [0]

    def monotonic() -> float:
        if asleep and threading.current_thread().name != "scribe":
            asleep.pop()()
            hours[0] += 1
        return 3600.0 * hours[0]

    with mock.patch.object(scribe, "time", SimpleNamespace(monotonic=monotonic, sleep=time.sleep)):
        yield asleep


def a_heartbeat_keeps_the_lease(place: Place) -> None:
    with open_(place) as mine, open_(place) as other, runs.begun(mine, ORDER, terms=Terms(60.0, 0.05)):
        run_out(place)
        deadline = time.monotonic() + 30
        while history.locks(place)[0].expires <= time.time():
            assert time.monotonic() < deadline
        with pytest.raises(LockHeld):
            runs.begun(other, ORDER).__enter__()


def a_lock_that_is_taken_away_by_its_number_stops_its_holder(place: Place) -> None:
    with open_(place) as mine, open_(place) as other:
        writing = (holding := runs.begun(mine, ORDER)).__enter__()
        assert [take_away(other, UNLOCK, writing.fence + more) for more in (1, 0, 0)] == [False, True, False]
        with pytest.raises(LeaseLost):
            writing.watcher("x").sends("POST", "/")
        with pytest.raises(LeaseLost):
            holding.__exit__(None, None, None)
        with runs.begun(other, ORDER):
            pass


def a_run_goes_on_from_where_it_stood(place: Place) -> None:
    with open_(place) as mine:
        with runs.begun(mine, ORDER) as writing:
            writing.finish(StepResult(STEP, Outcome.DONE, record="ems1"))
            writing.watcher("answered").sends("POST", "/a")
            writing.watcher("answered").answered(Told(202, "r", "/operations/1"))
            writing.watcher("doubtful").sends("POST", "/b")
            writing.watcher("made").sends("POST", "/c")
            writing.watcher("made").answered(Told(201, "r", record="ems9"))
            writing.watcher("made").sends("POST", "/c/rows")
            writing.watcher("refused").sends("POST", "/d")
            writing.watcher("refused").answered(Told(0))
            writing.outcome = PARTIAL
        with runs.resumed(mine, None, "you@there") as again:
            assert (again.run, again.plan, again.done) == (1, ORDER.plan, {STEP.id: "ems1"})
            assert again.past(STEP.id) == again.past("never") == Past()
            assert again.past("answered") == Past(begun=True, operation="/operations/1")
            assert again.past("doubtful") == Past(begun=True, doubtful=True, unanswered=True)
            lost = Past(begun=True, doubtful=True, unanswered=True, record="ems9", further=True)
            assert again.past("made") == replace(lost, named=frozenset({"ems9"}))
            assert again.past("refused") == Past(begun=True)
            again.outcome = DONE
    assert history.runs(place, ORG)[0].outcome == DONE
    assert (Phase.RESUMED, "") in said(place)


def only_the_last_run_that_is_not_done_can_be_resumed(place: Place) -> None:
    with open_(place) as mine:
        with pytest.raises(RunUnknown, match="There has been no run yet"):
            runs.resumed(mine, None, "me").__enter__()
        for outcome in (PARTIAL, DONE):
            with runs.begun(mine, ORDER) as writing:
                writing.outcome = outcome
        for number, error, words in ((9, RunUnknown, "no run 9"), (2, RunOver, "complete"), (1, RunOver, "came after")):
            with pytest.raises(error, match=words):
                runs.resumed(mine, number, "me").__enter__()
        with runs.begun(mine, ORDER) as writing:  # the attempts have left no lock behind
            assert writing.run == 3


def a_run_that_got_nowhere_says_so(place: Place) -> None:
    with open_(place) as mine, pytest.raises(ZeroDivisionError), runs.begun(mine, ORDER):
        raise ZeroDivisionError
    assert history.runs(place, ORG)[0].outcome == REFUSED
    assert history.locks(place) == []


def a_line_that_is_altered_or_taken_out_is_found(place: Place) -> None:
    with open_(place) as mine, runs.begun(mine, ORDER) as writing:
        for number in range(5):
            writing.note({"phase": Phase.INTENT, "step": f"s{number}"})
        writing.outcome = DONE
    assert history.verify(place, ORG) == (7, [])
    change(place, "UPDATE journal SET body = replace(body, 's2', 'sX') WHERE seq = 4")
    assert history.verify(place, ORG)[1] == ["Line 4 was altered."]
    change(place, "UPDATE journal SET body = replace(body, 'sX', 's2') WHERE seq = 4")
    change(place, "UPDATE journal SET run = 2 WHERE seq = 5")
    assert history.verify(place, ORG)[1] == ["Line 5 stands under another number or run than it was written."]
    change(place, "DELETE FROM journal WHERE seq = 5")
    assert history.verify(place, ORG) == (6, ["Line 5 is missing."])
    change(place, "DELETE FROM journal WHERE seq IN (3, 4, 7)")
    assert history.verify(place, ORG)[1] == [
        "Lines 3 to 5 are missing.",
        "The journal ends at line 6; line 7 was the last that was written.",
    ]


def a_run_that_is_altered_taken_out_or_slipped_into_the_list_is_found(place: Place) -> None:
    with open_(place) as mine:
        for outcome in (DONE, PARTIAL):
            with runs.begun(mine, ORDER) as writing:
                writing.outcome = outcome
        holding = runs.begun(mine, ORDER)
        holding.__enter__()
        assert history.verify(place, ORG) == (5, [])  # one is running
        holding.__exit__(None, None, None)
    altered = "Run 2 was altered in the list of runs: "
    for was, is_, told in (
        ("actor = 'me@here'", "actor = 'no@body'", "actor"),
        ("revision = 'commit'", "revision = 'other'", "revision"),
        ("outcome = 'partial'", "outcome = 'done'", "outcome"),
        (f"plan = '{ORDER.plan}'", "plan = 'another'", "sealed"),
    ):
        change(place, f"UPDATE run SET {is_} WHERE id = 2")
        assert history.verify(place, ORG)[1] == [f"{altered}{told}."]
        change(place, f"UPDATE run SET {was} WHERE id = 2")
    change(place, "UPDATE run SET plan = 'another' WHERE id = 3")
    with open_(place) as mine, pytest.raises(HistoryBroken, match="run 3 is not the one that it began with"):
        runs.resumed(mine, None, "me").__enter__()
    change(place, f"UPDATE run SET plan = '{ORDER.plan}' WHERE id = 3")
    change(place, "UPDATE run SET id = 9 WHERE id = 1")
    assert history.verify(place, ORG)[1] == [
        "Run 1 was taken out of the list of runs.",
        "Run 9 is in the list of runs, and the journal does not know it.",
    ]


def what_is_changed_by_hand_is_in_the_chain(place: Place) -> None:
    new = Address("McpServer", "tracker")
    with open_(place) as mine, open_(place) as other:
        mine.bind({JIRA: "ems1"})
        with by_hand(mine, Claim("me@here", "state mv")) as hand:
            hand.rename(JIRA, new)
        for _ in range(2):  # the second time there is nothing to forget, and nothing to write down
            with by_hand(mine, Claim("me@here", "state forget")) as hand:
                hand.forget(new)
        with suppress(LeaseLost), runs.begun(mine, ORDER) as writing:
            assert take_away(other, UNLOCK, writing.fence)
    mv = {"actor": "me@here", "operation": "state mv", "address": str(JIRA), "to": str(new), "record": "ems1"}
    forget = {"actor": "me@here", "operation": "state forget", "address": str(new), "record": "ems1"}
    unlock = {"actor": "you@there", "operation": "state unlock", "lock": 4, "of": 1, "holder": "me@here"}
    lines = history.by_hand(place, ORG)
    assert [(line.seq, line.run) for line in lines] == [(4, 0), (2, 0), (1, 0)]
    for line, told in zip(lines, (unlock, forget, mv), strict=True):
        assert line.said == line.said | told
    assert history.verify(place, ORG) == (4, [])
    change(place, "UPDATE journal SET body = replace(body, 'me@here', 'no@body') WHERE seq = 1")
    change(place, "DELETE FROM journal WHERE seq = 2")
    assert history.verify(place, ORG)[1] == ["Line 1 was altered.", "Line 2 is missing."]
    change(place, "DELETE FROM journal WHERE seq = 4")
    assert "line 4 was the last that was written" in history.verify(place, ORG)[1][-1]


def a_plan_is_run_once_whoever_comes_with_it_and_again_where_nothing_was_sent(place: Place) -> None:
    named = replace(ORDER, plan_id="sha256:this-very-one")
    with open_(place) as mine:
        with runs.begun(mine, named):  # and it is refused before it sends anything
            pass
        with runs.begun(mine, named) as writing:
            writing.outcome = PARTIAL
        with pytest.raises(PlanStale, match="by run 2; what is left of it: reconciler apply --resume 2"):
            runs.begun(mine, named).__enter__()
        with runs.resumed(mine, 2, "me"):  # and gets nowhere: it is as far as it was
            pass
        assert history.runs(place, ORG)[0].outcome == PARTIAL
        with runs.resumed(mine, 2, "me") as writing:
            writing.outcome = DONE
        with pytest.raises(PlanStale, match=r"It was applied already, by run 2\.$"):
            runs.begun(mine, named).__enter__()
        for _ in range(2):  # what has no name is not known again
            with runs.begun(mine, ORDER) as writing:
                writing.outcome = DONE
    assert history.locks(place) == []


def of_many_that_begin_one_plan_at_once_one_does(place: Place) -> None:
    named = replace(ORDER, plan_id="sha256:this-very-one")

    def attempt(_number: int) -> bool:
        with open_(place) as mine:
            while True:
                try:
                    with runs.begun(mine, named) as writing:
                        writing.outcome = DONE
                except LockHeld:
                    continue
                except PlanStale:
                    return False
                else:
                    return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    assert len(history.runs(place, ORG)) == 1


def nobody_changes_by_hand_what_a_run_is_writing_and_a_late_run_is_found_out(place: Place) -> None:
    me = Claim("me@here", "state mv")
    with open_(place) as mine, open_(place) as other:
        mine.bind({JIRA: "ems1"})
        late = (holding := runs.begun(mine, ORDER)).__enter__()
        with pytest.raises(LockHeld, match="Run 1 of me@here"):
            by_hand(other, me).__enter__()
        run_out(place)
        with suppress(ZeroDivisionError), by_hand(other, me) as hand:
            hand.forget(JIRA)
            raise ZeroDivisionError
        assert ledger.read(place, ORG).bindings == {JIRA: "ems1"}
        late.watcher("x").sends("POST", "/")  # it was not the lock's last taker, since nothing came of that
        run_out(place)
        with by_hand(other, me) as hand:
            hand.forget(JIRA)
        with pytest.raises(LeaseLost):
            late.watcher("y").sends("POST", "/")
        with pytest.raises(LeaseLost):
            holding.__exit__(None, None, None)
    assert ledger.read(place, ORG).bindings == {}
    assert history.locks(place) == []
    assert history.verify(place, ORG)[1] == []


HOLDER = """
import sys
from pathlib import Path
from reconciler.core.errors import LeaseLost
from reconciler.core.history import Order
from reconciler.ledger import Place, runs
from reconciler.ledger.hand import by_hand
from reconciler.ledger.lease import Claim, Terms
from reconciler.ledger.store import Ledger

file, url = sys.argv[1:]
place = Place(Path(file)) if file else Place(url=url)
with Ledger.open(place, "https://one.okta.com") as ledger:
    try:
        with runs.begun(ledger, Order("test", "d", "{}", "paused"), terms=Terms(1.0, 0.2)) as writing:
            print("holds", flush=True)
            sys.stdin.readline()
            writing.watcher("late").sends("POST", "/late")
            print("sent", flush=True)
    except LeaseLost:
        print("refused", flush=True)
"""


def a_paused_holder_that_wakes_up_after_its_lease_sends_nothing(place: Place) -> None:
    arguments = [str(place.file or ""), place.url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDER, *arguments], text=True, **pipes) as holder:
        try:
            assert holder.stdout.readline() == "holds\n"
            stop_between_transactions(holder.pid, place)
            with open_(place) as mine:
                deadline = time.monotonic() + 30
                while True:
                    try:
                        with runs.begun(mine, ORDER) as writing:
                            writing.outcome = DONE
                        break
                    except LockHeld:
                        assert time.monotonic() < deadline
                        time.sleep(0.1)
            os.kill(holder.pid, signal.SIGCONT)
            assert holder.communicate("go\n", timeout=60)[0] == "refused\n"
        finally:
            holder.kill()
    assert (Phase.INTENT, "late") not in said(place, 1)
    assert history.verify(place, ORG)[1] == []


PROMISES = [
    a_run_is_numbered_named_and_over_with_its_outcome,
    what_a_step_sends_is_written_before_and_after,
    what_is_remembered_is_written_with_the_line_or_not_at_all,
    while_one_writes_another_is_told_who,
    readers_never_wait_for_a_writer,
    a_holder_that_shows_no_sign_of_life_blocks_nobody_beyond_its_lease_and_writes_no_more,
    a_lease_that_ran_out_and_that_nobody_took_goes_on,
    who_was_held_up_before_it_sends_asks_whether_somebody_took_the_lease,
    who_was_held_up_before_it_sends_while_somebody_took_the_lease_does_not_send,
    a_heartbeat_keeps_the_lease,
    a_lock_that_is_taken_away_by_its_number_stops_its_holder,
    a_run_goes_on_from_where_it_stood,
    only_the_last_run_that_is_not_done_can_be_resumed,
    a_run_that_got_nowhere_says_so,
    a_line_that_is_altered_or_taken_out_is_found,
    a_run_that_is_altered_taken_out_or_slipped_into_the_list_is_found,
    what_is_changed_by_hand_is_in_the_chain,
    a_plan_is_run_once_whoever_comes_with_it_and_again_where_nothing_was_sent,
    of_many_that_begin_one_plan_at_once_one_does,
    nobody_changes_by_hand_what_a_run_is_writing_and_a_late_run_is_found_out,
    a_paused_holder_that_wakes_up_after_its_lease_sends_nothing,
]
