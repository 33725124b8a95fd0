"""What a reading may take from earlier ones, and what it leaves to later ones.

The children of an object are recalled when the list shows the object exactly as it did when they were read, they were
read no longer ago than allowed, and the System Log, where it can be read, names no change since. All times are the
organisation's own, so that the clocks of several machines do not matter.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from email.utils import parsedate_to_datetime
from functools import cache

from pydantic_core import to_json

from reconciler import __version__
from reconciler.backends.okta.system_log import Account, seconds
from reconciler.core.document import Document, canonical
from reconciler.core.kind import Kind, Kinds
from reconciler.core.noun import dataclass
from reconciler.core.ports import Cache
from reconciler.core.recall import Children, Key, Mark, Memory, News
from reconciler.core.refresh import Refresh
from reconciler.core.resources import Recalled, S

DAY = 86_400.0
SETTLING = 60.0
"""Seconds after a change within which another may carry the same time, or be missing from a copy that is read."""


class NoCache:
    """Remembers nothing."""

    def recall(self) -> Memory:
        return Memory()

    def keep(self, news: News) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Remembering:
    """Where earlier readings are remembered, what is to be read again, and for how many seconds to trust them."""

    cache: Cache = field(default_factory=NoCache)
    refresh: Refresh = Refresh.AUTO
    max_age: float = DAY

    @property
    def is_on(self) -> bool:
        return not isinstance(self.cache, NoCache)


@dataclass(slots=True)
class Recollection:
    """The memory during one reading. Threads add to it."""

    policy: Remembering
    memory: Memory = field(default_factory=Memory)
    mark: Mark | None = None
    remark: str = ""
    now: float | None = None
    """The organisation's clock when the last list was read to its end: children are read later, never earlier."""
    raws: dict[Key, Document] = field(default_factory=dict)
    """How the list shows each object whose children were recalled."""
    oldest: float = 0.0
    _vouched_since: float = -math.inf
    _doubted_from: float = math.inf
    """When the log was first heard: what a reading of that very second has seen may be older than what was missed."""
    _named: dict[Key, float] = field(default_factory=dict)
    """When the log last named an id in an event about a kind."""
    _vague: dict[str, float] = field(default_factory=dict)
    """When the log last spoke of something inside an object of a kind that nobody knows."""
    _new: dict[Key, Children] = field(default_factory=dict)
    _listed: set[Key] = field(default_factory=set)
    _whole: set[str] = field(default_factory=set)

    def recall(self, kind: Kind[S], raw: Document) -> Children | None:
        """Give the children of a raw object as an earlier reading saw them, if that may be relied on."""
        key = (kind.name, str(raw["id"]))
        known = self.memory.children.get(key)
        if known is None or self.now is None:
            return None
        age = self.now - known.read_at
        if not 0 <= age < self.policy.max_age or not self._vouched_since <= known.read_at < self._doubted_from:
            return None
        if known.stamp != stamp(kind, raw) or self._is_named(key, known):
            return None
        self.raws[key] = raw
        self.oldest = max(self.oldest, age)
        return known

    def hear(self, account: Account) -> None:
        """Take in what the System Log tells. With `log`, nothing is recalled that it cannot tell about."""
        self.mark = account.mark
        if account.fault and account.mark:
            self._doubted_from = account.mark.at
        if self.policy.refresh is Refresh.LOG:
            self._vouched_since = account.mark.whole_since if account.mark else math.inf
            if account.fault:
                self.remark = f"All is read again: the System Log cannot tell what has changed, {account.fault}."
        oldest = min((known.read_at for known in self.memory.children.values()), default=math.inf)
        for event in (event for event in account.events if event.at > oldest - SETTLING):
            self._named.update(((event.kind, target), event.at) for target in event.targets)
            if not event.is_counted and not event.targets & self._inside(event.kind):
                self._vague[event.kind] = event.at

    def _inside(self, kind: str) -> set[str]:
        """The ids of all remembered objects of a kind, and of what is inside them."""
        mine = [(key[1], known) for key, known in self.memory.children.items() if key[0] == kind]
        return {each for id_, known in mine for each in (id_, *_ids(known))}

    def _is_named(self, key: Key, known: Children) -> bool:
        """Whether an event that came after the children were read, or a moment before, is about the object."""
        if not self._named and not self._vague:
            return False
        kind = key[0]
        last = max(self._named.get((kind, each), 0.0) for each in (key[1], *_ids(known)))
        return max(last, self._vague.get(kind, 0.0)) > known.read_at - SETTLING

    def note(self, kind: Kind[S], raw: Document, whole: Document) -> None:
        """Remember the children that were read of an object, unless it is in motion or may be."""
        if not self.policy.is_on or kind.wire.traces is None or self.now is None:
            return
        children = json.dumps({key: value for key, value in whole.items() if raw.get(key) != value or key not in raw})
        if '"PENDING"' not in children and _is_settled(raw, self.now):
            self._new[kind.name, str(raw["id"])] = Children(stamp(kind, raw), children, self.now)

    def listed(self, kind: str, raws: Iterable[Document], date: str) -> None:
        """Take down what a list that was read to its end holds; what it does not hold any more is forgotten."""
        self.now = clock_of(date)
        self._whole.add(kind)
        self._listed.update((kind, str(raw["id"])) for raw in raws)

    def keep(self) -> None:
        """Hand what is new to the memory."""
        gone = (key for key in self.memory.children.keys() - self._listed if key[0] in self._whole)
        news = News(dict(self._new), frozenset(gone), self.mark)
        if news:
            self.policy.cache.keep(news)
        self._new.clear()

    def told(self) -> Recalled:
        """Say what was recalled."""
        return Recalled(frozenset(self.raws), self.oldest, self.remark)

    def recalled(self) -> Mapping[Key, Children]:
        """Give what was recalled."""
        return {key: self.memory.children[key] for key in self.raws}


_ID = re.compile(r'"id": "([^"]+)"')


def _ids(known: Children) -> list[str]:
    return _ID.findall(known.text)


def begin(policy: Remembering, kinds: Kinds) -> Recollection:
    """Begin a reading with what is remembered of kinds whose changes can be noticed."""
    if policy.refresh is Refresh.FULL or not policy.is_on:
        return Recollection(policy)
    memory = policy.cache.recall()
    known = {key: each for key, each in memory.children.items() if key[0] in kinds and kinds[key[0]].wire.traces}
    return Recollection(policy, Memory(known, memory.mark))


def stamp(kind: Kind[S], raw: Document) -> str:
    """Give a digest of how a list shows an object; another version of this program never gives the same.

    Members in another order give another one too: then the object is read again, which is right if not needed.
    """
    shown = {**raw, "_links": None}
    try:
        text = to_json(shown)
    except ValueError:  # halves of characters
        text = canonical(shown).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(
        b"%b %b" % (_written_by(__version__, kind.name, kind.version), text), digest_size=16
    ).hexdigest()


@cache
def _written_by(program: str, kind: str, version: int) -> bytes:
    return f"{program} {kind} {version}".encode()


def _is_settled(raw: Mapping[str, object], now: float) -> bool:
    """Whether the list tells when the object last changed, and that was long enough ago."""
    try:
        return seconds(str(raw["lastUpdated"])) <= now - SETTLING
    except (KeyError, ValueError, OverflowError):
        return False


def clock_of(date: str) -> float | None:
    """Read a `Date` header as seconds since the epoch."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
