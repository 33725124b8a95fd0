"""The System Log, `GET /api/v1/logs`: what has changed since a reading, and who did what to one object (okta-api §3).

An event has a type, a path of words, and the ids of its targets. A query without `until` goes by the time at which
events arrived, so that one which arrives late is not missed; one with both ends is a search that comes to an end.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from reconciler.core.document import Document
from reconciler.core.errors import AnswerUnreadable, CallRefused, NotFound, RemoteError
from reconciler.core.happening import Happening
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.recall import Mark
from reconciler.core.wire import Answer, Call, Flow

PATH = "/api/v1/logs"
SCOPE = "okta.logs"
"""The area of scopes: `okta.logs.read`."""
MOST = 1000
"""Events of one answer, the most that Okta gives. Where there are more, reading the objects is as cheap."""
_MOST_OF_ONE = 50
"""Events of one object that are looked at, newest first: one page, since only the last ones matter."""
_OVERLAP = 600.0
"""Seconds before the last reading from which on events are read again."""

Ask = Callable[[str], list[Document]]
"""Reads one page of a list."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to objects or children of a kind. `is_counted`: the list shows how many there are."""

    kind: str
    at: float
    targets: frozenset[str]
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Account:
    """What the log tells. `fault` says why it cannot tell what has changed; `mark` is from where to go on next time."""

    events: tuple[Event, ...] = ()
    mark: Mark | None = None
    fault: str = ""


def read(ask: Ask, kinds: Kinds, mark: Mark | None, clock: Callable[[], float | None]) -> Account:
    """Read what has happened since a mark: one request, a second one where the mark is of no use any more."""
    try:
        raws, fault = _since(ask, kinds, mark) if mark else ([], "no earlier run has read it")
        newest = ask(_query(kinds, sortOrder="DESCENDING", limit="1")) if fault else raws[-1:]
        return Account(tuple(_events(raws, kinds)), _following(newest, None if fault else mark, clock()), fault)
    except (RemoteError, CallRefused, NotFound) as error:
        return Account(fault=f"it cannot be read: {error.diagnostic.detail}".rstrip("."))
    except (AnswerUnreadable, KeyError, TypeError, ValueError):
        return Account(fault="its events have another shape than the API documents")


def _following(newest: list[Document], mark: Mark | None, now: float | None) -> Mark | None:
    """From where to go on; without a mark to go on from, what happened before now was missed."""
    if not newest or now is None:
        return None
    whole_since = mark.whole_since if mark else now
    return Mark(now, str(newest[0]["uuid"]), str(newest[0]["published"]), whole_since)


def _since(ask: Ask, kinds: Kinds, mark: Mark) -> tuple[list[Document], str]:
    """Give the events since a mark, and why they are not all, where that is so: what is there is news all the same."""
    begin = min(seconds(mark.published), mark.at) - _OVERLAP
    events = ask(_query(kinds, since=_text(begin), sortOrder="ASCENDING", limit=str(MOST)))
    if len(events) >= MOST:
        return events, f"it holds {MOST} events and more since the last run"
    if all(event["uuid"] != mark.event for event in events):
        return events, "it does not reach back to the last run"
    return events, ""


def _query(kinds: Kinds, **more: str) -> str:
    wanted = sorted({f'eventType sw "{begin}"' for begin, _, _ in _beginnings(kinds)})
    return f"{PATH}?{urlencode({'filter': ' or '.join(wanted), **more})}"


def _beginnings(kinds: Kinds) -> Iterator[tuple[str, str, bool]]:
    """How types of events begin, of which kind they speak, and whether about what its list counts."""
    for name, kind in kinds.items():
        if kind.wire.traces:
            yield from ((begin, name, True) for begin in kind.wire.traces.counted)
            yield from ((begin, name, False) for begin in kind.wire.traces.uncounted)


def _events(raws: list[Document], kinds: Kinds) -> Iterator[Event]:
    for raw in raws:
        targets = frozenset(str(target["id"]) for target in raw.get("target") or ())
        for begin, name, is_counted in _beginnings(kinds):
            if raw["eventType"].startswith(begin):
                yield Event(name, seconds(raw["published"]), targets, is_counted)


def seconds(text: str) -> float:
    """Read a moment as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


# -- one object -------------------------------------------------------------------------------------------------------


def about(record: str, since: str, until: str) -> Flow[tuple[Happening, ...]]:
    """The events about an object between two moments (ISO 8601), newest first, less those that failed.

    With both ends given the log is searched; without an end it would be polled, and never come to its last page.
    """
    condition = quote(f'target.id eq "{record}"', safe="")
    query = f"since={quote(since, safe='')}&until={quote(until, safe='')}&filter={condition}"
    answer: Answer = yield Call("GET", f"{PATH}?{query}&sortOrder=DESCENDING&limit={_MOST_OF_ONE}")
    events = answer.body if isinstance(answer.body, list) else answer.body["data"]
    return tuple(_happening(event, record) for event in events if _worked(event))


def _worked(event: Document) -> bool:
    return (event.get("outcome") or {}).get("result") != "FAILURE"


def _happening(event: Document, record: str) -> Happening:
    actor = event.get("actor") or {}
    return Happening(
        event=str(event.get("eventType", "unknown")),
        at=str(event.get("published", "")),
        actor=str(actor.get("alternateId") or actor.get("displayName") or actor.get("id") or "unknown"),
        changed=frozenset(_changed(event, record)),
    )


def _changed(event: Document, record: str) -> Iterator[str]:
    for target in event.get("target") or []:
        if target.get("id") == record:
            details: dict[str, Any] = target.get("changeDetails") or {}
            for side in ("from", "to"):
                yield from details.get(side) or {}
