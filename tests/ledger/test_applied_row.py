"""A row of what was last applied: all of it counts where a plan asks whether anything is another than it was."""

import pytest

from reconciler.core.lifecycle import State
from reconciler.core.remembered import Applied
from reconciler.ledger.applied_row import AppliedRow

ROW = ("McpServer", "jira", "ems1", '{"displayName":"Jira"}', "ACTIVE", 0, 1, '{"clientSecret":{"generation":1}}')


def test_a_row_says_what_was_applied():
    whole = Applied("ems1", {"displayName": "Jira"}, State.ACTIVE, secrets={"clientSecret": {"generation": 1}})
    assert AppliedRow(ROW) == whole
    assert AppliedRow((*ROW[:7], "{}")).secrets == {}


@pytest.mark.parametrize(
    ("column", "value"),
    [(2, "ems2"), (3, "{}"), (4, "INACTIVE"), (5, 1), (6, 2), (7, "{}")],
    ids=["record", "document", "goal", "protected", "version", "secrets"],
)
def test_rows_that_differ_in_anything_are_not_the_same(column, value):
    assert AppliedRow((*ROW[:column], value, *ROW[column + 1 :])).row != AppliedRow(ROW).row
    assert AppliedRow(ROW).row == AppliedRow(ROW).row
