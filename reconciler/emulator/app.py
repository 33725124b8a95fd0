"""The WSGI application: match, count, authenticate, let time pass, answer; and no exception gets out."""

from __future__ import annotations

import functools
import secrets
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Self

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.http import http_date
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wrappers import Request, Response

from . import access, bodies, fault_acts, settling
from .call import Call, Route, answer, empty
from .errors import LengthRequired, Refusal
from .faults import FaultBox
from .founding import open_organisation
from .organisation import Organisation
from .routes import ROUTES
from .settings import Settings
from .staleness import Staleness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["Emulator", "Settings", "create_app"]

_OWN = "/_emulator"


def create_app(settings: Settings) -> Emulator:
    """The application for one organisation; SwitchError or StateError when the settings cannot be used."""
    return Emulator(open_organisation(settings))


class Emulator:
    """A WSGI application that can be closed."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._paths = _paths()
        self._staleness = Staleness()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _mend_path(environ)
        request = Request(environ)
        if request.path.startswith(_OWN):
            response = self._respond(request)
        else:
            response = fault_acts.through(self.organisation, request, self._staleness, lambda: self._respond(request))
        return response(environ, start_response)

    @property
    def faults(self) -> FaultBox:
        """What is armed; the same that `/_emulator/faults` shows."""
        return self.organisation.faults

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the state file; idempotent."""
        self.organisation.store.close()

    def _respond(self, request: Request) -> Response:
        request_id = secrets.token_urlsafe(15)
        response = self._answered(request, request_id)
        response.headers["X-Okta-Request-Id"] = request_id
        response.headers["Date"] = http_date(self.organisation.now())
        response.headers["Cache-Control"] = "no-cache, no-store"
        return response

    def _answered(self, request: Request, request_id: str) -> Response:
        matched = self._match(request)
        if isinstance(matched, Refusal):
            return self._metered(request, "unknown", lambda: _refused(matched, request_id))
        route, ids = matched
        call = Call(request, ids)
        if route.metered:
            return self._metered(request, route.family, lambda: self._guarded(route, call, request_id))
        if route.family != "emulator":
            self.organisation.meters.saw(request.method, route.family)
        return self._guarded(route, call, request_id)

    def _match(self, request: Request) -> tuple[Route, Mapping[str, str]] | Refusal:
        try:
            route, ids = self._paths.match(request.path, method=request.method)
        except NotFound:
            return Refusal("E0000008")
        except MethodNotAllowed as error:
            allowed = ", ".join(sorted(error.valid_methods or ()))
            return Refusal("E0000022", headers={"Allow": allowed})
        assert isinstance(route, Route)
        return route, ids

    def _metered(self, request: Request, family: str, handle: Callable[[], Response]) -> Response:
        """Rate headers on every answer, 429 instead of an answer when there are too many (okta-api §2.9)."""
        meters = self.organisation.meters
        meters.saw(request.method, family)
        with meters.flight() as crowded:
            allowance = crowded or meters.take(family, hash(request.headers.get("Authorization")))
            response = handle() if allowance.granted else _refused(Refusal("E0000047"), secrets.token_urlsafe(15))
        response.headers.update(allowance.headers())
        return response

    def _guarded(self, route: Route, call: Call, request_id: str) -> Response:
        try:
            return self._handled(route, call)
        except Refusal as refusal:
            return _refused(refusal, request_id)
        except LengthRequired:
            return empty(411)
        except access.Forbidden as forbidden:
            return empty(403, {"WWW-Authenticate": forbidden.challenge})
        except Exception:  # noqa: BLE001  # the outermost door: okta-api §2.8 knows no traceback
            traceback.print_exc(file=sys.stderr)
            return _refused(Refusal("E0000009"), request_id)

    def _handled(self, route: Route, call: Call) -> Response:
        org, request = self.organisation, call.request
        if route.needs_token:
            access.check(org, route, request)
        bodies.check_headers(request, route.media_type)
        if route.metered and route.family != "operations":
            settling.settle(org)
        return route.handler(org, call)


@functools.cache
def _paths() -> MapAdapter:
    """The table, ready to match; werkzeug needs a while to prepare it, and it never changes."""
    rules = [Rule(route.path, endpoint=route, methods=[route.method]) for route in ROUTES]
    return Map(rules, strict_slashes=False, merge_slashes=False).bind("emulator")


def _mend_path(environ: WSGIEnvironment) -> None:
    """WSGI wants the bytes of a path as latin-1; some callers in the same process hand over text."""
    path = environ.get("PATH_INFO") or "/"
    if any(character > "\xff" for character in path):
        environ["PATH_INFO"] = path.encode("utf-8", "replace").decode("latin-1")


def _refused(refusal: Refusal, request_id: str) -> Response:
    return answer(refusal.body(f"oae{request_id}"), refusal.status, refusal.headers)
