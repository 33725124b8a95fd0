"""Clients, agents' connections and what they lean on are described from what is live, and the plan of that is empty."""

import copy
import shutil

import pytest

from reconciler.app import adopting, planning
from reconciler.app.workspace import open_workspace
from reconciler.core.errors import NotAdopted
from tests.app.test_agents import EXTERNAL, SERVER, URL, Story, everything


@pytest.fixture
def story(tmp_path, monkeypatch):
    """The whole way of an agent, applied; then manifests and memory are lost."""
    monkeypatch.setenv("JIRA_CLIENT_SECRET", "s3cr3t-of-the-client")
    made = Story(tmp_path)
    made.apply(everything())
    (tmp_path / "registry.d" / "all.yaml").unlink()
    for file in (tmp_path / ".reconciler").glob("ledger*"):
        file.unlink()
    return made


def imported(root, *named):
    workspace = open_workspace(root, None)
    wish = adopting.Wish(tuple(adopting.Named(each) for each in named), everything=not named)
    prepared = adopting.propose(workspace, wish, adopting.Placing())
    adopting.write(workspace, prepared)
    return {str(each.address): each.spec for each in prepared.proposal.documents}, prepared.proposal.notes


def test_everything_around_an_agent_is_described_and_the_plan_is_empty(story):
    specs, notes = imported(story.root)
    assert notes == ()
    assert specs["ClientRegistration.jira"] == {
        "mcpServer": "jira-example-com-mcp",
        "authorizationServer": "idp-example-com",
        "clientId": specs["ClientRegistration.jira"]["clientId"],
        "clientSecret": {"fromEnv": "CLIENT_SECRET_JIRA"},
        "scopes": ["read"],
        "displayName": "jira",
    }
    assert specs["AgentConnection.support-assistant-jira"]["clientRegistration"] == "jira"
    assert specs["AgentConnection.support-assistant-agents-jira-example-com-mcp"] == {
        "type": "IDENTITY_ASSERTION_MCP_SERVER",
        "agent": "support-assistant",
        "authorizationServer": "agents",
        "mcpServer": "jira-example-com-mcp",
    }
    plan = planning.plan(open_workspace(story.root, None)).plan
    assert plan.problems == ()
    assert plan.effective == ()


def test_one_connection_brings_what_it_needs(story):
    [connection] = [each for each in story.look("/workload-principals/api/v1/ai-agents") if each]
    agent = connection["id"]
    [sts] = [
        each["id"]
        for each in story.look(f"/workload-principals/api/v1/ai-agents/{agent}/connections")
        if each["connectionType"] == "STS_ACCESS_TOKEN"
    ]
    specs, _ = imported(story.root, f"{agent}/{sts}")
    assert {address.partition(".")[0] for address in specs} == {
        "AiAgent",
        "AgentConnection",
        "ClientRegistration",
        "McpServer",
        "AuthorizationServer",
    }
    assert planning.plan(open_workspace(story.root, None)).plan.effective == ()


def test_an_app_is_described_only_when_it_is_asked_for(story):
    [app] = [each["id"] for each in story.look("/api/v1/apps") if each["label"] == "Jira for agents"]
    specs, _ = imported(story.root, app)
    assert specs == {
        "ClientApp.jira-for-agents": {
            "label": "Jira for agents",
            "redirectUris": ["https://embedded.okta.invalid/oauth2/v1/sts/callback"],
            "pkceRequired": True,
        }
    }
    assert planning.plan(open_workspace(story.root, None)).plan.effective == ()


WIKI, JIRA = "wiki-example-com-mcp", "jira-example-com-mcp"
LINKS = "/workload-principals/api/v1/delegation-links"
BESIDE = SERVER.replace("jira", "wiki") % "https://wiki.example.com/mcp"
CLIENT = """\
---
apiVersion: reconciler/v1
kind: McpOAuthClient
metadata: {name: %s}
spec: {mcpServer: %s}
"""
LINK = """\
---
apiVersion: reconciler/v1
kind: DelegationLink
metadata: {name: wiki-jira}
spec: {from: {oauthClient: wiki}, to: jira}
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """Jira may exchange the tokens of the wiki, another MCP server; nothing describes either any more."""
    made = Story(tmp_path_factory.mktemp("linked"))
    made.apply(EXTERNAL + SERVER % URL + BESIDE + CLIENT % ("wiki", "wiki") + CLIENT % ("jira", "jira") + LINK)
    (made.root / "registry.d" / "all.yaml").unlink()
    for file in (made.root / ".reconciler").glob("ledger*"):
        file.unlink()
    return made


@pytest.fixture
def linked(origin, tmp_path):
    made = copy.copy(origin)
    made.root = tmp_path / "copy"
    shutil.copytree(origin.root, made.root)
    return made


def test_a_link_that_belongs_to_another_server_is_imported_with_names_and_the_plan_is_empty(linked):
    [link] = linked.look(LINKS)
    specs, notes = imported(linked.root, link["id"])
    assert notes == ()
    [(_, spec)] = [(address, spec) for address, spec in specs.items() if address.startswith("DelegationLink")]
    assert spec == {"from": {"oauthClient": WIKI}, "to": JIRA}
    assert {a for a in specs if a.startswith("Mcp")} == {
        f"{k}.{n}" for k in ("McpOAuthClient", "McpServer") for n in (JIRA, WIKI)
    }
    plan = planning.plan(open_workspace(linked.root, None)).plan
    assert (plan.problems, plan.effective) == ((), ())


def meddle(linked, statement):
    """Something becomes otherwise that no call of the API makes so."""
    with linked.console() as http, http._transport.app.organisation.store.write() as db:
        db.execute(statement)


def bare_wiki(linked):
    """The wiki loses its authorization servers, so that no manifest can describe it."""
    meddle(
        linked,
        "DELETE FROM attachments WHERE server_id IN (SELECT id FROM mcp_servers WHERE resource_url LIKE '%wiki%')",
    )


def test_a_link_to_what_cannot_be_described_is_left_out_with_the_reason_and_never_with_an_id(linked):
    bare_wiki(linked)
    specs, notes = imported(linked.root)
    told = [(note.code, note.subject, note.detail, note.is_error) for note in notes]
    needs = "It needs what has no document: {} is left out."
    assert told[0][:2] == ("ADP011", f"McpServer.{WIKI}")
    assert told[1:] == [
        ("ADP013", f"McpOAuthClient.{WIKI}", needs.format(f"McpServer.{WIKI}"), False),
        ("ADP013", f"DelegationLink.{WIKI}-{JIRA}", needs.format(f"McpOAuthClient.{WIKI}"), False),
    ]
    assert sorted(a for a in specs if not a.startswith("Auth")) == [f"McpOAuthClient.{JIRA}", f"McpServer.{JIRA}"]
    assert planning.plan(open_workspace(linked.root, None)).plan.effective == ()


def test_what_was_asked_for_and_leans_on_what_cannot_be_described_is_an_error(linked):
    bare_wiki(linked)
    [link] = linked.look(LINKS)
    with pytest.raises(NotAdopted) as raised:
        imported(linked.root, link["id"])
    assert [each.code for each in raised.value.diagnostics] == ["ADP011", "ADP013", "ADP013"]
    assert all(each.is_error for each in raised.value.diagnostics)
    assert not list((linked.root / "registry.d").rglob("*.yaml"))


def test_a_link_from_a_client_that_is_gone_is_told_as_such(linked):
    meddle(linked, "UPDATE mcp_servers SET oauth_client=NULL WHERE resource_url LIKE '%wiki%'")
    specs, notes = imported(linked.root)
    assert not [address for address in specs if address.startswith("DelegationLink")]
    [told] = [note for note in notes if note.code == "ADP013"]
    assert "is not there or was not read" in told.detail
    assert told.detail.startswith("It needs what has no document: McpOAuthClient wlp")
