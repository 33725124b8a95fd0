"""What was seen several times in a row."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from reconciler.core.remembered import Sighting
from reconciler.ledger.tables import SIGHTING


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
