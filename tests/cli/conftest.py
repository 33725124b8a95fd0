"""The command line in this process: fast, and with everything that it said."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import httpx
import pytest

from reconciler import cli
from reconciler.cli import output
from reconciler.cli.common import Common
from reconciler.emulator.app import create_app
from reconciler.emulator.settings import DEFAULT_API_TOKEN, Settings
from tests.support.documents import pair
from tests.support.judges import demand_answer
from tests.support.ledgers import made_by_copying

BASE = "https://embedded.okta.invalid"
SERVERS = "/resource-servers/api/v1/mcp-servers"


def manifest(name="tools", title="Tools", state="", more=""):
    return pair(name, title, state, more)


@dataclass(frozen=True)
class Said:
    """How a command ended, and everything that it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def commands(command: click.Command = cli.group, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command that prints JSON, as its words."""
    if any("--format" in option.opts for option in command.params) and words:
        yield words
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            yield from commands(child, *words, name)


FOR_PEOPLE = {"completion", "demo", "emulator", "github"}
"""Commands that print text for shells, people and runners, whatever the format."""


def answering(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command of a call whose answer is a document; empty for the others, and for a schema itself."""
    known = set(commands())
    words = next((tuple(arguments[:size]) for size in (2, 1) if tuple(arguments[:size]) in known), ())
    is_schema = words == ("schema",) and len(arguments) > 1 and not arguments[1].startswith("-")
    return () if is_schema or (words and words[0] in FOR_PEOPLE) else words


@dataclass
class Shop:
    """A project folder, the command line in it, and the emulated organisation that it works on."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    answered: list[str] = field(default_factory=list)
    """The schemas to which what was printed as JSON was held."""

    def __call__(self, *arguments: str) -> Said:
        output.speak_as(Common())
        self.capsys.readouterr()
        code = cli.run(arguments)
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        assert "has a bug" not in err
        if out and "--format json" in " ".join(arguments) and (words := answering(arguments)):
            self.answered.append(demand_answer(words, json.loads(out)))
        return Said(code, out, err)

    def write(self, text: str | bytes, name: str = "manifest.yaml") -> Path:
        path = self.root / "registry.d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def configure(self, text: str) -> None:
        (self.root / "reconciler.yaml").write_text(text, encoding="utf-8")

    @property
    def untouched(self) -> bool:
        """Whether no organisation was even opened."""
        return not (self.root / ".reconciler").exists()


@dataclass
class Console:
    """Somebody else at the organisation's own API."""

    http: httpx.Client
    app: Any = None

    def servers(self) -> list[dict[str, Any]]:
        return list(self.http.get(SERVERS).json()["data"])

    def statuses(self) -> dict[str, str]:
        return {server["resourceUrl"]: server["status"] for server in self.servers()}

    def edit(self, **patch: str) -> None:
        [server] = self.servers()
        merge = {"Content-Type": "application/merge-patch+json"}
        self.http.patch(f"{SERVERS}/{server['id']}", content=json.dumps(patch), headers=merge).raise_for_status()


@pytest.fixture(autouse=True, scope="module")
def ledgers_are_copied() -> Iterator[None]:
    """Nearly every test here has a ledger of its own; how one comes to be is looked at in `tests/ledger`."""
    with made_by_copying():
        yield


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shop:
    """One valid MCP server, and the embedded organisation."""
    for name in list(os.environ):
        if name.startswith("RECONCILER_") or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    made = Shop(tmp_path, capsys)
    made.write(manifest())
    return made


@pytest.fixture
def console(shop: Shop) -> Iterator[Callable[[], Console]]:
    """Opens the state of the embedded organisation, as another process would."""
    opened: list[Any] = []

    def open_() -> Console:
        state = shop.root / ".reconciler" / "okta.sqlite"
        state.parent.mkdir(exist_ok=True)
        app = create_app(Settings(BASE, state, DEFAULT_API_TOKEN, {"rate-limit": "0"}, 0.0))
        token = {"Authorization": f"SSWS {DEFAULT_API_TOKEN}"}
        http = httpx.Client(base_url=BASE, transport=httpx.WSGITransport(app=app), headers=token, trust_env=False)
        opened.extend((http, app))
        return Console(http, app)

    yield open_
    for each in opened:
        each.close()
