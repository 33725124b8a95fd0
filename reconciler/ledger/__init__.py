"""What is remembered between runs. Nothing in it is needed to find live objects again: natural keys rebind everything.

A ledger is a SQLite file or a PostgreSQL database (`Place`), and holds many organisations that know nothing of each
other. **Readers** (plan, drift, probe, lists) look in through functions that take a place and an organisation; they
never make, migrate or change a ledger, never wait for a writer, and need no SQLAlchemy:

- `read` gives bindings and what was last applied (`core.remembered.Remembered`);
- `sightings` gives what was seen in a row under a topic (a difference, a readiness, a baseline's entry), by subject.

**Writers** use `store.Ledger`, which is imported late, since SQLAlchemy is slow to import. Each method is a transaction
of its own and survives a power cut once it returns. `runs` has the lock and the journal, `hand` what people change by
hand. `notebook` has what an organisation says only once. What was read of live objects is kept apart, by `readings`.
"""

from collections.abc import Mapping
from pathlib import Path

from reconciler.core.address import Address, address_of
from reconciler.core.remembered import Remembered, Sighting
from reconciler.ledger.applied_row import AppliedRow
from reconciler.ledger.door import opened
from reconciler.ledger.place import Place, at
from reconciler.ledger.revisions import MEMORY

__all__ = ["Place", "read", "read_bindings", "sightings"]


def read(where: Place | Path, organisation: str) -> Remembered:
    """Give what is remembered of an organisation; no ledger, nothing remembered."""
    with opened(at(where)) as door:
        if door is None:
            return Remembered()
        bound = door.rows("SELECT kind, name, record FROM binding WHERE organisation = ?", organisation, since=1)
        applied = door.rows(
            "SELECT kind, name, record, document, goal, protected, version, secrets FROM applied "
            "WHERE organisation = ?",
            organisation,
            since=MEMORY,
        )
    return Remembered(
        {address_of(row[:2]): row[2] for row in bound},
        {address_of(row[:2]): AppliedRow(row) for row in applied},
    )


def read_bindings(where: Place | Path, organisation: str) -> Mapping[Address, str]:
    """Give which live object each address of an organisation is bound to."""
    return read(where, organisation).bindings


def sightings(where: Place | Path, organisation: str, topic: str) -> Mapping[str, Sighting]:
    """Give what was last seen under a topic, by subject."""
    with opened(at(where)) as door:
        query = "SELECT subject, mark, count, first_seen, last_seen FROM sighting WHERE organisation = ? AND topic = ?"
        rows = door.rows(query, organisation, topic, since=MEMORY) if door else ()
    return {subject: Sighting(*rest) for subject, *rest in rows}
