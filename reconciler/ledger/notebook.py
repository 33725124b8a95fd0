"""What an organisation said once, kept beside the live objects as they were last seen: the same table holds both."""

import time

from reconciler.core.document import Document
from reconciler.core.recall import Key
from reconciler.core.remembered import Seen
from reconciler.ledger import seen
from reconciler.ledger.place import Place

_STAMP = "noted"


class LedgerNotebook:
    """The notebook of one organisation in a ledger. Reading makes no ledger; the first note does."""

    def __init__(self, place: Place, organisation: str) -> None:
        self._place = place
        self._organisation = organisation

    def noted(self, about: Key) -> Document:
        """Give what was last noted about an object."""
        kind, record = about
        found = seen(self._place, self._organisation, kind).get(record)
        return found.document if found and found.stamp == _STAMP else {}

    def note(self, about: Key, what: Document) -> None:
        """Note something in the place of what was noted, in a transaction of its own."""
        from reconciler.ledger.store import Ledger

        kind, record = about
        with Ledger.open(self._place, self._organisation) as ledger:
            ledger.keep(kind, [Seen(record, _STAMP, what, time.time())])
