"""What an organisation said once and never again, by the object that it is about (`core.ports.Notebook`)."""

import json

from reconciler.core.document import Document, canonical
from reconciler.core.recall import Key
from reconciler.ledger.door import opened
from reconciler.ledger.place import Place
from reconciler.ledger.revisions import NOTES


class LedgerNotebook:
    """The notebook of one organisation in a ledger. Reading makes no ledger; the first note does."""

    def __init__(self, place: Place, organisation: str) -> None:
        self._place = place
        self._organisation = organisation

    def noted(self, about: Key) -> Document:
        """Give what was last noted about an object."""
        query = "SELECT document FROM note WHERE organisation = ? AND kind = ? AND record = ?"
        with opened(self._place) as door:
            rows = door.rows(query, self._organisation, *about, since=NOTES) if door else []
        found: Document = json.loads(rows[0][0]) if rows else {}
        return found

    def note(self, about: Key, what: Document) -> None:
        """Note something in the place of what was noted, in a transaction of its own; empty, and it is forgotten."""
        from sqlalchemy import delete, insert

        from reconciler.ledger.store import Ledger
        from reconciler.ledger.tables import NOTE

        place = {"organisation": self._organisation, "kind": about[0], "record": about[1]}
        with Ledger.open(self._place, self._organisation) as ledger, ledger.transaction() as connection:
            connection.execute(delete(NOTE).where(*(NOTE.c[name] == value for name, value in place.items())))
            if what:
                connection.execute(insert(NOTE).values(**place, document=canonical(what)))
