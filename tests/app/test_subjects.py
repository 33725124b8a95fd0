"""What the readiness checks are told of an authorization server, and of the client that Okta is there."""

import re

from reconciler import app
from reconciler.app import subjects
from reconciler.app.workspace import open_workspace, validate
from reconciler.core.address import Address
from reconciler.kinds import KINDS
from reconciler.manifests import spec_schema
from reconciler.oauth import CHECKS
from tests.app.test_reading import REGISTRATION, SERVERS


def declared(root, text):
    (root / "registry.d").mkdir()
    (root / "registry.d" / "all.yaml").write_text(text, encoding="utf-8")
    workspace = open_workspace(root, None)
    [job] = subjects.of(workspace, validate(workspace), [Address("McpServer", "jira")], None)
    [server] = job.target.servers
    return server


def registration(root, text):
    return declared(root, text).registration


def test_a_client_registration_is_a_fact_of_the_checks(tmp_path):
    found = registration(tmp_path, SERVERS + REGISTRATION)
    assert (found.client_id, found.secret, found.all_scopes, found.elsewhere) == ("client-1", True, True, False)


def test_scopes_that_are_listed_are_told(tmp_path):
    found = registration(tmp_path, SERVERS + REGISTRATION.replace("clientId", "scopes: [read], clientId"))
    assert (found.scopes, found.all_scopes) == (("read",), False)


def test_where_no_manifest_says_it_nothing_is_known_and_nothing_is_held_against_anybody(tmp_path):
    gone = REGISTRATION.replace("{name: jira}", "{name: jira, state: absent}")
    assert registration(tmp_path, SERVERS + gone).elsewhere


FACTS = """oauth: {pkce: asserted, resourceParameter: omit, issuerMatch: "pinned:https://b.example.com",
    acceptJson: true, source: by hand, reviewBy: 2030-01-31}"""


def test_facts_that_an_author_looked_up_reach_the_checks(tmp_path):
    static = declared(tmp_path, SERVERS.replace("type: external", f"type: external\n  {FACTS}") + REGISTRATION).static
    assert (static.pkce, static.resource_parameter, static.accept_json) == ("asserted", "omit", True)
    assert static.issuer_match == "pinned:https://b.example.com"


def test_each_fact_that_a_fix_asks_for_can_be_written():
    fixes = [check.fix for check in CHECKS.values()] + [rule.fix for rule in app.rules().values()]
    asked = {name for fix in fixes for name in re.findall(r"oauth\.(\w+)", fix)}
    known = spec_schema(KINDS["AuthorizationServer"])["$defs"]["StaticOAuth"]["properties"].keys()
    assert {"pkce", "resourceParameter", "issuerMatch", "acceptJson"} <= asked <= known
