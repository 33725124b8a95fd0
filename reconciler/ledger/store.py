"""The ledger that applies write to, on SQLAlchemy."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Column, Delete, MetaData, String, Table, create_engine, delete, event, insert, select
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from reconciler.core.address import Address
from reconciler.ledger import unusable

_METADATA = MetaData()
_BINDING = Table(
    "binding",
    _METADATA,
    Column("organisation", String(512), primary_key=True),
    Column("kind", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("record", String(255), nullable=False),
)


class Ledger:
    """Bindings of one ledger database. Each call is a transaction of its own."""

    def __init__(self, engine: Engine, organisation: str, file: Path) -> None:
        self._engine = engine
        self._organisation = organisation
        self._file = file

    @classmethod
    def open(cls, file: Path, organisation: str) -> Self:
        """Open the ledger in a file, making it where there is none."""
        engine = create_engine(URL.create("sqlite", database=str(file)))
        event.listen(engine, "connect", _durable)
        ledger = cls(engine, organisation, file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with ledger._transaction() as connection:
                # Not `create_all`, which looks first and creates then: another process may create in between.
                connection.execute(CreateTable(_BINDING, if_not_exists=True))
        except OSError as error:
            raise unusable(file, error) from error
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise unusable(self._file, error) from error

    def bindings(self) -> Mapping[Address, str]:
        """Every address with the id of its live object in this organisation."""
        mine = select(_BINDING.c.kind, _BINDING.c.name, _BINDING.c.record).where(
            _BINDING.c.organisation == self._organisation
        )
        with self._transaction() as connection:
            return {Address(kind, name): record for kind, name, record in connection.execute(mine)}

    def bind(self, records: Mapping[Address, str]) -> None:
        """Remember which live object each address is, whatever it was before."""
        rows = [
            {"organisation": self._organisation, "kind": address.kind, "name": address.name, "record": record}
            for address, record in records.items()
        ]
        if rows:
            with self._transaction() as connection:
                for address in records:
                    connection.execute(self._only(address))
                connection.execute(insert(_BINDING), rows)

    def release(self, address: Address, record: str) -> None:
        """Forget an address, if this is still its object."""
        with self._transaction() as connection:
            connection.execute(self._only(address).where(_BINDING.c.record == record))

    def _only(self, address: Address) -> Delete:
        return delete(_BINDING).where(
            _BINDING.c.organisation == self._organisation,
            _BINDING.c.kind == address.kind,
            _BINDING.c.name == address.name,
        )


def _durable(connection: object, _record: object) -> None:
    """Write-ahead log: readers never wait; synchronous FULL: what was told to be remembered survives a power cut."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
