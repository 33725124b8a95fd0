"""The same question as in `test_fault_matrix`, through the use cases and with the ledger that they keep.

The run may fail, with one of our errors. A fresh plan and apply must then make the wish true, without a duplicate. The
suite tries one fault; `make faults` tries them all.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import app
from reconciler.app import organisations, workspace
from reconciler.backends.okta import OktaBackend, Settings
from reconciler.backends.okta.driver import Patience
from reconciler.core.errors import InternalError, ReconcilerError
from reconciler.emulator import mcp_clients, records
from reconciler.emulator.app import Emulator, create_app
from reconciler.emulator.settings import DEFAULT_API_TOKEN
from reconciler.emulator.settings import Settings as EmulatorSettings
from reconciler.ledger.notebook import LedgerNotebook
from tests.support.build import key

from .conftest import ORG, SERVERS, VirtualClock, okta_error

MANIFEST = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: idp}}
spec:
  type: external
  issuer: https://idp.test
  discovery: static
  oauth:
    authorizationEndpoint: https://idp.test/authorize
    tokenEndpoint: https://idp.test/{token}
    grantTypes: [authorization_code]
    source: a test
    reviewBy: 2099-01-01
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: tools{state}}}
spec:
  resourceUrl: https://{host}.test/mcp
  displayName: {name}
  authorizationServers: [idp]
"""


def manifest(host="one", name="Tools", token="token", state=""):
    return MANIFEST.format(host=host, name=name, token=token, state=state)


CLIENT = """\
---
apiVersion: reconciler/v1
kind: McpOAuthClient
metadata: {{name: tools}}
spec: {{mcpServer: tools, keys: [{keys}]}}
"""


def client(*numbers):
    """The server as OAuth client with these keys, all active."""
    keys = [f"{{publicKey: {json.dumps(key(number)['publicKey'])}}}" for number in numbers]
    return manifest() + CLIENT.format(keys=", ".join(keys))


@dataclass(frozen=True)
class Story:
    """From one wish to another."""

    before: str | None
    after: str
    truth: tuple[tuple[str, ...], ...]


STORIES = {
    "create": Story(None, manifest(), (("https://one.test/mcp", "ACTIVE", "Tools", "https://idp.test/token"),)),
    "update": Story(
        manifest(),
        manifest(name="Tools of ours", token="oauth2/token"),
        (("https://one.test/mcp", "ACTIVE", "Tools of ours", "https://idp.test/oauth2/token"),),
    ),
    "delete": Story(manifest(), manifest(state=", state: absent"), ()),
    "replace": Story(
        manifest(), manifest(host="two"), (("https://two.test/mcp", "ACTIVE", "Tools", "https://idp.test/token"),)
    ),
}

MADE = ("https://one.test/mcp", "ACTIVE", "Tools", "https://idp.test/token")
CLIENTS = {
    "keys made": Story(manifest(), client(0, 1), (MADE, ("key-0", "ACTIVE"), ("key-1", "ACTIVE"))),
    "keys renewed": Story(client(0, 1), client(1, 2), (MADE, ("key-1", "ACTIVE"), ("key-2", "ACTIVE"))),
}
"""With the notebook that the ledger keeps; `test_fault_matrix_of_clients` has the rest."""

Send = Callable[[httpx.Request], httpx.Response]


def reset_before(_request: httpx.Request, _send: Send) -> httpx.Response:
    raise httpx.WriteError("connection reset by peer")


def reset_after(request: httpx.Request, send: Send) -> httpx.Response:
    send(request)
    raise httpx.ReadError("connection reset by peer")


def timeout_after(request: httpx.Request, send: Send) -> httpx.Response:
    send(request)
    raise httpx.ReadTimeout("timed out")


def truncated(request: httpx.Request, send: Send) -> httpx.Response:
    """The first half of the body; where there is none, not even all headers."""
    answer = send(request)
    whole = answer.read()
    if not whole:
        raise httpx.RemoteProtocolError("server disconnected without sending a response")

    class Half(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield whole[: len(whole) // 2]
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    return httpx.Response(answer.status_code, headers=answer.headers, stream=Half())


def half_of_the_json(request: httpx.Request, send: Send) -> httpx.Response:
    """A body that is short, with a length that fits it."""
    answer = send(request)
    return httpx.Response(answer.status_code, content=answer.read()[:-7] or b"{", headers=_location(answer))


def internal_error(_request: httpx.Request, _send: Send) -> httpx.Response:
    return okta_error(500, "E0000009")


def internal_error_after(request: httpx.Request, send: Send) -> httpx.Response:
    send(request)
    return okta_error(500, "E0000009")


def maintenance(_request: httpx.Request, _send: Send) -> httpx.Response:
    return okta_error(503, "E0000010")


def html(_request: httpx.Request, _send: Send) -> httpx.Response:
    return httpx.Response(200, text="<html>Sign in</html>", headers={"Content-Type": "text/html"})


def html_after(request: httpx.Request, send: Send) -> httpx.Response:
    send(request)
    return httpx.Response(200, text="<html>Sign in</html>", headers={"Content-Type": "text/html"})


def empty_400_after(request: httpx.Request, send: Send) -> httpx.Response:
    """okta-api §5.2: refused without a word, and done nevertheless."""
    send(request)
    return httpx.Response(400)


def _location(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() == "location"}


FAULTS = {
    fault.__name__: fault
    for fault in (
        reset_before,
        reset_after,
        timeout_after,
        truncated,
        half_of_the_json,
        internal_error,
        internal_error_after,
        maintenance,
        html,
        html_after,
        empty_400_after,
    )
}


IN_THE_SUITE = ("reset_after",)
IS_WHOLE = os.environ.get("FAULTS") == "all"
CHOSEN = FAULTS if IS_WHOLE else {name: FAULTS[name] for name in IN_THE_SUITE}
TOLD = [(story, fault) for fault in CHOSEN for story in STORIES]
if IS_WHOLE:
    TOLD += [(story, fault) for fault in ("reset_after", "html_after") for story in CLIENTS]

LOADED: dict[str, Any] = {}
"""What manifests say, by their text: the same few are read hundreds of times, and reading is not the question here."""


def loaded(place: app.Workspace, read: Callable[[app.Workspace], Any] = app.validate) -> Any:
    text = (place.root / "registry.d" / "m.yaml").read_text(encoding="utf-8")
    return LOADED[text] if text in LOADED else LOADED.setdefault(text, read(place))


@dataclass
class World:
    """An organisation, a registry, and a wire between them that can break once."""

    root: Path
    clock: VirtualClock
    emulator: Emulator
    asked: list[str] = field(default_factory=list)
    breaks_at: int = -1
    fault: Callable[[httpx.Request, Send], httpx.Response] = reset_before
    has_broken: bool = False

    def handle(self, request: httpx.Request) -> httpx.Response:
        send = httpx.WSGITransport(app=self.emulator).handle_request
        self.asked.append(f"{request.method} {request.url.path}")
        if len(self.asked) - 1 != self.breaks_at:
            return send(request)
        self.has_broken = True
        return self.fault(request, send)

    @contextmanager
    def connect(self, place: Any, _wait: float = 0.0, **_more: Any) -> Iterator[OktaBackend]:
        notebook = LedgerNotebook(place.ledger, place.target.organisation)
        settings = Settings(ORG, f"SSWS {DEFAULT_API_TOKEN}", Patience(bound=20.0), readers=1, notebook=notebook)
        with OktaBackend(settings, self.clock, httpx.MockTransport(self.handle)) as backend:
            yield backend

    def run(self, text: str) -> list[ReconcilerError]:
        """Plan and apply a wish; the errors that came of it, all of which are ours."""
        folder = self.root / "registry.d"
        folder.mkdir(exist_ok=True)
        (folder / "m.yaml").write_text(text, encoding="utf-8")
        opened = app.open_workspace(self.root, None)
        try:
            planned = app.plan(opened).plan
            results = list(app.apply(opened, planned, app.Limits(allow_delete=-1, parallelism=1)))
        except ReconcilerError as error:
            return [error]
        found = [result.error for result in results if result.error]
        assert not [error for error in found if isinstance(error, InternalError)], found
        return found

    def truth(self) -> tuple[tuple[str, ...], ...]:
        """What is there: URL, status, name and token endpoints of every MCP server, duplicates and all."""
        transport = httpx.WSGITransport(app=self.emulator)
        token = {"Authorization": f"SSWS {DEFAULT_API_TOKEN}"}
        with httpx.Client(base_url=ORG, transport=transport, headers=token, trust_env=False) as http:
            servers = http.get(SERVERS).json()["data"]
            rows = {s["id"]: http.get(f"{SERVERS}/{s['id']}/authorization-servers").json()["data"] for s in servers}
        return (
            tuple(
                (
                    s["resourceUrl"],
                    s["status"],
                    s["metadata"].get("displayName", ""),
                    *(r["tokenEndpoint"] for r in rows[s["id"]]),
                )
                for s in servers
            )
            + self.keys()
        )

    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Names and states of the keys of clients, duplicates and all."""
        with self.emulator.organisation.store.read() as db:
            found = records.every(db, mcp_clients.CLIENT_KEY)
        return tuple(sorted((str(each.name), each.status) for each in found))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Story], World]]:
    """Makes worlds in which a story's `before` has come true."""
    made: list[World] = []
    clock = VirtualClock()
    monkeypatch.setattr(workspace, "validate", loaded)
    monkeypatch.setattr(organisations, "SystemClock", lambda: clock)
    monkeypatch.setattr(organisations, "connect", lambda *given, **more: made[-1].connect(*given, **more))  # noqa: PLW0108 - the last made

    def make(story: Story) -> World:
        settings = EmulatorSettings(ORG, None, DEFAULT_API_TOKEN, {"rate-limit": "0"}, 0.0, clock=clock)
        root = tmp_path / str(len(made))
        root.mkdir()
        made.append(World(root, clock, create_app(settings)))
        if story.before is not None:
            assert made[-1].run(story.before) == []
        made[-1].asked.clear()
        return made[-1]

    yield make
    for each in made:
        each.emulator.close()


@pytest.mark.parametrize(("story", "fault"), TOLD)
def test_one_broken_request_leaves_nothing_that_the_next_apply_does_not_mend(story, fault, world):
    story, fault = (STORIES | CLIENTS)[story], FAULTS[fault]
    clean = world(story)
    assert clean.run(story.after) == []
    assert clean.truth() == story.truth
    assert len(clean.asked) > 5
    tried = failed = 0
    broken = []
    for place, asked in enumerate(clean.asked):
        if asked.startswith("GET ") and fault.__name__.endswith("_after"):
            continue  # a read that is answered and lost is a read that was not answered
        one = world(story)
        one.breaks_at, one.fault = place, fault
        tried += 1
        failed += bool(one.run(story.after))
        assert one.has_broken
        again = one.run(story.after)
        if again or one.truth() != story.truth:
            broken.append((place, asked, [str(error) for error in again], one.truth()))
    assert not broken
    assert tried
    print(f"{tried} places of {len(clean.asked)} requests, {failed} runs failed, all mended")  # noqa: T201 - pytest -s
