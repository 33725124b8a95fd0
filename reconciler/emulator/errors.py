"""Refusals in the words of the service (okta-api §2.8): code, summary, causes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

SUMMARIES: Mapping[str, tuple[HTTPStatus, str]] = {
    "E0000001": (HTTPStatus.BAD_REQUEST, "Api validation failed"),
    "E0000003": (HTTPStatus.BAD_REQUEST, "The request body was not well-formed."),
    "E0000006": (HTTPStatus.FORBIDDEN, "You do not have permission to perform the requested action"),
    "E0000007": (HTTPStatus.NOT_FOUND, "Not found: Resource not found"),
    "E0000008": (HTTPStatus.NOT_FOUND, "The requested path was not found"),
    "E0000009": (HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error"),
    "E0000010": (HTTPStatus.SERVICE_UNAVAILABLE, "Service is in read only mode"),
    "E0000011": (HTTPStatus.UNAUTHORIZED, "Invalid token provided"),
    "E0000015": (
        HTTPStatus.UNAUTHORIZED,
        "You do not have permission to access the feature you are requesting",
    ),
    "E0000021": (
        HTTPStatus.BAD_REQUEST,
        "Bad request.  Accept and/or Content-Type headers likely do not match supported values.",
    ),
    "E0000022": (HTTPStatus.METHOD_NOT_ALLOWED, "The endpoint does not support the provided HTTP method"),
    "E0000028": (HTTPStatus.BAD_REQUEST, "The request is missing a required parameter."),
    "E0000031": (HTTPStatus.BAD_REQUEST, "Invalid search criteria."),
    "E0000038": (HTTPStatus.FORBIDDEN, "This operation is not allowed in the current status."),
    "E0000040": (HTTPStatus.BAD_REQUEST, "An application with this label exists already."),
    "E0000047": (HTTPStatus.TOO_MANY_REQUESTS, "API call exceeded rate limit due to too many requests."),
    "E0000056": (HTTPStatus.FORBIDDEN, "Delete application forbidden."),
    "E0000195": (HTTPStatus.CONFLICT, "The request conflicts with the current state of the resource."),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of `errorCauses`."""

    summary: str
    reason: str | None = None
    location: str | None = None

    def body(self) -> dict[str, str]:
        said = {"errorSummary": self.summary, "reason": self.reason, "location": self.location}
        return {key: value for key, value in said.items() if value is not None}


class Refusal(Exception):
    """An answer that is an error; everything that was written in the same transaction is undone."""

    def __init__(self, code: str, *causes: Cause, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.code = code
        self.causes = causes
        self.status, summary = SUMMARIES[code]
        self.summary = f"{summary}: {detail}" if detail else summary
        self.headers = dict(headers or {})
        super().__init__(self.summary, *(cause.summary for cause in causes))

    def body(self, error_id: str) -> dict[str, Any]:
        return {
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": error_id,
            "errorCauses": [cause.body() for cause in self.causes],
        }


class LengthRequired(Exception):
    """POST or PUT with neither a body nor a length: 411 without a code (okta-api §2.1)."""


def invalid(location: str, summary: str, reason: str | None = None) -> Refusal:
    """One field, or one fact, that validation does not accept."""
    return Refusal("E0000001", Cause(f"{location}: {summary}", reason, location), detail=location)


def not_found(resource_id: str, kind: str) -> Refusal:
    return Refusal("E0000007", detail=f"{resource_id} ({kind})")


def switched(choice: str, cause: Cause) -> Refusal:
    """The error that a switch value such as `409-E0000195` names."""
    return Refusal(choice.partition("-")[2], cause, detail=cause.location or "")
