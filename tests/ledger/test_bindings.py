"""What is remembered between runs, and what reading and writing it may never do."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from reconciler.core.address import Address
from reconciler.core.errors import ReconcilerError
from reconciler.ledger import Place, door, read_bindings
from reconciler.ledger.store import Ledger

JIRA, AGENTS = Address("McpServer", "jira"), Address("AuthorizationServer", "agents")
ORG, OTHER = "https://one.okta.com", "https://two.okta.com"


@pytest.fixture
def file(tmp_path):
    return tmp_path / ".reconciler" / "ledger.sqlite"


def bind(file, records, organisation=ORG):
    with Ledger.open(file, organisation) as ledger:
        ledger.bind(records)


def test_what_was_bound_is_remembered_by_the_next_run(file):
    bind(file, {JIRA: "ems1", AGENTS: "aus1"})
    assert read_bindings(file, ORG) == {JIRA: "ems1", AGENTS: "aus1"}
    with Ledger.open(file, ORG) as ledger:
        assert ledger.bindings() == {JIRA: "ems1", AGENTS: "aus1"}


def test_an_address_is_bound_to_one_object_the_last(file):
    bind(file, {JIRA: "ems1", AGENTS: "aus1"})
    bind(file, {JIRA: "ems2"})
    assert read_bindings(file, ORG) == {JIRA: "ems2", AGENTS: "aus1"}


def test_binding_nothing_is_fine(file):
    bind(file, {})
    assert read_bindings(file, ORG) == {}


def test_two_organisations_in_one_file_know_nothing_of_each_other(file):
    bind(file, {JIRA: "ems1"})
    bind(file, {JIRA: "ems9", AGENTS: "aus9"}, OTHER)
    with Ledger.open(file, OTHER) as ledger:
        ledger.release(JIRA, "ems9")
    assert read_bindings(file, ORG) == {JIRA: "ems1"}
    assert read_bindings(file, OTHER) == {AGENTS: "aus9"}


def test_an_address_is_released_only_while_it_is_still_that_object(file):
    """A replace binds the new object before the old one is deleted; the late delete must not forget the new one."""
    bind(file, {JIRA: "new"})
    with Ledger.open(file, ORG) as ledger:
        ledger.release(JIRA, "old")
        assert ledger.bindings() == {JIRA: "new"}
        ledger.release(JIRA, "new")
        assert ledger.bindings() == {}
        ledger.release(JIRA, "new")


def test_reading_never_makes_a_file(file):
    assert read_bindings(file, ORG) == {}
    assert not file.exists()
    assert not file.parent.exists()


def test_reading_never_changes_a_file(file):
    file.parent.mkdir()
    file.touch()
    assert read_bindings(file, ORG) == {}
    assert file.read_bytes() == b""
    file.unlink()
    bind(file, {JIRA: "ems1"})
    before = file.read_bytes()
    read_bindings(file, ORG)
    assert file.read_bytes() == before


def test_a_file_of_another_program_holds_nothing_of_ours(file):
    file.parent.mkdir()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE song(title)")
    other.close()
    assert read_bindings(file, ORG) == {}


@pytest.mark.parametrize("use", [read_bindings, Ledger.open], ids=["read", "write"])
def test_a_damaged_ledger_says_which_file_and_what_to_do(file, use):
    file.parent.mkdir()
    file.write_bytes(b"this is no database, and long enough to be taken for one" * 20)
    with pytest.raises(ReconcilerError, match=r"ledger\.sqlite cannot be used") as caught:
        use(file, ORG)
    assert caught.value.diagnostic.fix.startswith("Move the file away")
    assert caught.value.subject == str(file)


def test_a_reader_that_is_kept_out_says_so_and_does_not_look_at_what_is_half_written(file, monkeypatch):
    monkeypatch.setattr(door, "_BUSY_SECONDS", 0.01)
    bind(file, {JIRA: "ems1"})
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")  # as a file is before its first writer has set it up
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ReconcilerError, match="database is locked") as caught:
            read_bindings(file, ORG)
    assert "let it finish" in caught.value.diagnostic.fix


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("database is locked", "Another process is writing"),
        ("database or disk is full", "Make room"),
        ("attempt to write a readonly database", "make it writable"),
        ("file is not a database", "Move the file away"),
    ],
)
def test_what_is_wrong_with_a_ledger_has_the_advice_that_mends_it(tmp_path, reason, fix):
    """A file that is sound must not be moved away because a disk is full: the run in it could not be resumed."""
    assert fix in Place(tmp_path / "ledger.sqlite").unusable(sqlite3.OperationalError(reason)).diagnostic.fix


def test_a_ledger_in_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder is needed")
    with pytest.raises(ReconcilerError, match="cannot be used"):
        Ledger.open(tmp_path / "taken" / "ledger.sqlite", ORG)


def test_a_ledger_that_goes_bad_under_a_run_is_an_error_of_ours(file):
    with Ledger.open(file, ORG) as ledger:
        with sqlite3.connect(file) as other:
            other.execute("DROP TABLE binding")
        other.close()
        for use in (ledger.bindings, lambda: ledger.bind({JIRA: "x"}), lambda: ledger.release(JIRA, "x")):
            with pytest.raises(ReconcilerError, match="no such table"):
                use()


WRITER = """
import sys
from pathlib import Path
from reconciler.core.address import Address
from reconciler.ledger.store import Ledger

me = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    with Ledger.open(Path(sys.argv[1]), "org") as ledger:
        ledger.bind({Address("McpServer", f"{me}-{number}"): f"ems-{me}-{number}", Address("McpServer", "shared"): me})
        if number % 2:
            ledger.release(Address("McpServer", f"{me}-{number}"), f"ems-{me}-{number}")
"""


def test_processes_that_write_at_once_lose_nothing_of_each_other(file):
    """All start on one line, so that also making the tables happens at the same time."""
    names = ["a", "b", "c"]
    command = [sys.executable, "-c", WRITER, str(file)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    writers = [subprocess.Popen([*command, name], text=True, **pipes) for name in names]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    errors = [writer.communicate(timeout=120)[1] for writer in writers]
    assert errors == ["", "", ""]
    bound = dict(read_bindings(file, "org"))
    assert bound.pop(Address("McpServer", "shared")) in names
    assert bound == {
        Address("McpServer", f"{name}-{number}"): f"ems-{name}-{number}" for name in names for number in range(0, 25, 2)
    }
