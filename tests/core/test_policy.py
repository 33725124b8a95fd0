"""Policies as values: what counts for their digest, and how bad what they find is."""

from dataclasses import replace
from datetime import date

from reconciler.core.diagnostic import Severity, Source
from reconciler.core.policy import NOT_EVALUATED, VIOLATED, Case, Exemption, Over, Policy, Rulebook
from reconciler.core.ruling import Waiver

POLICY = Policy("a", "A", Over.OBJECT, Severity.WARNING, "true", kinds=("X", "Y"), fix="Mend it.")
WAIVED = Exemption("w", "a", ("X.y", "X.z"), Waiver("me", "r", date(2027, 1, 1)))


def test_what_is_found_is_as_bad_as_the_policy_says_and_a_failure_always_an_error():
    found = POLICY.broken(VIOLATED, "No.", "X.y")
    assert (found.code, found.severity, found.detail, found.fix) == ("POL010", Severity.WARNING, "a: No.", "Mend it.")
    assert POLICY.broken(NOT_EVALUATED, "No.", "X.y").severity is Severity.ERROR


def test_place_tests_and_order_do_not_count_for_the_digest_and_everything_else_does():
    book = Rulebook({"a": POLICY}, (WAIVED,))
    moved = replace(
        POLICY,
        source=Source("b"),
        cases=(Case("c", holds=True, given={}, environment="e"),),
        kinds=("Y", "X"),
        why="because",
    )
    later = replace(WAIVED, waiver=replace(WAIVED.waiver, expires=date(2028, 1, 1)))
    assert Rulebook({"a": moved}, (replace(WAIVED, subjects=("X.z", "X.y"), name="v"),)).digest == book.digest
    assert len({book.digest, Rulebook({"a": POLICY}, (later,)).digest, Rulebook({"a": POLICY}).digest}) == 3
    assert Rulebook().digest == ""
