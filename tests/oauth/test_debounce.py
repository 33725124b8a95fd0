"""A working server is not called INVALID after one bad look, and always after a breach."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence import Assessment, Finding, Verdict
from reconciler.core.remembered import Sighting
from reconciler.oauth.debounce import FAILING, SECURITY, Patience, demoted, is_breach, marks

BAD, GOOD, UNSEEN = (Assessment(ready=ready, narrative="") for ready in (False, True, None))


def seen(count: int, seconds: float, mark: str = FAILING) -> Sighting:
    return Sighting(mark, count, 1000.0, 1000.0 + seconds)


@pytest.mark.parametrize(
    ("count", "seconds", "expected"),
    [(1, 0, False), (3, 899, False), (2, 5000, False), (3, 900, True), (9, 9000, True)],
)
def test_three_failures_in_a_row_over_a_quarter_of_an_hour(count: int, seconds: float, *, expected: bool) -> None:
    assert demoted(BAD, seen(count, seconds)) is expected


def test_a_project_may_be_more_or_less_patient() -> None:
    assert demoted(BAD, seen(1, 0), Patience(1, 0))
    assert not demoted(BAD, seen(3, 900), Patience(4, 900))


@pytest.mark.parametrize("code", sorted(SECURITY))
@pytest.mark.parametrize("ready", [True, False, None])
def test_a_breach_is_enough_at_the_first_look(code: str, *, ready: bool | None) -> None:
    found = Assessment(ready, "", (Finding(code, "McpServer.a", Verdict.FAIL),))
    assert demoted(found, None)
    assert not is_breach([Finding(code, "McpServer.a", Verdict.UNKNOWN), Finding("PRM005", "a", Verdict.FAIL)])


@given(count=st.integers(1, 99), seconds=st.floats(0, 1e6))
def test_what_is_ready_or_was_not_observed_is_never_demoted(count: int, seconds: float) -> None:
    assert not demoted(GOOD, seen(count, seconds))
    assert not demoted(UNSEEN, seen(count, seconds))
    assert not demoted(BAD, None)
    assert not demoted(BAD, seen(count, seconds, mark="something else"))


def test_only_failures_are_noted_so_that_anything_else_ends_a_row() -> None:
    assert marks({"a": BAD, "b": GOOD, "c": UNSEEN}) == {"a": FAILING}
