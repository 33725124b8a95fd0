"""An MCP server as OAuth client on the embedded organisation: its keys are known from one run to the next."""

import pytest

from reconciler.app import drifting
from reconciler.app.applying import Limits, apply
from reconciler.app.workspace import open_workspace
from reconciler.core.drift import Cause
from reconciler.core.errors import KeyOutOfReach
from reconciler.kinds.mcp_oauth_client.spec import thumbprint_of
from reconciler.ledger.notebook import LedgerNotebook
from tests.app.test_agents import AGENTS, BASE, EXTERNAL, GONE, SERVER, URL, Story
from tests.support.build import EC_KEYS

LINKS = "/workload-principals/api/v1/delegation-links"
AGENT = """\
---
apiVersion: reconciler/v1
kind: AiAgent
metadata: {name: support}
spec: {profileName: Support assistant}
"""
CLIENT = """\
---
apiVersion: reconciler/v1
kind: McpOAuthClient
metadata: {name: jira%s}
spec: {mcpServer: jira, keys: [%s]}
"""
LINK = """\
---
apiVersion: reconciler/v1
kind: DelegationLink
metadata: {name: support-jira%s}
spec: {from: {agent: support}, to: jira}
"""


def key(number):
    x, y = EC_KEYS[number]
    return f"{{publicKey: {{kid: key-{number}, kty: EC, crv: P-256, x: {x}, y: {y}}}}}"


def text(*numbers, gone="", server=SERVER % URL):
    return EXTERNAL + server + AGENT + CLIENT % (gone, ", ".join(map(key, numbers))) + LINK % gone


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def noted(story):
    workspace = open_workspace(story.root, None)
    notebook = LedgerNotebook(workspace.ledger, workspace.target.organisation)
    [server] = story.look(f"{BASE}/mcp-servers")
    client = server.get("oauthClient", {}).get("clientId", "wlpNone")
    return {
        kid: each["status"]
        for kid, each in notebook.noted(("McpOAuthClient", f"{server['id']}/{client}")).get("keys", {}).items()
    }


def test_a_client_is_made_linked_renewed_and_removed_and_each_next_plan_is_empty(story):
    story.apply(text(0))
    [server] = story.look(f"{BASE}/mcp-servers")
    [agent] = story.look(AGENTS)
    [link] = story.look(LINKS)
    assert link["to"]["resourceOrn"] == server["oauthClient"]["orn"]
    assert link["from"]["clientOrn"] == agent["orn"]
    assert (noted(story), story.plan(text(0)).steps) == ({"key-0": "ACTIVE"}, ())
    plan = story.apply(text(0, 1))
    assert [".".join(field.path) for change in plan.changes for field in change.fields] == ["keys.key-1"]
    story.apply(text(1))
    assert (noted(story), story.plan(text(1)).steps) == ({"key-1": "ACTIVE"}, ())
    gone = SERVER.replace("{name: jira}", "{name: jira, state: absent}") % URL
    story.apply(text(1, gone=GONE, server=gone), allow_delete=-1)
    assert (story.look(f"{BASE}/mcp-servers"), story.look(LINKS)) == ([], [])


def test_when_the_memory_is_lost_keys_are_found_to_be_there_and_a_plan_says_which_it_knows_again(story):
    story.apply(text(0))
    for file in (story.root / ".reconciler").glob("ledger*"):
        file.unlink()
    plan = story.apply(text(0))
    assert [".".join(field.path) for change in plan.changes for field in change.fields] == ["keys.key-0"]
    assert story.plan(text(0)).steps == ()


def listing(story):
    """From now on the organisation lists the keys of clients."""
    target = "{target: {type: embedded, switches: {mcp-keys: listed}}}"
    settings = f"apiVersion: reconciler/v1\ndefaultEnvironment: local\nenvironments: {{local: {target}}}\n"
    (story.root / "reconciler.yaml").write_text(settings, encoding="utf-8")


def home(story):
    [server] = story.look(f"{BASE}/mcp-servers")
    return f"/workload-principals/api/v1/mcp-servers/{server['id']}/credentials/jwks"


def test_a_key_that_was_deactivated_in_the_console_is_drift_where_keys_are_listed(story):
    listing(story)
    story.apply(text(0, 1))
    keys = home(story)
    [one] = [each["id"] for each in story.look(keys) if each["kid"] == "key-1"]
    with story.console() as http:
        http.post(f"{keys}/{one}/lifecycle/deactivate").raise_for_status()
    found = drifting.look(open_workspace(story.root, None), drifting.Looking(actors=False))
    [judged] = found.alarms
    assert judged.difference.path == "McpOAuthClient.jira.keys.key-1.state"
    assert (judged.difference.live, judged.difference.cause) == ("INACTIVE", Cause.ORGANISATION)
    story.apply(text(0, 1))
    assert {each["kid"]: each["status"] for each in story.look(keys)} == {"key-0": "ACTIVE", "key-1": "ACTIVE"}
    assert story.plan(text(0, 1)).steps == ()


def test_a_key_whose_registration_was_lost_is_removed_once_a_person_has_seen_to_it(story):
    """The notebook as a run leaves it that was cut off between the request and its answer."""
    story.apply(text(0))
    keys = home(story)
    x, y = EC_KEYS[1]
    jwk = {"kid": "key-1", "kty": "EC", "crv": "P-256", "x": x, "y": y}
    with story.console() as http:
        lost = http.post(keys, json=jwk).json()["id"]
    workspace = open_workspace(story.root, None)
    notebook = LedgerNotebook(workspace.ledger, workspace.target.organisation)
    [server] = story.look(f"{BASE}/mcp-servers")
    about = ("McpOAuthClient", f"{server['id']}/{server['oauthClient']['clientId']}")
    in_doubt = {"id": "", "status": "UNKNOWN", "thumbprint": thumbprint_of(jwk), "jwk": jwk, "sent": ["ACTIVE"]}
    notebook.note(about, {"keys": {**notebook.noted(about)["keys"], "key-1": in_doubt}})
    assert story.plan(text(0, 1)).problems == (), "manifest and organisation do not contradict each other about it"
    plan = story.plan(text(0))
    assert [".".join(field.path) for change in plan.changes for field in change.fields] == ["keys.key-1"]
    results = list(apply(open_workspace(story.root, None), plan, Limits()))
    [error] = [result.error for result in results if result.error]
    assert isinstance(error, KeyOutOfReach)
    assert (error.diagnostic.code, "'key-1'" in error.detail) == ("RUN092", True)
    with story.console() as http:
        http.post(f"{keys}/{lost}/lifecycle/deactivate").raise_for_status()
        http.delete(f"{keys}/{lost}").raise_for_status()
    story.apply(text(0))
    assert (noted(story), story.plan(text(0)).steps) == ({"key-0": "ACTIVE"}, ())
    listing(story)
    assert [each["kid"] for each in story.look(keys)] == ["key-0"]
