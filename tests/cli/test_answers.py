"""Every command that prints JSON prints what a published schema says, and formats.md says which one that is."""

import json
import re
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.core.errors import LeaseLost
from reconciler.core.history import Order
from reconciler.ledger import Place, runs
from reconciler.ledger.store import Ledger
from tests.support.judges import OTHERWISE

from .conftest import FOR_PEOPLE, commands, manifest

ROOT = Path(__file__).parents[2]
SETTINGS = """\
apiVersion: reconciler/v1
defaultEnvironment: staging
environments:
  staging: {target: {type: embedded}, variables: {title: Tools}}
  production: {target: {type: embedded, state: .reconciler/production.sqlite}, variables: {title: All tools}}
"""
POLICY = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {name: titled}
spec: {title: T, severity: warning, kinds: [McpServer], require: "object.spec.displayName != ''", message: It has none.}
cases: [{name: fine, expect: pass, given: {metadata: {name: a}, spec: {displayName: x, resourceUrl: "https://a.test"}}}]
---
apiVersion: reconciler/v1
kind: Waiver
metadata: {name: later}
spec: {policy: titled, subjects: [McpServer.tools], owner: o@example.com, reason: r, expires: 2099-01-01}
"""
SAID = [
    *("init", "validate", "plan --out p.json", "show p.json", "apply p.json", "promote --from staging --to production"),
    *("probe --tier 0", "graph", "explain RUN004", "schema", "version", "fmt --check", "export", "import --all"),
    *("drift", "policy list", "policy explain titled", "policy test", "state list", "state show McpServer.tools"),
    "drift accept McpServer.tools.displayName --owner o@example.com --reason r --expires 90d",
    *("state mv McpServer.tools McpServer.x", "state forget McpServer.x"),
    *("history", "history show 1", "history verify"),
]


@pytest.fixture
def said(shop, console):
    """A project in which every command has been given once."""
    shop.configure(SETTINGS)
    shop.write(manifest(title="${var.title}"))
    (shop.root / "policies").mkdir()
    (shop.root / "policies" / "titled.yaml").write_text(POLICY)
    for words in SAID:
        if words == "drift":
            console().edit(displayName="Somebody's")
        assert shop(*words.split(), "--format", "json").code in {0, 2}, words
    place = Place(shop.root / ".reconciler" / "ledger.sqlite")
    organisation = "embedded:.reconciler/okta.sqlite"
    with suppress(LeaseLost), Ledger.open(place, organisation) as book, runs.begun(book, Order("s", "d", "{}", "me")):
        [lock] = shop("state", "locks", "--format", "json").json["locks"]
        assert shop("state", "unlock", str(lock["fence"]), "--format", "json").code == 0
    return shop


def expected():
    """The schema of each command."""
    found = {"-".join(words) for words in commands() if words[0] not in FOR_PEOPLE}
    return {OTHERWISE.get(name, name) for name in found}


def test_the_answer_of_every_command_is_what_its_schema_says_and_no_more(said):
    assert set(said.answered) == expected()


def test_a_run_is_shown_with_all_that_the_journal_says_of_it(said):
    with sqlite3.connect(said.root / ".reconciler" / "ledger.sqlite") as other:
        lines = [json.loads(body) for (body,) in other.execute("SELECT body FROM journal WHERE run = 1 ORDER BY seq")]
        by_hand = [json.loads(body) for (body,) in other.execute("SELECT body FROM journal WHERE run = 0")]
    other.close()
    assert said("history", "show", "1", "--format", "json").json["lines"] == lines
    assert len(by_hand) == 3
    assert said("history", "--format", "json").json["by_hand"] == by_hand[::-1]


def test_the_page_of_formats_names_every_schema_that_a_command_prints():
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\((?:\.\./)+schemas/([a-z-]+)\.schema\.json\)", page))
    assert named == expected() | {"event", "error"}
    for name in named:
        assert (ROOT / "schemas" / f"{name}.schema.json").exists()
