"""One issue, opened, kept up to date, and closed."""

import pytest

from reconciler.core import errors
from reconciler.github import Report, keep
from tests.support.hub import SOMEBODY

MARK = "<!-- drift of a test -->"


def report(text="something", *, clean=False):
    return Report(MARK, f"Drift: {text}", f"{MARK}\n{text}", clean)


def test_an_issue_is_opened_updated_left_alone_and_closed(github, served):
    assert keep(github, report("none", clean=True)).how == "none"
    assert keep(github, report()).how == "opened"
    assert keep(github, report()).how == "unchanged"
    assert keep(github, report("more")).how == "updated"
    assert keep(github, report("none", clean=True)).how == "closed"
    [issue] = served.issues
    assert (issue["state"], issue["state_reason"], issue["edits"]) == ("closed", "completed", 2)


def test_drift_that_comes_back_is_a_new_issue(github, served):
    keep(github, report())
    keep(github, report("none", clean=True))
    assert keep(github, report()).how == "opened"
    assert [issue["state"] for issue in served.issues] == ["closed", "open"]


def test_an_issue_of_somebody_else_with_our_mark_stays_as_it_is(github, served):
    keep(github, report())
    served.issues[0]["author"] = SOMEBODY
    assert keep(github, report("none", clean=True)).how == "none"
    assert served.issues[0]["state"] == "open"


def test_an_issue_that_was_opened_although_the_answer_broke_off_is_not_opened_twice(github, served):
    served.fail("POST", "/issues$", 502, done=True)
    assert keep(github, report()).how == "unchanged"
    assert len(served.issues) == 1


def test_a_repository_without_issues_is_told_as_such(github, served):
    served.fail("POST", "/issues$", 410, body={"message": "Issues are disabled for this repo"})
    with pytest.raises(errors.GitHubNotFound, match="Issues are disabled"):
        keep(github, report())
