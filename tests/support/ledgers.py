"""New ledgers in a tenth of the time: the statements of the first one that Alembic made stand for those of the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, inspect


@contextmanager
def made_by_copying() -> Iterator[None]:
    """Until the block ends; only empty SQLite ledgers are made so, and what is old or on PostgreSQL is migrated."""
    from alembic import command

    really, known = command.upgrade, list[str]()

    def upgrade(config: Any, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        is_empty = connection.dialect.name == "sqlite" and not inspect(connection).get_table_names()
        if is_empty and known:
            for statement in known:
                connection.exec_driver_sql(statement)
            return
        really(config, revision)
        if is_empty:
            said = connection.connection.driver_connection.iterdump()
            known.extend(each for each in said if each not in {"BEGIN TRANSACTION;", "COMMIT;"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", upgrade)
        yield
