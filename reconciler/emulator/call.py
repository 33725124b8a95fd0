"""One request on its way to a handler, the table row that it matched, and the answer that comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from .organisation import Organisation


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the ids that stood in its path."""

    request: Request
    ids: Mapping[str, str]

    def debug(self) -> dict[str, str]:
        """What the System Log says about a request."""
        return {"requestUri": self.request.path, "httpMethod": self.request.method}


Handler = Callable[["Organisation", Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the specification: method, path, who answers, and what the description says of it."""

    method: str
    path: str
    handler: Handler
    summary: str
    success: tuple[int, ...] = (200,)
    takes: str | None = None
    """Component schema of the request body."""
    gives: str | None = None
    """Component schema of the answer's body; a name with [] is a bare array."""
    query: tuple[str, ...] = ()
    family: str = "other"
    needs_token: bool = True
    metered: bool = True
    """Whether rate limits count it."""
    media_type: str = "application/json"
    refuses: str = "Error"
    """Component schema of what it says when it refuses."""
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(part[1:-1] for part in self.path.split("/") if part.startswith("<"))
        object.__setattr__(self, "parameters", names)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers=dict(headers or {}), content_type="application/json")


def empty(status: int, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(status=status, headers=dict(headers or {}))
    del response.headers["Content-Type"]
    return response
