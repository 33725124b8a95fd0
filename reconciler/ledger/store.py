"""The ledger that is written to. Imported late: SQLAlchemy costs a quarter of a second."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy.engine import Connection, Engine

from reconciler.core.address import Address
from reconciler.core.remembered import Applied, Sighting
from reconciler.ledger import engine as connecting
from reconciler.ledger import looks, memory
from reconciler.ledger.place import Place, at


class Ledger:
    """One organisation's part of a ledger. Each method is a transaction of its own, durable when it returns."""

    def __init__(self, engine: Engine, place: Place, organisation: str) -> None:
        self._engine = engine
        self.place = place
        self.organisation = organisation

    @classmethod
    def open(cls, where: Place | Path, organisation: str) -> Self:
        """Open a ledger, making it where there is none and migrating it where it is older."""
        place = at(where)
        return cls(connecting.connect(place), place, organisation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Everything or nothing; durable once it is left without an error. Raises LedgerError."""
        with connecting.transaction(self._engine, self.place) as connection:
            yield connection

    def bindings(self) -> Mapping[Address, str]:
        """Every address with the id of its live object."""
        with self.transaction() as connection:
            return memory.bindings(connection, self.organisation)

    def bind(self, records: Mapping[Address, str]) -> None:
        """Remember which live object each address is, whatever it was before."""
        with self.transaction() as connection:
            memory.bind(connection, self.organisation, records)

    def release(self, address: Address, record: str) -> None:
        """Forget an address, if this is still its object."""
        with self.transaction() as connection:
            memory.release(connection, self.organisation, address, record)

    def remember(self, applied: Mapping[Address, Applied], *, run: int = 0) -> None:
        """Remember what was made true of each address."""
        with self.transaction() as connection:
            memory.remember(connection, self.organisation, applied, run=run, at=connecting.now(connection))

    def sight(self, topic: str, marks: Mapping[str, str]) -> Mapping[str, Sighting]:
        """Note everything that is seen under a topic this time; give how often in a row each was (`looks.sight`)."""
        with self.transaction() as connection:
            return looks.sight(connection, self.organisation, topic, marks, connecting.now(connection))
