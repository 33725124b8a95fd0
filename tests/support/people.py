"""A project, its embedded organisation, and the people who edit both: in YAML, and at the organisation's own API."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from reconciler import app, ledger
from reconciler.core.address import Address
from reconciler.core.remembered import Remembered
from reconciler.emulator import settings
from reconciler.emulator.app import create_app
from reconciler.emulator.settings import DEFAULT_API_TOKEN, Settings
from tests.support.oracle import Table

SERVERS = "/resource-servers/api/v1/mcp-servers"
_BASE = "https://embedded.okta.invalid"
_MERGE = {"Content-Type": "application/merge-patch+json"}
_ROW = {
    "type": "EXTERNAL",
    "issuer": "https://idp.test",
    "authorizationEndpoint": "https://idp.test/a",
    "tokenEndpoint": "https://idp.test/t",
    "grantTypesSupported": ["authorization_code"],
}
_ISSUER = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: idp}
spec: {type: external, issuer: "https://idp.test", discovery: static, oauth: {authorizationEndpoint: "https://idp.test/a",
  tokenEndpoint: "https://idp.test/t", grantTypes: [authorization_code], source: a test, reviewBy: 2099-01-01}}
"""
_SERVER = """\
apiVersion: reconciler/v1
kind: McpServer
metadata:
  name: {name}
spec:
  resourceUrl: https://{host}.mcp.test/mcp
  description: {word}
  state: inactive
  authorizationServers: [idp]
"""
_TOMBSTONE = "  state: absent\n"


class Project:
    """MCP servers, each known by the host of its URL, and one word of description that everybody edits."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        (self.root / "registry.d" / "mcp-server").mkdir(parents=True)
        (self.root / "registry.d" / "idp.yaml").write_text(_ISSUER, encoding="utf-8")
        self.workspace = app.open_workspace(self.root, None)
        self._open = ExitStack()
        at_once = mock.patch.object(settings, "Settings", partial(Settings, operation_delay=0.0))
        self._open.enter_context(at_once)  # no outcome depends on how fast a test is
        self._http = self._open.enter_context(self._console())
        self.wish: dict[str, str] = {}
        """The word of each server that a document describes."""
        self.gone: set[str] = set()
        """The servers that a tombstone stands for."""
        self.called: dict[str, str] = {}
        """The name of each server's document, the last one where there is none any more."""

    def close(self) -> None:
        self._open.close()
        shutil.rmtree(self.root)

    # -- in YAML ----------------------------------------------------------------------------------------------------

    def describe(self, host: str, word: str) -> None:
        """Write the document of a server, or edit the one that is there."""
        if host in self.gone:
            self.drop(host)
        name = self.called.setdefault(host, host)
        before = self.file(host).read_text(encoding="utf-8") if host in self.wish else ""
        text = re.sub(r"^  description: .*$", f"  description: {word}", before, flags=re.MULTILINE)
        self.file(host).write_text(text or _SERVER.format(name=name, host=host, word=word), encoding="utf-8")
        self.wish[host] = word

    def drop(self, host: str) -> None:
        """Take the document of a server away."""
        self.file(host).unlink()
        self.wish.pop(host, None)
        self.gone.discard(host)

    def bury(self, host: str) -> None:
        """Turn the document of a server into a tombstone."""
        text = self.file(host).read_text(encoding="utf-8")
        self.file(host).write_text(text.replace("spec:", f"{_TOMBSTONE}spec:", 1), encoding="utf-8")
        del self.wish[host]
        self.gone.add(host)

    def rename(self, host: str, name: str) -> None:
        """Give the document of a server another name, and its file with it."""
        text = self.file(host).read_text(encoding="utf-8")
        self.file(host).unlink()
        self.called[host] = name
        self.file(host).write_text(
            re.sub(r"^  name: .*$", f"  name: {name}", text, flags=re.MULTILINE), encoding="utf-8"
        )

    def imported(self, host: str, name: str, word: str) -> None:
        """Take notice of a document that an import has written."""
        assert self.file_of(name).exists()
        self.called[host], self.wish[host] = name, word

    def address(self, host: str) -> Address:
        return Address("McpServer", self.called.get(host, host))

    def file(self, host: str) -> Path:
        return self.file_of(self.address(host).name)

    def file_of(self, name: str) -> Path:
        return self.root / "registry.d" / "mcp-server" / f"{name}.yaml"

    def files(self) -> Mapping[str, bytes]:
        """Every file of the project that people keep under version control."""
        found = [*self.root.glob("*.yaml"), *self.root.glob("registry.d/**/*.yaml")]
        return {str(file.relative_to(self.root)): file.read_bytes() for file in found}

    # -- at the organisation ----------------------------------------------------------------------------------------

    @contextmanager
    def _console(self) -> Iterator[httpx.Client]:
        """Somebody at the organisation's own API, where everything is done at once."""
        state = self.root / ".reconciler" / "okta.sqlite"
        state.parent.mkdir()
        token = {"Authorization": f"SSWS {DEFAULT_API_TOKEN}"}
        with (
            create_app(Settings(_BASE, state, DEFAULT_API_TOKEN, {"rate-limit": "0"}, 0.0)) as emulator,
            httpx.Client(
                base_url=_BASE, transport=httpx.WSGITransport(app=emulator), headers=token, trust_env=False
            ) as http,
        ):
            yield http

    def everything(self) -> list[dict[str, Any]]:
        """All servers, as the organisation shows them."""
        servers: list[dict[str, Any]] = self._http.get(SERVERS).json()["data"]
        return servers

    def live(self) -> dict[str, tuple[str, str]]:
        """The id and the word of each server that is there, by its host."""
        return {
            each["resourceUrl"].removeprefix("https://").partition(".")[0]: (
                each["id"],
                each["metadata"]["description"],
            )
            for each in self.everything()
        }

    def edit(self, host: str, word: str) -> None:
        """Edit a server at the organisation; make it where there is none."""
        known = self.live().get(host)
        if known is not None:
            text = json.dumps({"description": word})
            self._http.patch(f"{SERVERS}/{known[0]}", content=text, headers=_MERGE).raise_for_status()
            return
        body = {"resourceUrl": f"https://{host}.mcp.test/mcp", "description": word, "discoveryType": "MANUAL"}
        self._http.post(SERVERS, json=body).raise_for_status()
        made, _ = self.live()[host]
        self._http.post(f"{SERVERS}/{made}/authorization-servers", json=_ROW).raise_for_status()

    def delete(self, host: str) -> None:
        """Delete a server at the organisation, where there is one."""
        for record, _ in filter(None, [self.live().get(host)]):
            self._http.delete(f"{SERVERS}/{record}").raise_for_status()

    # -- both, and what is remembered ---------------------------------------------------------------------------------

    def memory(self) -> Remembered:
        return ledger.read(self.workspace.ledger, self.workspace.target.organisation)

    def table(self, accepted: Mapping[str, str | None]) -> Table:
        """How everything stands at this moment."""
        memory, there = self.memory(), self.live()
        words = {each.record: each.document["description"] for each in memory.applied.values()}
        return Table(
            wish=dict(self.wish),
            gone=frozenset(self.gone),
            called={host: self.address(host) for host in {*self.wish, *self.gone}},
            there=there,
            last={host: words[record] for host, (record, _) in there.items() if record in words},
            bound=frozenset(memory.bindings),
            accepted=accepted,
        )
