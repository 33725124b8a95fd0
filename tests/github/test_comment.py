"""One comment, whatever happens."""

import pytest

from reconciler.core import errors
from reconciler.github import Door, GitHub, Note, publish, reviewed, seal
from reconciler.github.pulls import mark
from tests.support.hub import DOCUMENTATION, REPOSITORY, SOMEBODY

MARK = "<!-- mark of a test -->"
HEAD = "a" * 40
DIGEST = "sha256:" + "0" * 64


def note(text="a plan", **more):
    return Note(MARK, f"{MARK}\n{text}", **more)


def test_a_comment_is_written_once_then_updated_then_left_alone(github, served):
    assert publish(github, 7, note()).how == "created"
    assert publish(github, 7, note("another plan")).how == "updated"
    written = publish(github, 7, note("another plan"))
    assert (written.how, written.url) == ("unchanged", served.comments[0]["html_url"])
    assert [each["body"] for each in served.comments] == [f"{MARK}\nanother plan"]


def test_an_empty_plan_writes_no_comment_minimises_one_that_is_there_and_a_full_one_brings_it_back(github, served):
    assert publish(github, 7, note(quiet=True)).how == "none"
    publish(github, 7, note())
    publish(github, 7, note("nothing", quiet=True))
    assert [each["minimised"] for each in served.comments] == [True]
    publish(github, 7, note("something"))
    assert [each["minimised"] for each in served.comments] == [False]


def test_a_comment_of_somebody_else_is_never_touched_even_with_our_mark(github, served):
    served.comment_of(7, SOMEBODY, f"{MARK}\nmine")
    assert publish(github, 7, note()).how == "created"
    assert [each["body"] for each in served.comments] == [f"{MARK}\nmine", f"{MARK}\na plan"]


def test_a_mark_inside_of_another_comment_of_ours_is_no_mark(github, served):
    publish(github, 7, Note("<!-- other -->", f"<!-- other -->\nsays {MARK}"))
    assert publish(github, 7, note()).how == "created"
    assert len(served.comments) == 2


def test_the_comment_is_found_beyond_the_first_page(github, served):
    for number in range(120):
        served.comment_of(7, SOMEBODY, f"talk {number}")
    publish(github, 7, note())
    assert publish(github, 7, note()).how == "unchanged"


def test_a_create_that_broke_off_after_it_was_done_is_found_and_not_repeated(github, served):
    served.fail("POST", "/comments$", 502, done=True)
    assert publish(github, 7, note()).how == "unchanged"
    assert len(served.comments) == 1


def test_a_create_that_was_not_done_is_done_once(github, served):
    served.fail("POST", "/comments$", 503)
    assert publish(github, 7, note()).how == "created"
    assert len(served.comments) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.GitHubForbidden),
        (403, errors.GitHubForbidden),
        (404, errors.GitHubNotFound),
        (410, errors.GitHubNotFound),
        (301, errors.GitHubNotFound),
        (422, errors.GitHubRefused),
        (500, errors.GitHubUnavailable),
    ],
)
def test_what_github_refuses_is_a_sentence_with_its_reason(github, served, status, kind):
    body = {"message": "No", "documentation_url": DOCUMENTATION, "errors": [{"message": "because", "code": "custom"}]}
    served.fail("POST", "/comments$", status, body=body, times=9)
    with pytest.raises(errors.ReconcilerError) as caught:
        publish(github, 7, note())
    assert type(caught.value) is kind
    assert f"answered with {status}: No; because" in caught.value.detail
    assert served.comments == []


@pytest.mark.parametrize("status", [429, 403])
def test_a_rate_limit_is_waited_for_as_github_says(github, served, clock, status):
    served.fail("POST", "/comments$", status, headers={"Retry-After": "7"}, times=2)
    started = clock.now()
    assert publish(github, 7, note()).how == "created"
    assert clock.now() - started == 14


def test_a_rate_limit_that_lasts_longer_than_a_minute_is_not_waited_for(github, served, clock):
    served.fail("POST", "/comments$", 429, headers={"Retry-After": "3600"}, times=9)
    started = clock.now()
    with pytest.raises(errors.GitHubLimited):
        publish(github, 7, note())
    assert clock.now() == started


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_that_says_nothing_of_its_end_is_waited_for_a_minute(github, served, clock, status):
    said = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    served.fail("POST", "/comments$", status, body=said)
    assert publish(github, 7, note()).how == "created"
    assert clock.slept == [60.0]


@pytest.mark.parametrize("headers", [{"Retry-After": "9"}, {"x-ratelimit-remaining": "0", "Retry-After": "9"}])
def test_a_limit_of_graphql_comes_with_200_and_is_waited_for_too(github, served, clock, headers):
    limited = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    served.fail("POST", "/graphql$", 200, body=limited, headers=headers)
    assert publish(github, 7, note()).how == "created"
    assert clock.slept == [9.0]


def test_a_server_that_says_when_it_is_back_is_asked_again_then(github, served, clock):
    served.fail("POST", "/graphql$", 503, headers={"Retry-After": "11"})
    assert publish(github, 7, note()).how == "created"
    assert clock.slept == [11.0]


def test_the_reset_of_the_hourly_limit_counts_from_githubs_own_clock(github, served, clock):
    now = "Wed, 25 Nov 2026 10:00:00 GMT"
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795600805", "date": now}
    served.fail("POST", "/graphql$", 403, headers=headers)
    started = clock.now()
    assert publish(github, 7, note()).how == "created"
    assert clock.now() - started == 5


def test_what_graphql_refuses_is_an_error_too_though_it_comes_with_200(github, served):
    publish(github, 7, note())
    refusal = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
    served.fail("POST", "/graphql$", 200, body=refusal)
    with pytest.raises(errors.GitHubForbidden, match="not accessible"):
        publish(github, 7, note())


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": {"repository": null}}', '{"data": 1}'])
def test_an_answer_that_makes_no_sense_is_never_no_comment(github, served, body):
    served.fail("POST", "/graphql$", 200, body=body, times=9)
    with pytest.raises(errors.GitHubUnavailable):
        publish(github, 7, note())
    assert served.comments == []


def test_a_token_that_can_only_read_says_which_permission_is_missing(served, clock):
    door = Door(served.url, f"{served.url}/graphql", REPOSITORY, served.token(pull_requests="read"))
    with GitHub(door, clock) as github, pytest.raises(errors.GitHubForbidden) as caught:
        publish(github, 7, note())
    assert "pull-requests: write" in caught.value.diagnostic.fix


@pytest.mark.parametrize(
    ("api", "graphql"),
    [("http://github.example", "http://github.example/graphql"), ("https://a.example", "https://b.example/graphql")],
    ids=["not https", "another origin"],
)
def test_the_token_goes_to_the_configured_origin_only(api, graphql):
    with pytest.raises(errors.UsageError):
        Door(api, graphql, REPOSITORY, "ghs_secret")


def test_the_token_is_in_no_error(served, clock):
    door = Door(served.url, f"{served.url}/graphql", REPOSITORY, "ghs_wrong")
    assert "ghs_wrong" not in repr(door)
    served.fail("POST", "/graphql$", 401, body={"message": "ghs_wrong is bad"})
    with GitHub(door, clock) as github, pytest.raises(errors.GitHubForbidden) as caught:
        publish(github, 7, note())
    assert "ghs_wrong" not in str(caught.value)


# -- which plan was reviewed -----------------------------------------------------------------------------------------


def commented(github, served, head=HEAD, digest=DIGEST):
    served.merge("b" * 40, 7, HEAD)
    publish(github, 7, Note(mark("production"), seal("production", head, digest) + "\nthe plan"))


def test_the_digest_comes_from_the_comment_about_the_last_commit(github, served):
    commented(github, served)
    found = reviewed(github, "b" * 40, "production")
    assert (found.digest, found.pull) == (DIGEST, 7)


def test_a_plan_of_an_earlier_commit_of_another_environment_or_of_nobody_was_not_reviewed(github, served):
    commented(github, served, head="c" * 40)
    assert "not of its last commit" in reviewed(github, "b" * 40, "production").why
    assert "no comment" in reviewed(github, "b" * 40, "staging").why
    assert "no merged pull request" in reviewed(github, "d" * 40, "production").why


def test_a_pull_request_that_could_not_be_planned_was_not_reviewed(github, served):
    commented(github, served, digest="")
    assert reviewed(github, "b" * 40, "production").digest == ""


def test_a_digest_that_a_stranger_wrote_does_not_count(github, served):
    served.merge("b" * 40, 7, HEAD)
    served.comment_of(7, SOMEBODY, seal("production", HEAD, DIGEST))
    assert reviewed(github, "b" * 40, "production").digest == ""
