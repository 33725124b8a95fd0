"""The table of okta-api §2.8, and everything that is not in it."""

import httpx
import pytest

from reconciler.backends.okta.errors import error_of
from reconciler.core.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    CallRefused,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    RemoteError,
)

from .conftest import ORG, okta_error

TABLE = [
    (400, "E0000001", CallRefused),
    (400, "E0000003", CallRefused),
    (400, "E0000021", CallRefused),
    (400, "E0000028", CallRefused),
    (400, "E0000031", CallRefused),
    (401, "E0000004", AuthenticationFailed),
    (401, "E0000011", AuthenticationFailed),
    (401, "E0000015", NotOffered),
    (403, "E0000006", PermissionDenied),
    (403, "E0000038", CallRefused),
    (403, "E0000056", CallRefused),
    (404, "E0000007", NotFound),
    (404, "E0000008", NotOffered),
    (405, "E0000022", CallRefused),
    (409, "E0000195", CallRefused),
    (429, "E0000047", RateLimited),
    (500, "E0000009", RemoteError),
    (501, "E0000060", CallRefused),
    (503, "E0000010", RemoteError),
]


def heard(answer: httpx.Response, method: str = "GET"):
    answer.request = httpx.Request(method, f"{ORG}/resource-servers/api/v1/mcp-servers?secret=hush")
    return error_of(answer)


@pytest.mark.parametrize(("status", "code", "expected"), TABLE, ids=[f"{status} {code}" for status, code, _ in TABLE])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_code_of_the_table_is_one_class_and_is_quoted(status, code, expected, method):
    error = heard(okta_error(status, code), method)
    if (status, method) == (500, "POST"):
        expected = OutcomeUnknown  # it may have been carried out
    assert type(error) is expected
    assert error.detail.startswith(f"{method} /resource-servers/api/v1/mcp-servers: {status} {code} said so")
    assert "hush" not in error.detail


@pytest.mark.parametrize(
    "body", ["", "<html>no</html>", "[]", "null", '"text"', '{"error": "x"}', '{"errorCode"', "\xff"]
)
@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("GET", 400, AnswerUnreadable),
        ("GET", 401, AuthenticationFailed),
        ("GET", 403, PermissionDenied),
        ("GET", 404, NotOffered),
        ("GET", 429, RateLimited),
        ("GET", 500, RemoteError),
        ("GET", 502, RemoteError),
        ("POST", 400, OutcomeUnknown),
        ("POST", 401, AuthenticationFailed),
        ("POST", 403, PermissionDenied),
        ("POST", 404, NotOffered),
        ("GET", 405, NotOffered),
        ("POST", 405, NotOffered),
        ("POST", 429, RateLimited),
        ("POST", 500, OutcomeUnknown),
        ("PATCH", 504, OutcomeUnknown),
        ("DELETE", 502, OutcomeUnknown),
    ],
)
def test_error_without_a_code_is_never_not_found_and_a_write_may_have_happened(body, method, status, expected):
    error = heard(httpx.Response(status, content=body.encode("latin-1")), method)
    assert type(error) is expected
    assert str(status) in error.detail


def test_causes_are_quoted_and_their_reasons_kept_for_the_program():
    causes = [{"errorSummary": "resourceUrl: taken", "reason": "UNIQUE_CONSTRAINT"}, {"reason": "SECOND"}, "odd", None]
    error = heard(okta_error(409, "E0000195", "Conflict", errorCauses=causes), "POST")
    assert "409 E0000195 Conflict / resourceUrl: taken" in error.detail
    assert (error.status, error.error_code, error.reasons) == (409, "E0000195", ("UNIQUE_CONSTRAINT", "SECOND"))


@pytest.mark.parametrize("causes", [None, "text", {"reason": "x"}, [1, [2]], 7, True])
def test_causes_of_another_shape_do_no_harm(causes):
    assert type(heard(okta_error(400, "E0000001", errorCauses=causes))) is CallRefused


def test_text_of_the_organisation_is_one_bounded_line_without_control_characters():
    error = heard(okta_error(400, "E0000001", "a\nb\x1b[31mc\x00" + "x" * 5000))
    assert error.detail.isprintable()
    assert len(error.detail) < 700


def test_deep_body_is_unreadable_and_not_a_crash():
    assert type(heard(httpx.Response(400, content=b"[" * 100_000))) is AnswerUnreadable


def test_huge_number_in_a_body_is_unreadable_and_not_a_crash():
    assert type(heard(httpx.Response(400, content=b'{"errorCode": ' + b"9" * 5000 + b"}"))) is AnswerUnreadable
