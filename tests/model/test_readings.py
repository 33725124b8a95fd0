"""A model of remembered readings: somebody edits, time passes, the log is lost or refused, runs read in every mode.

The oracle is the organisation itself, read whole by a backend that remembers nothing. `make model` runs many more.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from reconciler.backends.okta import OktaBackend, Settings
from reconciler.core.refresh import Refresh
from reconciler.kinds import KINDS
from tests.support.remembering import CUSTOM, HOUR, LOGS, SERVERS, TOKEN, URL, Remembered

SIZE = 3
MAX_AGE = 24 * HOUR
ANY = st.integers(0, SIZE - 1)
WORDS = st.sampled_from(["a", "b", "c"])


class Readings(RuleBasedStateMachine):
    """What may stay hidden: with `log`, nothing; with `auto`, row edits that the log could not tell, for a day."""

    def __init__(self) -> None:
        super().__init__()
        self.org = Remembered(SIZE)
        self.untold: dict[str, float] = {}
        """Objects that changed without any list or log to show it to a run, and when."""
        self.unheard: dict[str, float] = {}
        """Objects that changed since the last run that heard the log, and when."""

    def teardown(self) -> None:
        self.org.__exit__()

    # -- the organisation -------------------------------------------------------------------------------------------

    @rule(server=ANY, word=WORDS)
    def edit_row(self, server: int, word: str) -> None:
        self.org.edit_row(server, tokenEndpoint=f"https://{word}.example.com/token")
        self._changed(self.org.ids[server])

    @rule(server=ANY, word=WORDS)
    def rename(self, server: int, word: str) -> None:
        self.org.edit_server(server, displayName=f"Server {word}")

    @rule(server=ANY, verb=st.sampled_from(["activate", "deactivate"]))
    def move(self, server: int, verb: str) -> None:
        self.org.console.post(f"{SERVERS}/{self.org.ids[server]}/lifecycle/{verb}")

    @rule(word=WORDS)
    def add_scope(self, word: str) -> None:
        self.org.console.post(f"{CUSTOM}/{self.org.custom}/scopes", json={"name": word})
        self._changed(self.org.custom)

    @rule(seconds=st.sampled_from([0.0, 1.0, 59.0, 61.0, HOUR, 7 * HOUR, 23 * HOUR]))
    def wait(self, seconds: float) -> None:
        self.org.clock.sleep(seconds)

    @rule()
    def lose_the_log(self) -> None:
        self.org.clock.sleep(1)
        with self.org.app.organisation.store.write() as db:
            db.execute("DELETE FROM log_events")
        self.untold |= self.unheard
        self.org.clock.sleep(1)

    @rule(refuse=st.booleans())
    def refuse_the_log(self, refuse: bool) -> None:  # noqa: FBT001 - one of two states, drawn
        self.org.refused = {LOGS} if refuse else set()

    # -- runs -------------------------------------------------------------------------------------------------------

    @rule()
    def read_with_the_log(self) -> None:
        assert self._differing(Refresh.LOG) == set()
        self._saw_all()

    @rule()
    def read_all(self) -> None:
        assert self._differing(Refresh.FULL) == set()
        self._saw_all()

    @rule()
    def read_what_moved(self) -> None:
        has_mark = self.org.cache.mark is not None
        may_differ = self.untold | ({} if has_mark and not self.org.refused else self.unheard)
        differing = self._differing(Refresh.AUTO)
        assert differing <= may_differ.keys()
        assert all(self.org.clock.now() - may_differ[each] <= MAX_AGE for each in differing)
        if not self.org.refused:  # heard from here on; without a mark, what was before stays unknown
            self.untold |= {} if has_mark else self.unheard
            self.unheard.clear()

    @invariant()
    def what_is_remembered_was_read_in_the_past(self) -> None:
        assert all(each.read_at <= self.org.clock.now() for each in self.org.cache.children.values())

    def _changed(self, server: str) -> None:
        self.unheard.setdefault(server, self.org.clock.now())

    def _saw_all(self) -> None:
        self.untold.clear()
        self.unheard.clear()

    def _differing(self, refresh: Refresh) -> set[str]:
        """Read as a run would, and give the objects that are otherwise in truth."""
        found = self.org.read(refresh, MAX_AGE).live
        plain = Settings(URL, f"SSWS {TOKEN}", readers=2)
        with OktaBackend(plain, self.org.clock, self.org.transport) as backend:
            truth = backend.read(KINDS, lambda _record: True)
        seen = {record.id: record for records in found.records.values() for record in records}
        there = {record.id: record for records in truth.records.values() for record in records}
        return {each for each in seen.keys() | there.keys() if seen.get(each) != there.get(each)}


TestReadings = Readings.TestCase
TestReadings.settings = settings(
    max_examples=int(os.environ.get("MODEL_EXAMPLES", "12")),
    stateful_step_count=15,
    derandomize="MODEL_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
