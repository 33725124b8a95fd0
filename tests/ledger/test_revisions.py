"""The schema moves forward only, with everything in it; what is newer than the tool is left alone."""

import builtins
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from reconciler import ledger
from reconciler.core.address import Address
from reconciler.core.errors import LedgerError, LedgerNewer
from reconciler.core.lifecycle import State
from reconciler.core.remembered import Applied, Remembered
from reconciler.ledger import Place, engine
from reconciler.ledger.hand import by_hand
from reconciler.ledger.lease import Claim
from reconciler.ledger.revisions import REVISIONS
from reconciler.ledger.store import Ledger
from reconciler.ledger.tables import METADATA
from tests.ledger.tampering import change

ORG = "https://one.okta.com"
JIRA = Address("McpServer", "jira")


def first_ledger(place: Place) -> None:
    """A ledger as the first version of this tool made it."""
    if place.file is not None:
        place.file.parent.mkdir()
    else:
        with psycopg.connect(place.url) as other:
            other.execute("CREATE SCHEMA reconciler")
    change(
        place,
        "CREATE TABLE binding (organisation VARCHAR(512) NOT NULL, kind VARCHAR(63) NOT NULL, name VARCHAR(63) NOT "
        "NULL, record VARCHAR(255) NOT NULL, PRIMARY KEY (organisation, kind, name))",
    )
    change(place, f"INSERT INTO binding VALUES ('{ORG}', 'McpServer', 'jira', 'ems1')")


def test_the_table_of_revisions_is_that_of_the_migrations():
    scripts = ScriptDirectory(Path(engine.__file__).with_name("migrations"))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)


def test_the_migrations_make_the_tables_that_the_code_knows(place):
    with Ledger.open(place, ORG) as mine, mine.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_ledger_from_before_there_were_versions_is_read_and_then_migrated_with_what_is_in_it(place):
    first_ledger(place)
    assert ledger.read(place, ORG) == Remembered({JIRA: "ems1"})
    assert ledger.sightings(place, ORG, "drift") == {}
    with Ledger.open(place, ORG) as mine:
        mine.remember({JIRA: Applied("ems1", {}, State.ACTIVE)})
    assert ledger.read(place, ORG) == Remembered({JIRA: "ems1"}, {JIRA: Applied("ems1", {}, State.ACTIVE)})


@pytest.mark.parametrize("use", [ledger.read, Ledger.open], ids=["reader", "writer"])
def test_a_ledger_that_is_newer_than_the_tool_is_refused_and_left_as_it_is(place, use):
    Ledger.open(place, ORG).__exit__()
    change(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerNewer, match="is of revision '9999', which this version does not know"):
        use(place, ORG)
    change(place, "UPDATE alembic_version SET version_num = '0003'")
    assert ledger.read(place, ORG) == Remembered()


def test_a_reader_says_so_when_a_ledger_has_lost_its_version(place):
    Ledger.open(place, ORG).__exit__()
    change(place, "DELETE FROM alembic_version")
    with pytest.raises(LedgerError, match="has lost its version"):
        ledger.read(place, ORG)


def test_writers_that_open_a_new_ledger_at_once_migrate_it_once(place):
    with ThreadPoolExecutor(4) as pool:
        for opened in [pool.submit(Ledger.open, place, ORG) for _ in range(4)]:
            opened.result().__exit__()
    with Ledger.open(place, ORG) as mine, mine.transaction() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [REVISIONS[-1]]


def test_nobody_is_kept_out_while_the_migration_tool_is_imported(tmp_path, monkeypatch):
    """On a busy machine that takes longer than another process waits for the right to write."""
    place, importing, free = Place(tmp_path / "ledger.sqlite"), builtins.__import__, []

    def watched(name, *rest):
        if name.startswith("alembic"):
            with closing(sqlite3.connect(place.file, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            free.append(name)
        return importing(name, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "__import__", watched)
        patched.setattr("alembic.command.upgrade", lambda *_: None)
        Ledger.open(place, ORG).__exit__()
    assert free == ["alembic", "alembic.config"]


def test_the_file_and_what_stands_beside_it_are_the_owners_alone(tmp_path):
    place = Place(tmp_path / ".reconciler" / "ledger.sqlite")
    with Ledger.open(place, ORG) as mine:
        mine.bind({JIRA: "ems1"})
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in place.file.parent.iterdir()}
    assert modes == dict.fromkeys(["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"], 0o600)
    assert stat.S_IMODE(place.file.parent.stat().st_mode) == 0o700


def test_a_reader_needs_no_sqlalchemy():
    """Every plan reads; SQLAlchemy and the migration tool would cost it half a second."""
    code = "import sys; from reconciler import ledger; print(*{'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_password_of_a_database_is_in_no_text(tmp_path):
    place = Place(url="postgresql://who:s3cr%40t@127.0.0.1:1/ledger?connect_timeout=1")
    for use in (ledger.read, Ledger.open):
        with pytest.raises(LedgerError) as caught:
            use(place, ORG)
        for text_ in (str(place), repr(place), str(caught.value), caught.value.subject, caught.value.fix):
            assert "s3cr" not in text_
        assert "postgresql://127.0.0.1:1/ledger cannot be used" in str(caught.value)


def test_a_session_that_stands_still_in_a_transaction_of_postgresql_is_ended_for_others(postgres, monkeypatch):
    """A machine that was put to sleep there must not keep everybody out until it wakes up."""
    monkeypatch.setattr(engine, "_OPTIONS", engine._OPTIONS.replace(f"={engine._IDLE}s", "=200ms"))
    place = Place(url=postgres.fresh())
    with Ledger.open(place, ORG) as asleep, Ledger.open(place, ORG) as other:
        with suppress(LedgerError), asleep.transaction() as held:
            held.execute(text("INSERT INTO binding VALUES ('o', 'k', 'n', 'r')"))
            held.execute(text("LOCK TABLE writer"))
            with by_hand(other, Claim("me", "state mv")):
                pass
            held.execute(text("SELECT 1"))
            pytest.fail("it woke up and went on as if nothing had happened")
        assert other.bindings() == {}
