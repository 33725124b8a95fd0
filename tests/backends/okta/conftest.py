"""An organisation behind a transport: scripted answers, or the emulator over WSGI, with time that costs nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from reconciler.backends.okta import OktaBackend, Settings
from reconciler.backends.okta.client import Client
from reconciler.backends.okta.driver import Driver, Patience
from reconciler.emulator.app import Emulator, create_app
from reconciler.emulator.settings import DEFAULT_API_TOKEN
from reconciler.emulator.settings import Settings as EmulatorSettings
from tests.support.clock import VirtualClock

ORG = "https://org.okta.test"
SECRET = "SSWS 00aVerySecretToken"
SERVERS = "/resource-servers/api/v1/mcp-servers"
OPERATIONS = "/resource-servers/api/v1/operations"
CUSTOM = "/api/v1/authorizationServers"

Handler = Callable[[httpx.Request], httpx.Response]


def okta_error(status: int, code: str, summary: str = "said so", **more: Any) -> httpx.Response:
    body = {"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1", "errorCauses": [], **more}
    return httpx.Response(status, json=body)


@dataclass
class Script:
    """A transport that answers from a list, in order, the last one for ever, and keeps what was asked."""

    answers: list[httpx.Response | Exception | Handler]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        # A fresh answer each time: one that was read is used up.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def paths(self) -> list[str]:
        return [request.url.raw_path.decode() for request in self.asked]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def scripted(clock: VirtualClock) -> Callable[..., tuple[Client, Script]]:
    """A client that gets these answers, and the script that remembers what it asked."""

    def make(*answers: Any, org: str = ORG) -> tuple[Client, Script]:
        script = Script(list(answers))
        return Client(org, SECRET, clock, transport=httpx.MockTransport(script)), script

    return make


@pytest.fixture
def driven(scripted: Callable[..., tuple[Client, Script]], clock: VirtualClock) -> Callable[..., tuple[Driver, Script]]:
    """A driver over such a client."""

    def make(*answers: Any, patience: Patience = Patience()) -> tuple[Driver, Script]:  # noqa: B008 - frozen
        client, script = scripted(*answers)
        return Driver(client, clock, patience, lambda secret: f"value of {secret.name}"), script

    return make


@dataclass
class Organisation:
    """The emulator, a backend on it, and a client that is not ours to look what really happened."""

    app: Emulator
    backend: OktaBackend
    http: httpx.Client
    asked: list[httpx.Request]

    def servers(self) -> list[dict[str, Any]]:
        return list(self.http.get(SERVERS, params={"limit": 200}).json()["data"])

    def rows(self, server: str) -> list[dict[str, Any]]:
        return list(self.http.get(f"{SERVERS}/{server}/authorization-servers").json()["data"])

    def sent(self, method: str) -> list[str]:
        return [request.url.path for request in self.asked if request.method == method]


@pytest.fixture
def organisation(clock: VirtualClock) -> Iterator[Callable[..., Organisation]]:
    """Makes organisations with switches, each with a backend whose requests pass through `between`."""
    made: list[Organisation] = []

    def make(
        between: Callable[[httpx.Request, Handler], httpx.Response] = lambda request, send: send(request),
        delay: float = 0.0,
        **switches: str,
    ) -> Organisation:
        chosen = {"rate-limit": "0", **{name.replace("_", "-"): value for name, value in switches.items()}}
        app = create_app(EmulatorSettings(ORG, None, DEFAULT_API_TOKEN, chosen, delay, clock=clock))
        wsgi, asked = httpx.WSGITransport(app=app), list[httpx.Request]()

        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return between(request, wsgi.handle_request)

        settings = Settings(ORG, f"SSWS {DEFAULT_API_TOKEN}", Patience(first=0.5, bound=60.0))
        backend = OktaBackend(settings, clock, httpx.MockTransport(handle))
        http = httpx.Client(
            base_url=ORG, transport=wsgi, headers={"Authorization": f"SSWS {DEFAULT_API_TOKEN}"}, trust_env=False
        )
        made.append(Organisation(app, backend, http, asked))
        return made[-1]

    yield make
    for each in made:
        each.http.close()
        each.app.close()
