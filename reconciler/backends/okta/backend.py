"""The Okta backend: the promises of `core.ports.Backend`, kept by driving each kind's flows."""

import copy
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from functools import partial
from typing import Any, Self, TypeVar

import httpx

from reconciler.backends.okta import system_log
from reconciler.backends.okta.auth import App
from reconciler.backends.okta.client import Client, Exchange
from reconciler.backends.okta.driver import Driver, Patience, Scratch
from reconciler.backends.okta.errors import body_of, understood
from reconciler.backends.okta.governor import Allowance
from reconciler.backends.okta.recollection import Recollection, Remembering, begin, clock_of
from reconciler.backends.okta.system_log import Account
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import Document, read_json
from reconciler.core.errors import AnswerUnreadable, NotFound, NotOffered, PermissionDenied, SecretUnavailable
from reconciler.core.kind import Kind, Kinds
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock, Notebook, Watcher
from reconciler.core.recall import Children, Key, Mark
from reconciler.core.resources import Live, Record, S, Unopened
from reconciler.core.secret import Reveal, SecretRef
from reconciler.core.wire import Flow, Inside, Items

T = TypeVar("T")


def _no_secrets(secret: SecretRef) -> str:
    raise SecretUnavailable(f"The {secret} is not looked up here.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the organisation is, and how to speak to it.

    The credential is a service app, or the value of `Authorization` itself; it is kept out of every text.
    """

    org_url: str
    credential: str | App = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    readers: int = 5
    allowance: Allowance = field(default_factory=Allowance)
    secrets: Reveal = _no_secrets
    """Where the secrets of documents are, asked at the moment of sending."""
    notebook: Notebook = field(default_factory=Scratch)
    """Where it is kept what the organisation says only once."""
    remembering: Remembering = field(default_factory=Remembering)
    """What a reading may take from earlier ones."""


class OktaBackend:
    """Reads and writes one organisation."""

    def __init__(self, settings: Settings, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self._client = Client(
            settings.org_url, settings.credential, clock, transport=transport, allowance=settings.allowance
        )
        self._driver = Driver(self._client, clock, settings.patience, settings.secrets)
        self._driver.notebook = settings.notebook
        self._readers = settings.readers
        self._remembering = settings.remembering
        self._recollection = Recollection(settings.remembering)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def read(self, kinds: Kinds, wanted: Callable[[Record], bool]) -> Live:
        """Read lists page by page, then the children of wanted objects, a few at a time, unless they are remembered.

        Okta advises few readers at a time (okta-api §2.9); the governor keeps all of them within the rate limit.
        """
        records: dict[str, tuple[Record, ...]] = {}
        unreadable = self._out_of_reach(kinds)
        recollection = self._recollection = begin(self._remembering, kinds)
        if self._remembering.is_on:
            recollection.hear(self._account(kinds, recollection.memory.mark))
        with self._pool() as pool:
            for name, kind in kinds.items():
                if kind.inside in unreadable:
                    unreadable[name] = unreadable[kind.inside]
                if name in unreadable:
                    continue
                parents = [record for record in records.get(kind.inside, ()) if wanted(record)]
                try:
                    raws = _checked(name, self._listed(kind, kinds, parents, pool))
                    recollection.listed(name, raws, self._client.date)
                    records[name] = self._whole(kind, raws, wanted, pool)
                except (PermissionDenied, NotOffered) as error:
                    unreadable[name] = error.diagnostic
        recollection.keep()
        return Live(records, unreadable, recollection.told(), recollection.recalled())

    def renew(self, kinds: Kinds, live: Live, objects: Collection[Key]) -> Live:
        raws = {key: raw for key in objects if (raw := self._recollection.raws.pop(key, None)) is not None}
        fresh: dict[Key, Record | None] = {}
        unreadable = dict(live.unreadable)
        with self._pool() as pool:
            for name in {key[0] for key in raws}:
                mine = {key: raw for key, raw in raws.items() if key[0] == name}
                try:
                    fresh |= zip(mine, pool.map(partial(self._if_there, kinds[name]), mine.values()), strict=True)
                except (PermissionDenied, NotOffered) as error:
                    unreadable[name] = error.diagnostic
        self._recollection.keep()
        records = {
            name: tuple(now for record in of if (now := fresh.get((name, record.id), record)) is not None)
            for name, of in live.records.items()
            if name not in unreadable
        }
        return Live(records, unreadable, self._recollection.told(), self._recollection.recalled())

    def _account(self, kinds: Kinds, mark: Mark | None) -> Account:
        """What the System Log tells of these kinds since a mark."""

        def ask(path: str) -> list[Document]:
            body = body_of(self._client.send(Exchange("GET", path)))
            if not isinstance(body, list):
                raise AnswerUnreadable(f"GET {system_log.PATH}: the answer is not a list.")
            return body

        try:
            self._client.need((system_log.SCOPE,))
        except PermissionDenied as error:
            return Account(fault=error.diagnostic.detail.rstrip("."))
        return system_log.read(ask, kinds, mark, lambda: clock_of(self._client.date))

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=self._readers, thread_name_prefix="read")

    def _whole(
        self, kind: Kind[S], raws: list[Document], wanted: Callable[[Record], bool], pool: ThreadPoolExecutor
    ) -> tuple[Record, ...]:
        """Normalise the objects of a list, those that are wanted with their children."""
        recalled = [self._recollection.recall(kind, raw) for raw in raws]
        with understood():
            records = [_shown(kind, raw, known) for known, raw in zip(recalled, raws, strict=True)]
        lacking = [place for place, known in enumerate(recalled) if known is None and wanted(records[place])]
        read = dict(
            zip(lacking, pool.map(partial(self._if_there, kind), [raws[each] for each in lacking]), strict=True)
        )
        whole = (read.get(place, record) for place, record in enumerate(records))
        return tuple(record for record in whole if record is not None)

    def _listed(self, kind: Kind[S], kinds: Kinds, parents: list[Record], pool: ThreadPoolExecutor) -> list[Document]:
        """Read the list of all objects of a kind, or the lists of those that hold some."""
        listing = kind.wire.listing
        if not isinstance(listing, Inside):
            return self._driver.run(listing())

        def held(parent: Record) -> list[Document]:
            try:
                return self._driver.run(listing.listing(parent))
            except NotFound:
                if self._is_there(kinds[kind.inside], parent.id):
                    raise
                return []

        return [raw for part in pool.map(held, parents) for raw in part]

    def _with_children(self, kind: Kind[S], raw: Document) -> Record:
        whole = self._driver.run(kind.wire.complete(raw))
        self._recollection.note(kind, raw, whole)
        return _record(kind, whole)

    def _if_there(self, kind: Kind[S], raw: Document) -> Record | None:
        """Read an object that was listed; none when somebody has deleted it since."""
        try:
            return self._with_children(kind, raw)
        except NotFound:
            if self._is_there(kind, str(raw["id"])):
                raise
            return None

    def _is_there(self, kind: Kind[Any], record: str) -> bool:
        """Whether an object is there whose children were not found. It is gone when somebody deleted it since it was
        listed; one that is there, and hides its children, must never be taken for one that has to be made.
        """
        return self._raw(kind, record) is not None

    def _raw(self, kind: Kind[Any], record: str) -> Document | None:
        """One object as the organisation shows it. Whose children are not found is asked for again: it may be gone."""
        try:
            return self._driver.run(kind.wire.find(record))
        except NotFound:
            return self._driver.run(kind.wire.find(record))

    def _out_of_reach(self, kinds: Kinds) -> dict[str, Diagnostic]:
        """Ask for the right to read all kinds at once; where that is refused, tell which ones cannot be read."""
        refused: dict[str, Diagnostic] = {}
        try:
            self._client.need(area for kind in kinds.values() for area in kind.scopes)
        except PermissionDenied:
            for name, kind in kinds.items():
                try:
                    self._client.need(kind.scopes)
                except PermissionDenied as error:
                    refused[name] = error.diagnostic
        return refused

    def limits(self) -> dict[str, tuple[int, int]]:
        """The rate limits that this run has learnt: by bucket, requests a minute, and how many of them are for us."""
        return self._client.governor.limits()

    def preflight(self, kinds: Iterable[Kind[Any]]) -> None:
        """Ask, before the first write, whether the organisation has these kinds and lets this credential change them.

        Raises NotOffered or PermissionDenied, which names the scope or role that is missing (okta-api §7).
        """
        chosen = tuple(kinds)
        self._client.need((area for kind in chosen for area in kind.scopes), write=True)
        for kind in chosen:
            if not isinstance(kind.wire.listing, Inside):
                first = next(kind.wire.listing())
                if isinstance(first, Items):
                    self._client.send(Exchange("GET", f"{first.path}{'&' if '?' in first.path else '?'}limit=1"))

    def find(self, kind: Kind[S], record: str) -> Record | None:
        self._client.need(kind.scopes)
        raw = self._raw(kind, record)
        return _record(kind, raw) if raw is not None else None

    def look_up(self, area: str, flow: Flow[T]) -> T:
        """Drive a flow that reads, in an area of scopes."""
        self._client.need((area,))
        return self._driver.run(flow)

    def watched(self, watcher: Watcher) -> "OktaBackend":
        told = copy.copy(self)
        vars(told)["_driver"] = self._driver.watched(watcher)
        return told

    def follow(self, operation: str) -> str:
        return self._driver.follow(operation)

    def create(self, kind: Kind[S], document: Document) -> str:
        self._client.need(kind.scopes, write=True)
        return self._driver.run(kind.wire.create(document))

    def update(self, kind: Kind[S], record: str, document: Document) -> None:
        self._client.need(kind.scopes, write=True)
        self._driver.run(kind.wire.update(record, document))

    def move(self, kind: Kind[S], record: str, verb: str, target: State) -> None:
        self._client.need(kind.scopes, write=True)
        self._driver.run(kind.wire.move(record, verb, target))


def _record(kind: Kind[S], raw: Document) -> Record:
    with understood():
        _id(kind.name, raw)
        return kind.wire.record(raw)


def _shown(kind: Kind[S], raw: Document, known: Children | None) -> Record:
    """The record of an object as a list shows it, with the children that are known of it."""
    if known is None:
        return kind.wire.record(raw)
    if kind.wire.glance is None:
        return _opened(kind, raw, known)
    return Unopened(kind.name, raw["id"], *kind.wire.glance(raw), partial(_opened, kind, raw, known))


def _opened(kind: Kind[S], raw: Document, known: Children) -> Record:
    return _record(kind, raw | read_json(known.text))


def _id(kind: str, raw: Document) -> str:
    found = raw.get("id")
    if not isinstance(found, str) or not found:
        raise AnswerUnreadable(f"An object of kind {kind} has no id.")
    return found


def _checked(kind: str, raws: Iterable[Document]) -> list[Document]:
    """Refuse a list with an object without id. One that is named twice moved while the list was read.

    Its last sight is the freshest.
    """
    return list({_id(kind, raw): raw for raw in raws}.values())
