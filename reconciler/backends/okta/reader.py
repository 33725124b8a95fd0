"""An organisation that can only be looked at: a type without a single write, over a transport that sends none."""

from collections.abc import Callable, Collection
from typing import Self

import httpx

from reconciler.backends.okta import system_log
from reconciler.backends.okta.auth import TOKEN_PATH
from reconciler.backends.okta.backend import OktaBackend, Settings
from reconciler.backends.okta.client import network
from reconciler.core.errors import WriteRefused
from reconciler.core.happening import Happening
from reconciler.core.kind import Kind, Kinds
from reconciler.core.ports import Clock
from reconciler.core.recall import Key
from reconciler.core.resources import Live, Record, S


class GetOnly(httpx.BaseTransport):
    """Passes GET requests on, and raises on anything else before a byte is sent, but for asking for an access token.

    The second guard behind `OktaReader`: whatever a flow asks for by mistake, nothing is changed.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET" and (request.method, request.url.path) != ("POST", TOKEN_PATH):
            raise WriteRefused(f"{request.method} {request.url.path} was about to be sent.")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class OktaReader:
    """Keeps the promises of `core.ports.Reader`, and can keep no others."""

    def __init__(self, settings: Settings, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self._organisation = OktaBackend(settings, clock, GetOnly(transport or network(settings.org_url)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._organisation.__exit__()

    def read(self, kinds: Kinds, wanted: Callable[[Record], bool]) -> Live:
        return self._organisation.read(kinds, wanted)

    def renew(self, kinds: Kinds, live: Live, objects: Collection[Key]) -> Live:
        return self._organisation.renew(kinds, live, objects)

    def find(self, kind: Kind[S], record: str) -> Record | None:
        return self._organisation.find(kind, record)

    def happened(self, record: str, since: str, until: str) -> tuple[Happening, ...]:
        """Give what the System Log tells of an object between two moments (ISO 8601), newest first."""
        return self._organisation.look_up(system_log.SCOPE, system_log.about(record, since, until))
