"""What an organisation says once is kept, on both databases, from run to run and apart for each organisation."""

from reconciler.ledger.notebook import LedgerNotebook
from reconciler.ledger.store import Ledger
from tests.ledger.tampering import change

ORG = "https://one.okta.com"
JIRA = ("McpOAuthClient", "ems1/wlp1")


def test_what_was_noted_last_is_what_is_known_and_nobody_else_knows_it(place):
    notebook = LedgerNotebook(place, ORG)
    assert notebook.noted(JIRA) == {}, "there is no ledger yet"
    notebook.note(JIRA, {"keys": {"a": {"id": "pks1"}}})
    notebook.note(JIRA, {"keys": {"ü": {"id": "pks2"}}})
    assert LedgerNotebook(place, ORG).noted(JIRA) == {"keys": {"ü": {"id": "pks2"}}}
    assert LedgerNotebook(place, "https://two.okta.com").noted(JIRA) == {}
    assert notebook.noted(("McpOAuthClient", "ems1/wlp2")) == {}
    notebook.note(JIRA, {})
    assert notebook.noted(JIRA) == {}


def test_a_ledger_from_before_there_were_notes_holds_none_until_the_first_is_written(place):
    Ledger.open(place, ORG).__exit__()
    change(place, "ALTER TABLE seen DROP COLUMN settled")
    change(place, "DROP TABLE note")
    change(place, "UPDATE alembic_version SET version_num = '0002'")
    notebook = LedgerNotebook(place, ORG)
    assert notebook.noted(JIRA) == {}
    notebook.note(JIRA, {"keys": {}})
    assert notebook.noted(JIRA) == {"keys": {}}
