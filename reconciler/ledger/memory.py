"""Bindings and what was last applied, written inside a transaction that somebody else holds."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from reconciler.core.address import Address
from reconciler.core.document import canonical
from reconciler.core.remembered import Applied
from reconciler.ledger.tables import APPLIED, BINDING


def bindings(connection: Connection, organisation: str) -> Mapping[Address, str]:
    """Every address with the id of its live object."""
    columns = (BINDING.c.kind, BINDING.c.name, BINDING.c.record)
    found = connection.execute(select(*columns).where(BINDING.c.organisation == organisation))
    return {Address(kind, name): record for kind, name, record in found}


def record(connection: Connection, organisation: str, address: Address) -> str | None:
    """The live object that is remembered of an address; None when nothing is."""
    for table in (BINDING, APPLIED):
        found = connection.execute(select(table.c.record).where(*_only(table, organisation, address))).scalar()
        if found is not None:
            return str(found)
    return None


def bind(connection: Connection, organisation: str, records: Mapping[Address, str]) -> None:
    """Remember which live object each address is, whatever it was before."""
    for address in records:
        connection.execute(delete(BINDING).where(*_only(BINDING, organisation, address)))
    rows = [{**_key(organisation, address), "record": record} for address, record in records.items()]
    if rows:
        connection.execute(insert(BINDING), rows)


def release(connection: Connection, organisation: str, address: Address, record: str) -> None:
    """Forget an address, if this is still its object."""
    for table in (BINDING, APPLIED):
        connection.execute(delete(table).where(*_only(table, organisation, address), table.c.record == record))


def forget(connection: Connection, organisation: str, address: Address) -> bool:
    """Forget an address, whichever object it is; False when nothing was known of it."""
    gone = [
        connection.execute(delete(table).where(*_only(table, organisation, address))).rowcount
        for table in (BINDING, APPLIED)
    ]
    return any(gone)


def rename(connection: Connection, organisation: str, old: Address, new: Address) -> None:
    """Remember under another name of the same kind what is remembered of an address."""
    forget(connection, organisation, new)
    for table in (BINDING, APPLIED):
        connection.execute(update(table).where(*_only(table, organisation, old)).values(name=new.name))


def remember(
    connection: Connection, organisation: str, applied: Mapping[Address, Applied], *, run: int, at: float
) -> None:
    """Remember what was made true of each address, by which run and when."""
    for address in applied:
        connection.execute(delete(APPLIED).where(*_only(APPLIED, organisation, address)))
    rows = [
        {
            **_key(organisation, address),
            "record": each.record,
            "document": canonical(each.document),
            "goal": str(each.goal),
            "protected": each.protected,
            "version": each.version,
            "secrets": canonical(dict(each.secrets)),
            "run": run,
            "at": at,
        }
        for address, each in applied.items()
    ]
    if rows:
        connection.execute(insert(APPLIED), rows)


def _key(organisation: str, address: Address) -> dict[str, str]:
    return {"organisation": organisation, "kind": address.kind, "name": address.name}


def _only(table: Table, organisation: str, address: Address) -> tuple[ColumnElement[bool], ...]:
    return tuple(table.c[column] == value for column, value in _key(organisation, address).items())
