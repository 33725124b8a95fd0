"""A model of applies: manifests and organisation are edited, runs are cut off, resumed, and their locks taken away.

The oracle is a table of three words for each server: what was last applied, what is there, what is wished for.
`make model` runs many more.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from unittest import mock

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reconciler import app, ledger
from reconciler.app import looking_back, organisations
from reconciler.core.errors import LedgerError, PlanStale, RunOver, RunUnknown
from reconciler.core.plan import Origin
from reconciler.emulator.settings import DEFAULT_API_TOKEN
from reconciler.engine.readiness import Gate
from reconciler.ledger import scribe

SERVERS = "/resource-servers/api/v1/mcp-servers"
NAMES = ("one", "two")
NAME = st.sampled_from(NAMES)
WORDS = st.sampled_from(["a", "b", "c"])
LIMITS = app.Limits(allow_delete=-1, gate=Gate.OFF)
EXTERNAL = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: idp}
spec: {type: external, issuer: "https://idp.test", discovery: static, oauth: {authorizationEndpoint: "https://idp.test/a",
  tokenEndpoint: "https://idp.test/t", grantTypes: [authorization_code], source: a test, reviewBy: 2099-01-01}}
"""
SERVER = """\
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: %s}
spec: {resourceUrl: "https://%s.mcp.test/mcp", description: %s, state: inactive, authorizationServers: [idp]}
"""


class Applies(RuleBasedStateMachine):
    """Whose doing each difference is, what an apply makes of it, and that nothing is there twice."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        (self.root / "registry.d").mkdir()
        self.wish = dict.fromkeys(NAMES, "a")
        self._write()
        self.workspace = app.open_workspace(self.root, None)

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @initialize(applied=st.booleans())
    def begin(self, applied: bool) -> None:  # noqa: FBT001 - a rule is called by name
        if applied:
            self.apply()

    # -- what people do ---------------------------------------------------------------------------------------------

    @rule(name=NAME, word=WORDS)
    def edit_manifest(self, name: str, word: str) -> None:
        self.wish[name] = word
        self._write()

    @rule(name=NAME, word=WORDS, other=WORDS)
    def edit_both(self, name: str, word: str, other: str) -> None:
        self.edit_manifest(name, word)
        self.edit_live(name, other)

    @rule(name=NAME, word=WORDS)
    def edit_live(self, name: str, word: str) -> None:
        with self._console() as http:
            for server in http.get(SERVERS).json()["data"]:
                if name in server["resourceUrl"]:
                    merge = {"Content-Type": "application/merge-patch+json"}
                    body = f'{{"description": "{word}"}}'
                    http.patch(f"{SERVERS}/{server['id']}", content=body, headers=merge).raise_for_status()
        self._planned()

    @rule()
    def apply(self) -> None:
        results = list(app.apply(self.workspace, self._planned(taking=True), LIMITS))
        assert [result.error for result in results if not result.ok] == []
        assert self._live() == self._last() == self.wish
        assert self._planned().is_empty

    @rule(lines=st.integers(0, 12), steals=st.booleans())
    def apply_and_be_cut_off(self, lines: int, steals: bool) -> None:  # noqa: FBT001 - a rule is called by name
        """The ledger goes away after so many transactions; then somebody takes the lock away, or its time is over."""
        plan = self._planned(taking=True)
        commit, left = scribe.Scribe._commit, [lines]

        def failing(mine: scribe.Scribe, entries: object) -> LedgerError | None:
            left[0] -= 1
            return commit(mine, entries) if left[0] >= 0 else LedgerError("The disk is full.")

        before = self._last()
        with mock.patch.object(scribe.Scribe, "_commit", failing), suppress(LedgerError):
            list(app.apply(self.workspace, plan, LIMITS))
        for name, word in self._last().items():
            assert word in {before.get(name), self.wish[name]}
        if steals:
            for lock in looking_back.locks(self.workspace):
                looking_back.unlock(self.workspace, lock.fence)

    @rule()
    def resume(self) -> None:
        """The rest is done, unless there is none, or somebody has edited what it was about to change."""
        for lock in looking_back.locks(self.workspace):
            looking_back.unlock(self.workspace, lock.fence)
        with suppress(RunUnknown, RunOver, PlanStale), app.resume(self.workspace, None, LIMITS) as running:
            wished = {change.address.name: change.document for change in running.plan.changes if change.steps}
            results = list(running.results())
            if all(result.ok for result in results):
                live = self._last()
                assert all(live[name] == document["description"] for name, document in wished.items() if document)

    # -- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_there_twice(self) -> None:
        with self._console() as http:
            urls = [server["resourceUrl"] for server in http.get(SERVERS).json()["data"]]
        assert len(urls) == len(set(urls))
        assert looking_back.verify(self.workspace) >= 0

    def _planned(self, *, taking: bool = False):
        """A plan whose origins are those of the table; a conflict is decided for the manifest."""
        last, live = self._last(), self._live()
        told = self._origins(app.plan(self.workspace, app.Asking(Gate.OFF)).plan)
        expected = {
            name: origin
            for name in NAMES
            if name in live and (origin := self._origin(last.get(name), live[name], self.wish[name]))
        }
        assert told == expected
        conflicts = [f"McpServer.{name}.description" for name, origin in told.items() if origin is Origin.CONFLICT]
        for lock in looking_back.locks(self.workspace) if taking else ():
            looking_back.unlock(self.workspace, lock.fence)
        return app.plan(self.workspace, app.Asking(Gate.OFF), taken=conflicts if taking else ()).plan

    @staticmethod
    def _origin(last: str | None, live: str, wish: str) -> Origin | None:
        if live == wish:
            return None if last in {None, live} else Origin.CONVERGED
        if last in {None, live}:
            return Origin.PENDING
        return Origin.DRIFT if last == wish else Origin.CONFLICT

    @staticmethod
    def _origins(plan) -> dict[str, Origin]:
        return {
            change.address.name: field.origin
            for change in plan.changes
            for field in change.fields
            if change.address.kind == "McpServer" and change.record and field.path == ("description",)
        }

    def _last(self) -> dict[str, str]:
        known = ledger.read(self.workspace.ledger, self.workspace.target.organisation).applied
        return {address.name: each.document["description"] for address, each in known.items()}

    def _live(self) -> dict[str, str]:
        with self._console() as http:
            servers = http.get(SERVERS).json()["data"]
        return {
            each["resourceUrl"].removeprefix("https://").partition(".")[0]: each["metadata"]["description"]
            for each in servers
        }

    def _console(self):
        return _Console(self.root, self.workspace)

    def _write(self) -> None:
        text = EXTERNAL + "".join(SERVER % (name, name, word) for name, word in self.wish.items())
        (self.root / "registry.d" / "all.yaml").write_text(text, encoding="utf-8")


class _Console:
    """Somebody at the organisation's own API."""

    def __init__(self, root, workspace) -> None:
        self._emulator = organisations._emulator(root, workspace.config.environments[workspace.environment].target)

    def __enter__(self) -> httpx.Client:
        self._http = httpx.Client(
            base_url=organisations.EMBEDDED_URL,
            transport=httpx.WSGITransport(app=self._emulator.__enter__()),
            headers={"Authorization": f"SSWS {DEFAULT_API_TOKEN}"},
            trust_env=False,
        )
        return self._http

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._emulator.__exit__(None, None, None)


Applies.TestCase.settings = settings(
    deadline=None,
    max_examples=int(os.environ.get("MODEL_EXAMPLES", "2")),
    stateful_step_count=8,
    derandomize="MODEL_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestApplies = Applies.TestCase
