"""Reads that lag behind (okta-api §6 row 25): what was read before a write is shown again for a while after it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from .organisation import Organisation

_SECONDS = 3.0
_MOST_REMEMBERED = 500
_OK, _ACCEPTED = 200, 202


@dataclass(slots=True)
class Staleness:
    """Answers to reads by address, and the snapshot of them that is shown while it lasts."""

    _answers: dict[str, bytes] = field(default_factory=dict)
    _snapshot: dict[str, bytes] = field(default_factory=dict)
    _until: float | None = None
    """When it ends; None while the operation of the write still runs, or when nothing is stale."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        with self._lock:
            self._snapshot, self._until = dict(self._answers), None

    def seen(self, org: Organisation, request: Request, send: Callable[[], Response]) -> Response:
        """The answer, or the one of before; operations are never stale."""
        is_poll = "/operations/" in request.path
        if request.method not in ("GET", "HEAD"):
            return self._written(org, send())
        with self._lock:
            if self._until is not None and org.now() >= self._until:
                self._snapshot, self._until = {}, None
            old = self._snapshot.get(request.full_path)
        if old is not None and not is_poll:
            return Response(old, 200, content_type="application/json")
        response = send()
        self._learn(org, request.full_path, response, is_poll=is_poll)
        return response

    def _written(self, org: Organisation, response: Response) -> Response:
        with self._lock:
            if self._snapshot and self._until is None and response.status_code != _ACCEPTED:
                self._until = org.now() + _SECONDS
        return response

    def _learn(self, org: Organisation, path: str, response: Response, *, is_poll: bool) -> None:
        body = response.get_data()
        with self._lock:
            if is_poll:
                if self._snapshot and self._until is None and _is_over(body):
                    self._until = org.now() + _SECONDS
            elif response.status_code == _OK and len(self._answers) < _MOST_REMEMBERED:
                self._answers[path] = body


def _is_over(body: bytes) -> bool:
    try:
        return json.loads(body).get("status") in ("COMPLETED", "FAILED")
    except (ValueError, AttributeError):
        return False
