"""Clients, agents' connections and what they lean on are described from what is live, and the plan of that is empty."""

import pytest

from reconciler.app import adopting, planning
from reconciler.app.workspace import open_workspace
from tests.app.test_agents import Story, everything


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
