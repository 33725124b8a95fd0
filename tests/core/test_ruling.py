"""Rulings: what stands in the way, and what somebody answers for."""

from datetime import date

import pytest

from reconciler.core.diagnostic import Diagnostic, Severity
from reconciler.core.ruling import Ruling, Waiver

ERROR = Diagnostic("POL001", "Wrong", "It is.")
WARNING = Diagnostic("POL002", "Odd", "It is.", severity=Severity.WARNING)
WAIVER = Waiver("ana", "until the move", date(2026, 12, 1))


@pytest.mark.parametrize(
    ("finding", "waiver", "fails"),
    [(None, None, False), (ERROR, None, True), (ERROR, WAIVER, False), (WARNING, None, False)],
    ids=["holds", "error", "waived", "warning"],
)
def test_only_an_error_that_nobody_answers_for_stands_in_the_way(finding, waiver, fails):
    assert Ruling("https-only", "Endpoints use TLS", "McpServer.a", finding, waiver).fails is fails


def test_a_waiver_says_who_until_when_and_why():
    assert str(WAIVER) == "waived until 2026-12-01 by ana: until the move"
