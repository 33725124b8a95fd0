"""Runs at the command line: what is remembered, resuming, locks, history; and what is wrong with a ledger."""

import sqlite3
from contextlib import contextmanager, suppress

import pytest

from reconciler.backends.okta import OktaBackend
from reconciler.core.errors import LeaseLost, RemoteError
from reconciler.core.history import Order
from reconciler.ledger import Place, runs
from reconciler.ledger.store import Ledger

from .conftest import manifest

ORGANISATION = "embedded:.reconciler/okta.sqlite"
APPLY = ("apply", "--gate", "off", "--auto-approve")
USES = (
    ("plan", "--gate", "off"),
    APPLY,
    ("apply", "--gate", "off", "--resume"),
    ("drift",),
    ("import", "--all"),
    ("state", "list"),
    ("state", "locks"),
    ("state", "unlock", "1"),
    ("state", "forget", "McpServer.tools"),
    ("state", "mv", "McpServer.tools", "McpServer.x"),
    ("history",),
    ("history", "verify"),
)
"""Every way in which a command uses the ledger."""


@pytest.fixture
def held(shop):
    """Somebody else is applying."""
    place = Place(shop.root / ".reconciler" / "ledger.sqlite")
    with Ledger.open(place, ORGANISATION) as book:
        holding = runs.begun(book, Order("local", "d", "{}", "somebody@elsewhere"))
        holding.__enter__()
        yield place
        with suppress(LeaseLost):
            holding.__exit__(None, None, None)


def test_what_was_applied_is_listed_and_shown(shop):
    assert shop(*APPLY).code == 0
    assert "McpServer.tools" in shop("state", "list").out
    listed = shop("state", "list", "--format", "json").json["addresses"]["McpServer.tools"]
    assert listed["goal"] == "ACTIVE"
    shown = shop("state", "show", "McpServer.tools", "--format", "json").json
    assert shown["document"]["displayName"] == "Tools"
    assert shown["record"] in shop("state", "show", "McpServer.tools").out


def test_an_address_that_nothing_is_remembered_of_is_a_usage_error(shop):
    said = shop("state", "show", "McpServer.nothing")
    assert said.code == 64
    assert "Nothing is remembered of 'McpServer.nothing'" in said.err


def test_runs_are_listed_shown_and_verified(shop):
    assert "There has been no run yet" in shop("history").out
    assert shop("history", "verify", "--format", "json").json == {
        "lines": 0,
        "holds": True,
        "format_version": "1.0",
    }
    assert shop(*APPLY).code == 0
    assert shop("history", "--format", "json").json["runs"][0]["outcome"] == "done"
    assert "done" in shop("history").out
    shown = shop("history", "show", "1", "--format", "json").json
    requests = [line["request"] for line in shown["lines"] if line["phase"] == "answered"]
    assert requests
    assert all(requests)
    assert requests[0] in shop("history", "show", "1").out
    assert "The history holds" in shop("history", "verify").out
    unknown = shop("history", "show", "9")
    assert (unknown.code, "There is no run 9" in unknown.err) == (64, True)


def test_a_line_that_was_taken_out_of_the_history_is_found(shop):
    assert shop(*APPLY).code == 0
    with sqlite3.connect(shop.root / ".reconciler" / "ledger.sqlite") as other:
        other.execute("DELETE FROM journal WHERE seq = 3")
    other.close()
    said = shop("history", "verify")
    assert said.code == 1
    assert "RUN013" in said.err
    assert "Line 3 is missing" in said.err


def test_an_apply_while_another_one_runs_says_who_holds_the_lock_and_sends_nothing(shop, held, console):
    said = shop(*APPLY)
    assert said.code == 6
    assert "Run 1 of somebody@elsewhere holds the lock since" in said.err
    assert console().servers() == []
    assert shop("plan", "--gate", "off").code == 0
    assert shop(*APPLY, "--lock-timeout", "0.01").code == 6
    assert "somebody@elsewhere" in shop("state", "locks").out
    [lock] = shop("state", "locks", "--format", "json").json["locks"]
    assert shop("state", "unlock", str(lock["fence"] + 1)).code == 64
    assert shop("state", "unlock", str(lock["fence"])).code == 0
    assert "Nobody is writing" in shop("state", "locks").out
    assert shop(*APPLY).code == 0


@pytest.mark.parametrize("words", [("mv", "McpServer.tools", "McpServer.x"), ("forget", "McpServer.tools")])
def test_what_a_run_is_writing_is_not_changed_by_hand(shop, words):
    assert shop(*APPLY).code == 0
    before = shop("state", "list").out
    place = Place(shop.root / ".reconciler" / "ledger.sqlite")
    with Ledger.open(place, ORGANISATION) as book, runs.begun(book, Order("local", "d", "{}", "somebody@elsewhere")):
        for more in ((), ("--lock-timeout", "0.01")):
            said = shop("state", *words, *more)
            assert (said.code, "somebody@elsewhere holds the lock" in said.err) == (6, True)
    assert shop("state", "list").out == before
    assert shop("state", *words).code == 0
    assert shop("history", "verify").code == 0


@contextmanager
def refusing_bbb(monkeypatch):
    """An organisation that does not take one of two servers, for as long as the block lasts."""
    create = OktaBackend.create

    def refusing(self, kind, document):
        if "bbb" in document["resourceUrl"]:
            raise RemoteError("gone for a moment")
        return create(self, kind, document)

    with monkeypatch.context() as patched:
        patched.setattr(OktaBackend, "create", refusing)
        yield


def test_a_run_that_failed_in_part_prints_the_command_that_resumes_it_and_that_command_does_the_rest(
    shop, console, monkeypatch
):
    shop.write(manifest("aaa") + "---\n" + manifest("bbb"))
    with refusing_bbb(monkeypatch):
        said = shop(*APPLY)
    assert said.code == 7
    assert "To go on with what is left: reconciler apply --resume 1" in said.out
    again = shop("apply", "--resume", "1", "--gate", "off")
    assert (again.code, "Run 1 goes on: of 4 steps, 2 done." in again.out) == (0, True)
    assert sorted(console().statuses().values()) == ["ACTIVE", "ACTIVE"]


def test_a_run_is_not_resumed_once_what_it_is_about_was_moved_by_hand_and_a_new_plan_does_the_rest(
    shop, console, monkeypatch
):
    shop.write(manifest("aaa") + "---\n" + manifest("bbb"))
    with refusing_bbb(monkeypatch):
        assert shop(*APPLY).code == 7
    assert shop("state", "mv", "McpServer.aaa", "McpServer.ccc").code == 0
    for _ in range(2):
        said = shop("apply", "--resume", "--gate", "off")
        assert (said.code, "McpServer.aaa was changed by hand (state mv) since run 1 began" in said.err) == (4, True)
    assert list(console().statuses()) == ["https://aaa.mcp.test/mcp"]
    renamed = manifest("aaa").replace(
        "kind: McpServer\nmetadata: {name: aaa}", "kind: McpServer\nmetadata: {name: ccc}"
    )
    shop.write(renamed + "---\n" + manifest("bbb"))
    assert shop(*APPLY).code == 0
    assert list(shop("state", "list", "--format", "json").json["addresses"]) == ["McpServer.bbb", "McpServer.ccc"]
    assert len(console().statuses()) == 2


def test_a_run_that_is_complete_or_unknown_cannot_be_resumed(shop):
    assert shop("apply", "--resume").code == 64
    assert shop(*APPLY).code == 0
    over, unknown, word = (shop("apply", "--resume", *rest) for rest in ((), ("9",), ("nine",)))
    assert (over.code, "Run 1 is complete" in over.err) == (4, True)
    assert (unknown.code, "There is no run 9" in unknown.err) == (64, True)
    assert word.code == 64
    assert shop("apply", "plan.json", "--resume", "1").code == 64


def test_an_apply_without_anything_to_do_makes_no_run(shop):
    assert shop(*APPLY).code == 0
    assert shop(*APPLY).code == 0
    assert len(shop("history", "--format", "json").json["runs"]) == 1


@pytest.mark.parametrize("damage", [b"no database at all, and long enough " * 40, "cut"], ids=["garbage", "cut off"])
def test_a_damaged_ledger_is_a_sentence_and_nothing_is_sent(shop, damage, console):
    assert shop(*APPLY).code == 0
    file = shop.root / ".reconciler" / "ledger.sqlite"
    file.write_bytes(file.read_bytes()[:5000] if damage == "cut" else damage)
    shop.write(manifest(title="New"))
    before, broken = console().servers(), file.read_bytes()
    for command in USES:
        said = shop(*command)
        assert said.code == 1
        assert "RUN011" in said.err
        assert "Move the file away" in said.err
    assert (console().servers(), file.read_bytes()) == (before, broken)


def test_a_ledger_of_a_newer_version_is_refused_with_a_sentence_and_stays_as_it_is(shop):
    assert shop(*APPLY).code == 0
    with sqlite3.connect(shop.root / ".reconciler" / "ledger.sqlite") as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    newer = (shop.root / ".reconciler" / "ledger.sqlite").read_bytes()
    for command in USES:
        said = shop(*command)
        assert (said.code, "RUN012" in said.err) == (1, True)
    assert (shop.root / ".reconciler" / "ledger.sqlite").read_bytes() == newer


def test_losing_the_ledger_loses_no_object(shop, console):
    assert shop(*APPLY).code == 0
    before = console().servers()
    for file in (shop.root / ".reconciler").glob("ledger.sqlite*"):
        file.unlink()
    said = shop(*APPLY)
    assert said.code == 0
    assert console().servers() == before
    assert "McpServer.tools" in shop("state", "list").out


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://db.example.com/x", "does not begin with postgresql://"),
        ("postgresql://db.example.com", "names no database"),
        ("postgresql://me:hush@db.example.com/x", "carries a password"),
        ("postgresql://[::1/x", "is no URL"),
    ],
)
def test_an_address_of_a_ledger_that_is_none_is_named_and_a_password_is_not_repeated(shop, url, words):
    shop.configure(f"ledger: {{url: '{url}'}}\n")
    said = shop("plan")
    assert (said.code, words in said.err, "hush" in said.err + said.out) == (3, True, False)


def test_a_reference_to_the_ledgers_address_is_resolved_and_what_is_wrong_with_it_is_told_without_it(shop, monkeypatch):
    shop.configure("ledger: {url: {fromEnv: LEDGER}}\n")
    assert "environment variable LEDGER is not set" in shop("plan").err
    monkeypatch.setenv("LEDGER", "mysql://me:hush@db/x")
    said = shop("plan")
    assert (said.code, "hush" in said.err) == (3, False)
    monkeypatch.setenv("LEDGER", "postgresql://me:hush@127.0.0.1:1/x")
    said = shop("plan")
    assert (said.code, "hush" in said.err, "postgresql://127.0.0.1:1/x cannot be used" in said.err) == (1, False, True)
