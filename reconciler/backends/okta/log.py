"""The System Log: who did what to an object (okta-api §3)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reconciler.backends.okta.system_log import PATH
from reconciler.core.document import Document
from reconciler.core.drift import Happening
from reconciler.core.wire import Answer, Call, Flow

AREA = "okta.logs"
"""The area of scopes: `okta.logs.read`."""
_MOST = 50
"""Events of one object that are looked at, newest first: one page, since only the last ones matter."""


def about(record: str, since: str, until: str) -> Flow[tuple[Happening, ...]]:
    """The events about an object between two moments (ISO 8601), newest first, less those that failed.

    With both ends given the log is searched; without an end it would be polled, and never come to its last page.
    """
    condition = quote(f'target.id eq "{record}"', safe="")
    query = f"since={quote(since, safe='')}&until={quote(until, safe='')}&filter={condition}"
    answer: Answer = yield Call("GET", f"{PATH}?{query}&sortOrder=DESCENDING&limit={_MOST}")
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
