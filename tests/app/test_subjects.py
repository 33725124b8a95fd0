"""What the readiness checks are told of the client that Okta is at an authorization server."""

from reconciler.app import subjects
from reconciler.app.workspace import open_workspace, validate
from reconciler.core.address import Address
from tests.app.test_reading import REGISTRATION, SERVERS


def registration(root, text):
    (root / "registry.d").mkdir()
    (root / "registry.d" / "all.yaml").write_text(text, encoding="utf-8")
    workspace = open_workspace(root, None)
    [job] = subjects.of(workspace, validate(workspace), [Address("McpServer", "jira")], None)
    [declared] = job.target.servers
    return declared.registration


def test_a_client_registration_is_a_fact_of_the_checks(tmp_path):
    found = registration(tmp_path, SERVERS + REGISTRATION)
    assert (found.client_id, found.secret, found.all_scopes, found.elsewhere) == ("client-1", True, True, False)


def test_scopes_that_are_listed_are_told(tmp_path):
    found = registration(tmp_path, SERVERS + REGISTRATION.replace("clientId", "scopes: [read], clientId"))
    assert (found.scopes, found.all_scopes) == (("read",), False)


def test_where_no_manifest_says_it_nothing_is_known_and_nothing_is_held_against_anybody(tmp_path):
    gone = REGISTRATION.replace("{name: jira}", "{name: jira, state: absent}")
    assert registration(tmp_path, SERVERS + gone).elsewhere
