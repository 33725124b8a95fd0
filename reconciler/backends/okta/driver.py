"""Drives a kind's flow over HTTP: pages, operations, waiting. Knows the conventions of okta-api §2.1 and §2.4."""

import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx

from reconciler.backends.okta.access import area_of
from reconciler.backends.okta.client import Client, Exchange
from reconciler.backends.okta.errors import body_of, plain, understood
from reconciler.core.document import Document
from reconciler.core.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    CallRefused,
    NotFound,
    NotOffered,
    NotSettled,
    OperationFailed,
    PermissionDenied,
    RateLimited,
    ReconcilerError,
)
from reconciler.core.journal import Told, Unwritten
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock, Notebook, Watcher
from reconciler.core.recall import Key
from reconciler.core.secret import Reveal, SecretRef, reveal
from reconciler.core.wire import Answer, Call, Flow, Items, Listed, Note, Noted, Pause, Request, Until

T = TypeVar("T")
PAGE_SIZE = 200
_ENDED_WELL = frozenset({"COMPLETED", "SUCCESS", "DONE"})
_ENDED_BADLY = frozenset({"FAILED", "ERROR"})
_REFUSALS = (CallRefused, AuthenticationFailed, PermissionDenied, NotOffered, RateLimited)
"""Answers that leave no doubt: nothing was done."""
_MAX_PAGES = 100_000
_STARTS = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait for what Okta does by itself: first pause, growth, longest pause and bound, in seconds."""

    first: float = 1.0
    growth: float = 1.6
    longest: float = 5.0
    bound: float = 120.0
    shortest: float = 0.05

    def pauses(self, clock: Clock, first: float | None = None) -> Iterator[float]:
        """Give one pause after another until the bound is reached.

        Who was held up beyond it since the last look, as by a machine that slept, looks once more.
        """
        deadline = clock.now() + self.bound
        pause = first or self.first
        while clock.now() + pause <= deadline:
            yield pause
            pause = min(pause * self.growth, self.longest)
        if clock.now() > deadline:
            yield 0.0


@dataclass(slots=True)
class Pace:
    """How long the first look at an operation is put off: less while operations end sooner, more while they do not.

    Threads may overwrite each other's lesson; either is good.
    """

    patience: Patience
    first: float

    def learn(self, looks: int) -> None:
        """Note how many looks an operation took."""
        if looks > 1:
            self.first = min(self.first * self.patience.growth, self.patience.first)
        else:
            self.first = max(self.first * 0.8, min(self.patience.shortest, self.patience.first))


class _CursorExpired(Exception):
    """A page that the organisation itself has pointed to was refused."""

    def __init__(self, refused: CallRefused) -> None:
        super().__init__(refused.detail)
        self.refused = refused


class Scratch:
    """A notebook that nobody keeps: for tests, and where no run follows."""

    def __init__(self) -> None:
        self._notes: dict[Key, Document] = {}

    def noted(self, about: Key) -> Document:
        return self._notes.get(about, {})

    def note(self, about: Key, what: Document) -> None:
        self._notes[about] = what


class Driver:
    """Runs flows; one for all threads."""

    def __init__(self, client: Client, clock: Clock, patience: Patience, secrets: Reveal) -> None:
        self.client = client
        self.clock = clock
        self.patience = patience
        self._secrets = secrets
        self.watcher: Watcher = Unwritten()
        self.notebook: Notebook = Scratch()
        self._pace = Pace(patience, patience.first)
        self._unlisted = set[str]()
        """The sorts of lists that the organisation was seen not to have."""

    def watched(self, watcher: Watcher) -> "Driver":
        """Give the same driver, whose writes are told to a watcher."""
        told = copy.copy(self)
        told.watcher = watcher
        return told

    def follow(self, operation: str) -> str:
        """Wait for the end of an operation; give the id that it names, or empty text."""
        with understood():
            return self._operation(operation).resource_id or ""

    def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for until it returns; throw our errors into it, so that it may recover."""
        begins = True
        with understood():
            try:
                request = next(flow)
                while True:
                    try:
                        answer = self._answer(request, begins=begins)
                    except ReconcilerError as error:
                        request = flow.throw(error)
                    else:
                        request = flow.send(answer)
                    begins = False
            except StopIteration as end:
                result: T = end.value
                return result

    def _answer(self, request: Request, *, begins: bool) -> Any:
        match request:
            case Call():
                return self._call(request, begins=begins)
            case Items():
                return self._items(request.path)
            case Listed():
                return self._listed(request)
            case Until():
                return self._until(request.path, request.done, request.what)
            case Pause():
                return self.clock.sleep(request.seconds)
            case Noted() | Note():
                return self._remembered(request)

    def _remembered(self, request: Noted | Note) -> Document | None:
        if isinstance(request, Noted):
            return self.notebook.noted(request.about)
        self.notebook.note(request.about, request.what)
        return None

    def _call(self, call: Call, *, begins: bool) -> Answer:
        # A flow that begins with a write begins new work; everything else goes on with what has begun.
        writes = call.method != "GET"
        self._announce(call.path, write=writes)
        exchange = self._exchange(call, begins=begins and writes)
        response = self._told(exchange) if writes else self.client.send(exchange)
        operation = _operation_of(response)
        if operation:
            answer = self._operation(operation)
            if writes:
                self.watcher.ended(answer.resource_id or "")
            return answer
        if not response.content:
            return Answer(response.status_code)
        body = body_of(response)
        if not isinstance(body, dict | list):
            raise AnswerUnreadable(f"{call.method} {call.path}: {response.status_code}, and the body is not JSON.")
        return Answer(response.status_code, body, body.get("id") if isinstance(body, dict) else None)

    def _announce(self, path: str, *, write: bool = False) -> None:
        """Announce a scope that only some objects of a kind need, such as the app behind a client registration."""
        if area := area_of(path):
            self.client.need((area.scope,), write=write)

    def _told(self, exchange: Exchange) -> httpx.Response:
        """Send a write; say so before, and what came of it where that is certain, a refusal included."""
        self.watcher.sends(exchange.method, exchange.url)
        try:
            response = self.client.send(exchange)
        except _REFUSALS:
            self.watcher.answered(Told(0))
            raise
        body = body_of(response) if response.content else None
        record = body.get("id") if isinstance(body, dict) else None
        request = response.headers.get("X-Okta-Request-Id", "")
        operation = _operation_of(response)
        made = record if isinstance(record, str) and not operation else ""
        self.watcher.answered(Told(response.status_code, request, operation, made))
        return response

    def _exchange(self, call: Call, *, begins: bool) -> Exchange:
        """What is sent: only here does a secret take the place of what stood for it, and it goes no further."""
        used: list[str] = []

        def look_up(secret: SecretRef) -> str:
            used.append(self._secrets(secret))
            return used[-1]

        body = reveal(call.body, look_up)
        return Exchange(call.method, call.path, body, call.merge, begins, tuple(used))

    def _operation(self, location: str) -> Answer:
        """Poll until the operation has ended. A forgotten one (404) has ended; the flow reads what came of it."""

        looks = 0

        def ended(body: Document | None) -> bool:
            nonlocal looks
            looks += 1
            return body is None or str(body.get("status")) in _ENDED_WELL | _ENDED_BADLY

        pauses = self.patience.pauses(self.clock, self._pace.first)
        body = self._until(location, ended, "the end of an operation", pauses)
        self._pace.learn(looks)
        if body is None:
            return Answer(httpx.codes.ACCEPTED)
        if str(body["status"]) in _ENDED_BADLY:
            raise OperationFailed(_verdict(body))
        made = _mapping(body.get("resource")).get("id")
        return Answer(httpx.codes.ACCEPTED, body, made if isinstance(made, str) else None)

    def _until(
        self,
        path: str,
        done: Callable[[Document | None], bool],
        what: str,
        pauses: Iterator[float] | None = None,
    ) -> Document | None:
        """Read until done. Without `pauses` the first look is at once."""
        if pauses is None and done(body := self._get(path)):
            return body
        for pause in pauses or self.patience.pauses(self.clock):
            self.clock.sleep(pause)
            if done(body := self._get(path)):
                return body
        raise NotSettled(f"Waited {self.patience.bound:.0f} s for {what}.", subject=path)

    def _get(self, path: str) -> Document | None:
        try:
            response = self.client.send(Exchange("GET", path))
        except NotFound:
            return None
        body = body_of(response)
        if not isinstance(body, dict):
            raise AnswerUnreadable(f"GET {path}: {response.status_code}, and the body is not a JSON object.")
        return body

    def _items(self, path: str) -> list[Document]:
        """Read every page; from the beginning again when a cursor has expired on the way."""
        self._announce(path)
        for start in range(_STARTS):
            try:
                return self._pages(path)
            except _CursorExpired as expired:
                if start == _STARTS - 1:
                    raise expired.refused from None
        return []

    def _listed(self, request: Listed) -> list[Document] | None:
        if request.sort in self._unlisted:
            return None
        try:
            return self._items(request.path)
        except NotFound:
            return None  # what the list is of is gone; that tells nothing about others
        except (CallRefused, NotOffered, PermissionDenied):
            self._unlisted.add(request.sort)
            return None

    def _pages(self, path: str) -> list[Document]:
        """Cursors are opaque; envelope and bare array are both fine (okta-api §5.5)."""
        items: list[Document] = []
        url = f"{path}{'&' if '?' in path else '?'}limit={PAGE_SIZE}"
        seen = set[str]()
        while url not in seen and len(seen) < _MAX_PAGES:
            seen.add(url)
            try:
                response = self.client.send(Exchange("GET", url))
            except CallRefused as error:
                raise (_CursorExpired(error) if len(seen) > 1 else error) from error
            body = body_of(response)
            page = body.get("data") if isinstance(body, dict) else body
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise AnswerUnreadable(f"GET {path}: the answer is not a list of objects.")
            items += page
            following = _next(response, body)
            if following is None:
                return items
            url = following
        raise AnswerUnreadable(f"GET {path}: the list never ends; a page links back to one already read.")


def _operation_of(response: httpx.Response) -> str:
    """Where to follow what an answer only announces; empty where it says it all (okta-api §2.4)."""
    location: str = response.headers.get("Location", "")
    return location if response.status_code == httpx.codes.ACCEPTED and "/operations/" in location else ""


def _verdict(body: Document) -> str:
    """One sentence on an operation that failed, with the reason if one was given."""
    fault = _mapping(body.get("errorDetails"))
    reason = " ".join(str(fault[key]) for key in ("code", "message") if fault.get(key)) or "no reason was given"
    return plain(f"Operation {body.get('id', '')} ({body.get('type', 'unknown')}) failed: {reason}").rstrip(". ") + "."


def _mapping(value: Any) -> Document:
    return value if isinstance(value, dict) else {}


def _next(response: httpx.Response, body: Any) -> str | None:
    """The address of the next page, from the `Link` header or the envelope; None at the end."""
    link = response.links.get("next", {}).get("url")
    if not link and isinstance(body, dict):
        link = ((body.get("_links") or {}).get("next") or {}).get("href")
    return str(response.request.url.join(link)) if link else None
