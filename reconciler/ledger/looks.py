"""What was seen: live objects as last read whole, and what was seen several times in a row."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from reconciler.core.document import canonical
from reconciler.core.remembered import Seen, Sighting
from reconciler.ledger.tables import SEEN, SIGHTING

_AT_ONCE = 500
"""Ids in one statement; databases bound the number of values."""


def keep(connection: Connection, organisation: str, kind: str, objects: Iterable[Seen]) -> None:
    """Remember live objects as they were just read, in the place of what was known of them."""
    rows = [
        {
            "organisation": organisation,
            "kind": kind,
            "record": each.record,
            "stamp": each.stamp,
            "document": canonical(each.document),
            "read_at": each.read_at,
        }
        for each in objects
    ]
    drop(connection, organisation, kind, [str(row["record"]) for row in rows])
    if rows:
        connection.execute(insert(SEEN), rows)


def drop(connection: Connection, organisation: str, kind: str, records: Iterable[str]) -> None:
    """Forget live objects, for example those that are gone."""
    ids = list(records)
    for start in range(0, len(ids), _AT_ONCE):
        these = SEEN.c.record.in_(ids[start : start + _AT_ONCE])
        connection.execute(delete(SEEN).where(SEEN.c.organisation == organisation, SEEN.c.kind == kind, these))


def sight(
    connection: Connection, organisation: str, topic: str, marks: Mapping[str, str], now: float
) -> Mapping[str, Sighting]:
    """Note everything that is seen under a topic this time, and give how often in a row each was.

    What was seen before and is not now is forgotten; what has another mark than before is new.
    """
    mine = (SIGHTING.c.organisation == organisation, SIGHTING.c.topic == topic)
    columns = (SIGHTING.c.subject, SIGHTING.c.mark, SIGHTING.c.count, SIGHTING.c.first_seen, SIGHTING.c.last_seen)
    before = {subject: Sighting(*rest) for subject, *rest in connection.execute(select(*columns).where(*mine))}
    after = {subject: _again(before.get(subject), mark, now) for subject, mark in marks.items()}
    connection.execute(delete(SIGHTING).where(*mine))
    rows = [
        {
            "organisation": organisation,
            "topic": topic,
            "subject": subject,
            "mark": each.mark,
            "count": each.count,
            "first_seen": each.first_seen,
            "last_seen": each.last_seen,
        }
        for subject, each in after.items()
    ]
    if rows:
        connection.execute(insert(SIGHTING), rows)
    return after


def _again(before: Sighting | None, mark: str, now: float) -> Sighting:
    if before is None or before.mark != mark:
        return Sighting(mark, 1, now, now)
    return Sighting(mark, before.count + 1, before.first_seen, now)
