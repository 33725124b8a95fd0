"""What the lines of a journal say of steps that were begun, so that a resumed run neither loses nor repeats one."""

from reconciler.core.history import DONE, PARTIAL, line, pasts, replayed, verified
from reconciler.core.journal import Past, Phase


def lines(*said):
    return [
        line({"seq": seq, "run": 1, "at": 1.0, "phase": phase, **rest}) for seq, (phase, rest) in enumerate(said, 1)
    ]


def of(step, *said):
    return pasts(lines(*((phase, {"step": step, **rest}) for phase, rest in said))).get(step, Past())


def test_a_verified_step_is_done_with_its_object_and_has_no_past():
    told = lines(
        (Phase.BEGUN, {}),
        (Phase.INTENT, {"step": "a"}),
        (Phase.VERIFIED, {"step": "a", "record": "ems1"}),
        (Phase.VERIFIED, {"step": "b"}),
    )
    assert verified(told) == {"a": "ems1", "b": ""}
    assert pasts(told) == {}


def test_an_intent_without_an_answer_is_doubtful_and_an_answer_settles_it():
    assert of("a", (Phase.INTENT, {})) == Past(begun=True, doubtful=True, unanswered=True)
    assert of("a", (Phase.INTENT, {}), (Phase.ANSWERED, {"status": 200})) == Past(begun=True)


def test_an_operation_is_open_until_it_was_seen_to_end_or_to_fail():
    begun = ((Phase.INTENT, {}), (Phase.ANSWERED, {"operation": "/op/1"}))
    assert of("a", *begun) == Past(begun=True, operation="/op/1")
    ended = of("a", *begun, (Phase.ENDED, {"record": "ems1"}))
    assert ended == Past(begun=True, record="ems1", named=frozenset({"ems1"}))
    assert of("a", *begun, (Phase.FAILED, {"code": "RUN088"})) == Past(begun=True)
    assert of("a", *begun, (Phase.FAILED, {"code": "RUN089"})) == Past(begun=True, operation="/op/1")
    again = of("a", *begun, (Phase.INTENT, {}))
    assert again == Past(begun=True, doubtful=True, unanswered=True, further=True)


def test_a_write_without_an_answer_is_not_forgotten_when_a_later_one_has_one():
    later = of("a", (Phase.INTENT, {}), (Phase.INTENT, {}), (Phase.ANSWERED, {"record": "scp1"}))
    assert (later.doubtful, later.unanswered) == (False, True)


def test_only_the_first_write_of_a_step_names_its_object():
    first = ((Phase.INTENT, {}), (Phase.ANSWERED, {"record": "ems1"}))
    both = of("a", *first, (Phase.INTENT, {}), (Phase.ANSWERED, {"record": "eas2"}))
    assert (both.record, both.named) == ("ems1", {"ems1", "eas2"})
    assert of("a", (Phase.INTENT, {}), *first).record == ""


def test_a_step_that_failed_before_it_sent_anything_was_not_begun():
    assert of("a", (Phase.FAILED, {"code": "RUN004"})) == Past()


def test_a_plan_that_was_applied_already_names_its_run_and_how_the_rest_of_it_is_done():
    assert replayed(3, DONE) == "It was applied already, by run 3."
    assert replayed(4, PARTIAL).endswith("; what is left of it: reconciler apply --resume 4.")
