"""An MCP server as OAuth client on the embedded organisation: its keys are known from one run to the next."""

import pytest

from reconciler.app.workspace import open_workspace
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
