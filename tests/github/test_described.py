"""The judge of what is sent to GitHub sees what is wrong; the other tests of this folder demand that nothing is."""

import pytest

from reconciler.github.comment import _OURS
from tests.support.githubs import example, graphql_faults, rest_faults

COMMENTS = "/repos/acme/registry/issues/7/comments"
VARIABLES = {"owner": "acme", "name": "registry", "number": 7, "after": None}


def answered(**node):
    page = {"nodes": [node], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    return {"data": {"repository": {"pullRequest": {"comments": page}}}}


NODE = {
    "id": "IC_1",
    "fullDatabaseId": "3000000001",
    "url": "https://github.test",
    "body": "b",
    "isMinimized": False,
    "viewerDidAuthor": True,
}


def test_what_is_as_described_passes():
    assert list(rest_faults("POST", COMMENTS, {"body": "b"}, (201, example("issue-comment")))) == []
    assert list(graphql_faults(_OURS, VARIABLES, answered(**NODE))) == []


@pytest.mark.parametrize(
    ("method", "path", "sent", "answer"),
    [
        ("POST", "/repos/acme/registry/comments", {"body": "b"}, (201, example("issue-comment"))),
        ("PUT", COMMENTS, {"body": "b"}, (201, example("issue-comment"))),
        ("POST", COMMENTS, {"text": "b"}, (201, example("issue-comment"))),
        ("POST", COMMENTS, {"body": 7}, (201, example("issue-comment"))),
        ("POST", COMMENTS, {"body": "b", "more": 1}, (201, example("issue-comment"))),
        ("POST", COMMENTS, {"body": "b"}, (200, example("issue-comment"))),
        ("POST", COMMENTS, {"body": "b"}, (201, {"id": 1})),
        ("PATCH", "/repos/acme/registry/issues/7", {"state": "done"}, (200, example("issue"))),
        ("GET", "/repos/acme/registry/commits/abc/pulls", {"page": 1}, (200, [])),
    ],
    ids=["path", "verb", "member missing", "type", "member unknown", "status", "answer", "word", "body"],
)
def test_a_request_or_an_answer_that_github_does_not_describe_is_a_fault(method, path, sent, answer):
    assert list(rest_faults(method, path, sent, answer)) != []


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (_OURS.replace("isMinimized", "minimised"), answered(**NODE)),
        (_OURS.replace("first: 100", "first: many"), answered(**NODE)),
        (_OURS, answered(**{**NODE, "id": None})),
        (_OURS, answered(**{**NODE, "fullDatabaseId": "3000000001", "body": 7})),
        (_OURS.replace("fullDatabaseId", "databaseId"), answered(**NODE)),
    ],
    ids=["field", "argument", "null", "type", "field that is not recorded"],
)
def test_a_query_or_its_answer_that_the_schema_does_not_know_is_a_fault(query, answer):
    assert list(graphql_faults(query, VARIABLES, answer)) != []
