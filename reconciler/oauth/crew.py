"""Drives many flows at once: one thread decides, others wait for the network. What hangs delays only itself.

At most two flows of one host are under way, so that a run is polite and a host that hangs holds two threads, not all;
and no more flows than threads, so that each finds its connection still open.
The callbacks run in the deciding thread, one after another; nothing here needs a lock.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from reconciler.core.evidence import Ask, Flow, Reply
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock

T = TypeVar("T")
THREADS = 64
_AT_ONCE = 2


class Sender(Protocol):
    """Something that answers asks: the transport, a cache before it, or a script of a test."""

    def send(self, ask: Ask, *, until: float) -> Reply:
        """Give the answer; never raise for what a network does."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a job gave; `fault` instead of a value when the program itself failed at it."""

    value: T | None = None
    fault: Exception | None = None


Then = Callable[[Outcome[Any]], None]


@dataclass(slots=True, eq=False)
class _Running:
    """A flow on its way. `until` is set when it first asks: waiting for its turn costs it nothing."""

    flow: Flow[Any]
    host: str
    then: Then
    until: float | None = None


class Crew:
    """Flows and calls go in with what is to be done with their outcome; `work` returns when all of it is done."""

    def __init__(self, sender: Sender, clock: Clock, *, seconds: float, threads: int = THREADS) -> None:
        self._sender = sender
        self._clock = clock
        self._seconds = seconds
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="probe")
        self._done: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._most = threads
        self._flows = 0
        self._active: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Running]] = {}
        self._queued: deque[_Running] = deque()
        self._under_way = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=kind is None, cancel_futures=True)

    def drive(self, flow: Flow[T], host: str, then: Callable[[Outcome[T]], None], *, first: bool = False) -> None:
        """Run a flow when there is room, and hand over what it gives; `first` puts it before those that wait.

        Only as many flows as threads are under way: what has begun is brought to its end, over the connections that it
        opened, before more is begun.
        """
        running = _Running(flow, host, then)
        if self._active[host] >= _AT_ONCE:
            self._waiting.setdefault(host, deque()).append(running)
        elif self._flows < self._most:
            self._begin(running)
            self._advance(running, None)
        elif first:
            self._queued.appendleft(running)
        else:
            self._queued.append(running)

    def call(self, function: Callable[[], T], then: Callable[[Outcome[T]], None]) -> None:
        """Run a function that may take long, outside the deciding thread."""
        self._submit(function, then)

    def work(self) -> None:
        """Hand over outcomes until nothing is under way."""
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[None]:
        """Hand over one outcome after another, with a pause after each for whoever wants to look at what came of it."""
        while self._under_way:
            self._done.get()()
            yield

    def _submit(self, function: Callable[[], Any], then: Then) -> None:
        self._under_way += 1
        self._executor.submit(self._perform, function, then)

    def _perform(self, function: Callable[[], Any], then: Then) -> None:
        try:
            outcome = Outcome(function())
        except Exception as error:  # noqa: BLE001 - handed to the deciding thread, which tells the user
            outcome = Outcome(fault=error)
        self._done.put(lambda: self._settle(then, outcome))

    def _settle(self, then: Then, outcome: Outcome[Any]) -> None:
        self._under_way -= 1
        then(outcome)

    def _advance(self, running: _Running, reply: Reply | None) -> None:
        """Give a flow its answer, and send what it asks next."""
        try:
            ask = next(running.flow) if reply is None else running.flow.send(reply)
        except StopIteration as end:
            self._end(running, Outcome(end.value))
        except Exception as error:  # noqa: BLE001 - one subject must not end the run of all others
            self._end(running, Outcome(fault=error))
        else:
            until = running.until = running.until or self._clock.now() + self._seconds
            self._submit(lambda: self._sender.send(ask, until=until), lambda outcome: self._answered(running, outcome))

    def _answered(self, running: _Running, outcome: Outcome[Reply]) -> None:
        if outcome.value is None:
            self._end(running, outcome)
        else:
            self._advance(running, outcome.value)

    def _end(self, running: _Running, outcome: Outcome[Any]) -> None:
        running.flow.close()
        self._active[running.host] -= 1
        self._flows -= 1
        running.then(outcome)
        while self._flows < self._most and (following := self._following(running.host)) is not None:
            self._begin(following)
            # Through the queue, not from here: a long row of flows that end at once must not become a deep stack.
            self._under_way += 1
            self._done.put(partial(self._settle, partial(self._start, following), Outcome()))

    def _begin(self, running: _Running) -> None:
        self._active[running.host] += 1
        self._flows += 1

    def _start(self, running: _Running, _nothing: Outcome[Any]) -> None:
        self._advance(running, None)

    def _following(self, host: str) -> _Running | None:
        """The flow that is next: of the host that has room again, else the first whose host has room."""
        waiting = self._waiting.get(host)
        if waiting and self._active[host] < _AT_ONCE:
            return waiting.popleft()
        while self._queued:
            queued = self._queued.popleft()
            if self._active[queued.host] < _AT_ONCE:
                return queued
            self._waiting.setdefault(queued.host, deque()).append(queued)
        return None
