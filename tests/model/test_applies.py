"""A model of everything that writes: manifests and organisation are edited, objects made, deleted, renamed, forgotten,
imported; drift is looked at and accepted; runs are cut off, resumed, and their locks stolen from under them.

The oracle is a table of three words for each server: what was last applied, what is there, what is wished for; and what
somebody accepts. `make model` runs many more.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler import app
from reconciler.app import adopting, drifting, looking_back, remembering
from reconciler.core.adoption import Named
from reconciler.core.drift import Category, Cause, Difference, Standing
from reconciler.core.errors import (
    LeaseLost,
    LedgerError,
    NotAccepted,
    NotAdopted,
    PlanStale,
    ReconcilerError,
    RunOver,
    RunUnknown,
    UsageError,
)
from reconciler.core.plan import Action, Change, Origin, Plan
from reconciler.engine.readiness import Gate
from reconciler.ledger import runs, scribe
from reconciler.manifests import BASELINE_FILE
from tests.support.oracle import Table
from tests.support.people import Project

HOSTS = ("one", "two", "three")
HOST = st.sampled_from(HOSTS)
WORDS = st.sampled_from(["a", "b", "c"])
LIMITS = app.Limits(allow_delete=-1, gate=Gate.OFF)
LOOKING = drifting.Looking(actors=False)
TERMS = drifting.Terms("a team", "a reason", date(2099, 1, 1))


class Applies(RuleBasedStateMachine):
    """Whose doing each difference is, what each command makes of it, and that nothing is there twice."""

    def __init__(self) -> None:
        super().__init__()
        self.project = Project()
        self.workspace = self.project.workspace
        self.accepted: dict[str, str | None] = {}
        """What was accepted, by path: the word that is there, or None for a server that is missing."""
        self.half_made: set[str] = set()
        """The servers that a run which was cut off may have made without all that belongs to them."""
        for host in HOSTS[:2]:
            self.project.describe(host, "a")

    def teardown(self) -> None:
        self.project.close()

    @initialize(applied=st.booleans())
    def begin(self, applied: bool) -> None:  # noqa: FBT001 - a rule is called by name
        if applied:
            self.apply()

    # -- what people do ---------------------------------------------------------------------------------------------

    @rule(host=HOST, word=WORDS)
    def edit_manifest(self, host: str, word: str) -> None:
        self.project.describe(host, word)

    @rule(host=HOST, word=WORDS)
    def edit_live(self, host: str, word: str) -> None:
        self.project.edit(host, word)
        self._planned()

    @rule(host=HOST, word=WORDS, other=WORDS)
    def edit_both(self, host: str, word: str, other: str) -> None:
        self.edit_manifest(host, word)
        self.edit_live(host, other)

    @rule(host=HOST)
    def delete_live(self, host: str) -> None:
        self.project.delete(host)

    @precondition(lambda self: len(self.project.wish) > 1)
    @rule(host=HOST, buries=st.booleans())
    def take_the_manifest_away(self, host: str, buries: bool) -> None:  # noqa: FBT001 - a rule is called by name
        if host in self.project.wish:
            (self.project.bury if buries else self.project.drop)(host)

    @rule(host=HOST, by_hand=st.booleans())
    def rename(self, host: str, by_hand: bool) -> None:  # noqa: FBT001 - a rule is called by name
        """Nothing is made or deleted for a new name, whether `state mv` was told of it or not."""
        if host not in self.project.wish:
            return
        old, records = self.project.address(host), self.project.memory().bindings
        self.project.rename(host, f"{host}-x" if old.name == host else host)
        if by_hand and old in records and self.project.address(host) not in records:
            self._free_the_lock()
            remembering.move(self.workspace, str(old), str(self.project.address(host)))
        self._planned()

    @rule(host=HOST)
    def forget(self, host: str) -> None:
        address, there = self.project.address(host), self.project.live()
        known = address in self.project.memory().bindings
        self._free_the_lock()
        with _refused(UsageError, unless=known):
            remembering.forget(self.workspace, str(address))
        assert address not in self.project.memory().bindings
        assert self.project.live() == there
        self._planned()

    # -- drift ------------------------------------------------------------------------------------------------------

    @rule()
    def look(self) -> None:
        """Drift says exactly what differs, and changes nothing but its own memory of what it saw."""
        before = self._untouched()
        found = drifting.look(self.workspace, LOOKING)
        table = self._table()
        told = {each.difference.path: each.standing for each in found.found if self._is_told(each.difference, table)}
        expected = {each[0]: table.standing(each) for each in table.differences.values()}
        assert told == expected | {f"McpServer/{record}": Standing.NOTED for record, _ in table.strays.values()}
        alarms = {Standing.NEW, Standing.CHANGED} & set(expected.values()) or (self.half_made and found.alarms)
        assert drifting.exit_code(found) == (drifting.ALARM if alarms else 0)
        assert self._untouched() == before

    @rule(host=HOST)
    def accept(self, host: str) -> None:
        """What has drifted is let pass at the value that it has now; what only the manifest changed cannot be."""
        before, found = self._untouched(), self._table().differences.get(host)
        path, cause, live = found or (f"{self.project.address(host)}.description", Cause.MANIFEST, None)
        with _refused(NotAccepted, unless=cause is not Cause.MANIFEST):
            drifting.accept(self.workspace, [path], TERMS, BASELINE_FILE)
            self.accepted[path] = live
            assert self._untouched()[1:] == before[1:]
            return
        assert self._untouched() == before

    def _is_told(self, found: Difference, table: Table) -> bool:
        """Whether a difference is one of those of the table. What a run has left half made lacks more than that."""
        half = {table.called[host] for host in self.half_made & table.called.keys()}
        is_word = found.path.endswith(".description") or found.category in {Category.OBJECT, Category.UNMANAGED}
        return found.kind == "McpServer" and (is_word or found.address not in half)

    # -- adoption ---------------------------------------------------------------------------------------------------

    @rule(host=HOST, everything=st.booleans())
    def adopt(self, host: str, everything: bool) -> None:  # noqa: FBT001 - a rule is called by name
        """What an import writes describes what is there: nothing is left to plan; and a second one writes nothing."""
        before, table = self._untouched(), self._table()
        if self.half_made & table.strays.keys():
            return  # without an authorization server, none of it can be described
        there, strays = table.there, table.strays
        wanted = strays if everything else {each: strays[each] for each in strays if each == host}
        wish = self._to_adopt(host, everything=everything)
        with _refused(NotAdopted, unless=everything or bool(wanted)):
            prepared = adopting.propose(self.workspace, wish, adopting.Placing())
            assert self._untouched() == before
            adopting.write(self.workspace, prepared)
            hosts = {there[each][0]: each for each in wanted}
            made = {hosts[each.record.id]: each.address for each in prepared.proposal.documents if each.record}
            assert made.keys() == wanted.keys()
            for each, address in made.items():
                self.project.imported(each, address.name, there[each][1])
            assert self._untouched()[1:] == before[1:]
            assert [
                change
                for each, change in self._changes(self._planned(), self._table()).items()
                if each in made and change.steps
            ] == []
        before = self._untouched()
        with suppress(NotAdopted):
            again = adopting.propose(self.workspace, wish, adopting.Placing())
            assert again.texts == ()
        assert self._untouched() == before

    def _to_adopt(self, host: str, *, everything: bool) -> adopting.Wish:
        if everything:
            return adopting.Wish(everything=True, kinds=("McpServer",))
        return adopting.Wish(named=(Named(f"https://{host}.mcp.test/mcp"),))

    # -- applying ---------------------------------------------------------------------------------------------------

    @rule()
    def apply(self) -> None:
        plan = self._planned(taking=True)
        settled = self._table().settled
        results = list(app.apply(self.workspace, plan, LIMITS))
        assert [result.error for result in results if not result.ok] == []
        table = self._table()
        assert table.words == settled
        self.half_made.clear()
        assert all(table.last.get(host) == word for host, word in table.wish.items() if settled.get(host) == word)
        assert self._planned().is_empty

    @rule(lines=st.integers(0, 12), steals=st.booleans())
    def apply_and_be_cut_off(self, lines: int, steals: bool) -> None:  # noqa: FBT001 - a rule is called by name
        """The ledger goes away after so many transactions; then somebody takes the lock away, or its time is over."""
        plan = self._planned(taking=True)
        commit, left = scribe.Scribe._commit, [lines]

        def failing(mine: scribe.Scribe, entries: object) -> LedgerError | None:
            left[0] -= 1
            return commit(mine, entries) if left[0] >= 0 else LedgerError("The disk is full.")

        with self._half_done(), mock.patch.object(scribe.Scribe, "_commit", failing), suppress(LedgerError):
            list(app.apply(self.workspace, plan, LIMITS))
        if steals:
            self._free_the_lock()

    @rule(writes=st.integers(1, 4), goes_on=st.booleans())
    def apply_and_be_robbed(self, writes: int, goes_on: bool) -> None:  # noqa: FBT001 - a rule is called by name
        """The lock is stolen right before a write, the run perhaps resumed by the thief: who is late sends no more."""
        plan = self._planned(taking=True)
        sends, left, stolen = runs.StepLines.sends, [writes], []

        def robbed(mine: runs.StepLines, method: str, path: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                with mock.patch.object(runs.StepLines, "sends", sends):
                    self._free_the_lock()
                    if goes_on:
                        self.resume()
                stolen.append(self.project.everything())
            sends(mine, method, path)

        alone = app.Limits(allow_delete=-1, gate=Gate.OFF, parallelism=1)
        refused = False
        with self._half_done(), mock.patch.object(runs.StepLines, "sends", robbed):
            try:
                list(app.apply(self.workspace, plan, alone))
            except LeaseLost:
                refused = True
        assert stolen == ([self.project.everything()] if refused else [])

    @rule()
    def resume(self) -> None:
        """The rest is done, unless there is none, or somebody has edited what it was about to change."""
        self._free_the_lock()
        wished, results = {}, []
        with suppress(RunUnknown, RunOver, PlanStale), app.resume(self.workspace, None, LIMITS) as running:
            wished = {change.address: change.document for change in running.plan.changes if change.steps}
            results = list(running.results())
        if all(result.ok for result in results):
            known = self.project.memory().applied
            assert all(known[address].document == document for address, document in wished.items() if document)

    # -- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_there_twice(self) -> None:
        urls = [server["resourceUrl"] for server in self.project.everything()]
        assert len(urls) == len(set(urls))
        assert looking_back.verify(self.workspace) >= 0

    @contextmanager
    def _half_done(self) -> Iterator[None]:
        """Whatever happens to an apply: a server, and what is remembered of it, is as it was or as it should become."""
        before = self._table()
        self.half_made |= before.created
        yield
        after = self._table()
        for host in HOSTS:
            assert after.words.get(host) in {before.words.get(host), before.settled.get(host)}
        for host, word in after.last.items():
            assert word in {before.last.get(host), before.wish.get(host)}

    # -- the product ------------------------------------------------------------------------------------------------

    def _planned(self, *, taking: bool = False) -> Plan:
        """A plan that makes, deletes and blames as the table says; with `taking`, the manifest wins each conflict."""
        plan, table = app.plan(self.workspace, app.Asking(Gate.OFF)).plan, self._table()
        changes = self._changes(plan, table)
        told = {
            host: field.origin
            for host, change in changes.items()
            for field in change.fields
            if change.record and field.path == ("description",)
        }
        renamed = {host for host, change in changes.items() if change.action is Action.MOVE}
        assert told == {  # of a rename with which nothing changes, the new name alone is said
            host: origin
            for host, origin in table.origins.items()
            if not (origin is Origin.CONVERGED and host in renamed)
        }
        assert {host for host, change in changes.items() if change.action is Action.CREATE} == table.created
        deleted = {host for host, change in changes.items() if change.action is Action.DELETE}
        assert deleted == table.gone & table.there.keys()
        if taking:
            self._free_the_lock()
        taken = [f"{table.called[host]}.description" for host, origin in told.items() if origin is Origin.CONFLICT]
        return app.plan(self.workspace, app.Asking(Gate.OFF), taken=taken).plan if taking and taken else plan

    @staticmethod
    def _changes(plan: Plan, table: Table) -> dict[str, Change]:
        """What a plan says of each server that a document describes."""
        hosts = {address: host for host, address in table.called.items()}
        return {hosts[change.address]: change for change in plan.changes if change.address in hosts}

    def _table(self) -> Table:
        return self.project.table(self.accepted)

    def _untouched(self) -> tuple[object, ...]:
        """What commands that only look, or only write files, leave alone; the files come first."""
        told = (looking_back.runs(self.workspace), looking_back.by_hand(self.workspace))
        return self.project.files(), self.project.everything(), self.project.memory(), told

    def _free_the_lock(self) -> None:
        for lock in looking_back.locks(self.workspace):
            looking_back.unlock(self.workspace, lock.fence)


@contextmanager
def _refused(error: type[ReconcilerError], *, unless: bool) -> Iterator[None]:
    """Something is refused, unless it is not to be."""
    if unless:
        yield
    else:
        with pytest.raises(error):
            yield


Applies.TestCase.settings = settings(
    deadline=None,
    max_examples=int(os.environ.get("MODEL_EXAMPLES", "2")),
    stateful_step_count=10,
    derandomize="MODEL_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestApplies = Applies.TestCase
