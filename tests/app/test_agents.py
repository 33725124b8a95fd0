"""The whole way of an agent to an MCP server, on the embedded organisation, from its registration to its end."""

from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.app import fingerprints, organisations, planning
from reconciler.app.applying import Limits, apply
from reconciler.app.workspace import open_workspace
from reconciler.core.errors import SecretUnavailable
from reconciler.core.plan import Action
from reconciler.core.remembered import Applied
from reconciler.core.veil import VEIL
from reconciler.emulator.settings import DEFAULT_API_TOKEN
from reconciler.ledger.store import Ledger
from tests.support.documents import external

BASE = "/resource-servers/api/v1"
AGENTS = "/workload-principals/api/v1/ai-agents"
_OKTA = """\
---
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: agents}
spec:
  type: okta
  displayName: Agents
  audience: api://agents
  accessPolicies:
    - {name: agents, rules: [{name: all, grantTypes: ["urn:ietf:params:oauth:grant-type:jwt-bearer"]}]}
"""
EXTERNAL = external("idp", "https://idp.example.com") + _OKTA
SERVER = """\
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: jira}
spec: {resourceUrl: %s, authorizationServers: [idp, agents]}
"""
APP = """\
---
apiVersion: reconciler/v1
kind: ClientApp
metadata: {name: jira-client%s}
spec: {label: Jira for agents, redirectUris: [https://embedded.okta.invalid/oauth2/v1/sts/callback]}
"""
REGISTRATION = """\
---
apiVersion: reconciler/v1
kind: ClientRegistration
metadata: {name: jira%s}
spec:
  mcpServer: jira
  authorizationServer: idp
  app: jira-client
  clientSecret: {fromEnv: JIRA_CLIENT_SECRET, generation: %d}
  scopes: [read]
"""
CONNECTIONS = """\
---
apiVersion: reconciler/v1
kind: AiAgent
metadata: {name: support}
spec: {profileName: Support assistant}
---
apiVersion: reconciler/v1
kind: AgentConnection
metadata: {name: support-by-xaa%s}
spec: {type: IDENTITY_ASSERTION_MCP_SERVER, agent: support, mcpServer: jira}
---
apiVersion: reconciler/v1
kind: AgentConnection
metadata: {name: support-by-sts%s}
spec:
  type: STS_ACCESS_TOKEN
  agent: support
  clientRegistration: jira
  scopeCondition: INCLUDE_ONLY
  scopes: [read]
"""
URL = "https://jira.example.com/mcp"
GONE = ", state: absent"


def everything(url=URL, generation=1):
    return EXTERNAL + SERVER % url + APP % "" + REGISTRATION % ("", generation) + CONNECTIONS % ("", "")


class Story:
    """A project on an embedded organisation, in which somebody has made an agent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "registry.d").mkdir()
        with self.console() as http:
            made = http.post(AGENTS, json={"profile": {"name": "Support assistant"}})
        assert made.status_code == 202

    @contextmanager
    def console(self):
        """The organisation as somebody sees it who is not our client."""
        workspace = open_workspace(self.root, None)
        target = workspace.config.environments[workspace.environment].target
        with organisations._emulator(self.root, target) as app:
            yield httpx.Client(
                base_url=organisations.EMBEDDED_URL,
                transport=httpx.WSGITransport(app=app),
                headers={"Authorization": f"SSWS {DEFAULT_API_TOKEN}"},
            )

    def look(self, path):
        with self.console() as http:
            answer = http.get(path).json()
        return answer["data"] if isinstance(answer, dict) and "data" in answer else answer

    def plan(self, text):
        (self.root / "registry.d" / "all.yaml").write_text(text, encoding="utf-8")
        return planning.plan(open_workspace(self.root, None)).plan

    def apply(self, text, allow_delete=None):
        plan = self.plan(text)
        assert plan.problems == ()
        results = list(apply(open_workspace(self.root, None), plan, Limits(allow_delete)))
        assert [(result.step.id, result.error) for result in results if not result.ok] == []
        return plan

    def remember(self, plan):
        """Note what a plan made true, as somebody would who only has the ledger."""
        workspace = open_workspace(self.root, None)
        with Ledger.open(workspace.ledger, workspace.target.organisation) as ledger:
            for address, record in ledger.bindings().items():
                change = next(each for each in plan.changes if each.address == address)
                if change.document is not None:
                    ledger.remember({address: Applied(record, change.document, change.goal)})

    def connections(self):
        [agent] = self.look(AGENTS)
        return {each["connectionType"]: each for each in self.look(f"{AGENTS}/{agent['id']}/connections")}


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.setenv("JIRA_CLIENT_SECRET", "the first secret of jira")
    return Story(tmp_path)


def test_an_agent_reaches_a_server_with_one_apply_and_the_next_plan_is_empty(story):
    story.apply(everything())
    [settings] = story.look(f"{BASE}/client-auth-settings")
    [app] = story.look("/api/v1/apps")
    assert (settings["clientId"], settings["scopes"]) == (app["credentials"]["oauthClient"]["client_id"], ["read"])
    [secret] = story.look(f"/api/v1/apps/{app['id']}/credentials/secrets")
    assert secret["client_secret"] == "the first secret of jira"
    xaa, sts = (story.connections()[name] for name in ("IDENTITY_ASSERTION_MCP_SERVER", "STS_ACCESS_TOKEN"))
    assert sts["resource"]["clientAuthSettings"]["orn"] == settings["orn"]
    assert xaa["authorizationServer"]["orn"].rpartition(":")[2].startswith("aus")
    assert (sts["scopeCondition"], sts["scopes"]) == ("INCLUDE_ONLY", ["read"])
    assert story.plan(everything()).steps == ()


def test_everything_is_found_again_when_the_memory_is_lost(story):
    story.apply(everything())
    for file in (story.root / ".reconciler").glob("ledger*"):
        file.unlink()
    assert story.plan(everything()).steps == ()


def test_a_server_that_moves_takes_client_and_connections_along(story):
    story.apply(everything())
    before = story.connections()
    plan = story.apply(everything(url="https://moved.example.com/mcp"), allow_delete=4)
    assert {str(change.address) for change in plan.changes if change.action is Action.REPLACE} == {
        "McpServer.jira",
        "ClientRegistration.jira",
        "AgentConnection.support-by-sts",
        "AgentConnection.support-by-xaa",
    }
    [server] = story.look(f"{BASE}/mcp-servers")
    assert (server["resourceUrl"], server["status"]) == ("https://moved.example.com/mcp", "ACTIVE")
    after = story.connections()
    assert {each["id"] for each in after.values()}.isdisjoint(each["id"] for each in before.values())
    assert {each["resource"]["mcpServerId"] for each in after.values()} == {server["id"]}
    assert story.plan(everything(url="https://moved.example.com/mcp")).steps == ()


def test_all_of_it_goes_in_the_order_that_the_organisation_demands(story):
    story.apply(everything())
    server = SERVER.replace("{name: jira}", "{name: jira, state: absent}") % URL
    text = EXTERNAL + server + APP % GONE + REGISTRATION % (GONE, 1) + CONNECTIONS % (GONE, GONE)
    story.apply(text, allow_delete=-1)
    assert story.connections() == {}
    paths = (f"{BASE}/client-auth-settings", "/api/v1/apps", f"{BASE}/mcp-servers")
    assert [story.look(path) for path in paths] == [[], [], []]


def test_a_server_that_somebody_connected_in_the_console_is_not_deleted(story):
    story.apply(EXTERNAL + SERVER % URL)
    with story.console() as http:
        [agent] = http.get(AGENTS).json()["data"]
        [server] = http.get(f"{BASE}/mcp-servers").json()["data"]
        body = {"connectionType": "IDENTITY_ASSERTION_MCP_SERVER", "resource": {"orn": server["orn"]}}
        made = http.post(f"{AGENTS}/{agent['id']}/connections", json=body).json()
    plan = story.plan(EXTERNAL + SERVER.replace("{name: jira}", "{name: jira, state: absent}") % URL)
    [problem] = plan.problems
    assert problem.code == "PLN009"
    assert made["id"] in problem.detail


def test_where_there_are_too_many_agents_to_look_the_plan_says_so(story, monkeypatch):
    story.apply(EXTERNAL + SERVER % URL)
    monkeypatch.setattr(planning, "OWNERS_MOST", 0)
    (story.root / "registry.d" / "all.yaml").write_text(
        EXTERNAL + SERVER.replace("{name: jira}", "{name: jira, state: absent}") % URL, encoding="utf-8"
    )
    [warning] = planning.plan(open_workspace(story.root, None)).warnings
    assert (warning.code, warning.detail) == ("PLN014", "It has 1 agents, each with a list of its own.")


def test_an_agent_that_is_not_there_is_a_problem_of_the_plan(story):
    plan = story.plan(everything().replace("Support assistant", "Nobody"))
    assert [(problem.code, problem.subject) for problem in plan.problems] == [("PLN003", "AiAgent.support")]


def test_without_its_secret_nothing_of_a_plan_is_sent(story, monkeypatch):
    monkeypatch.delenv("JIRA_CLIENT_SECRET")
    plan = story.plan(everything())
    with pytest.raises(SecretUnavailable, match="JIRA_CLIENT_SECRET"):
        list(apply(open_workspace(story.root, None), plan, Limits()))
    assert story.look(f"{BASE}/mcp-servers") == []


def test_a_secret_is_renewed_by_its_generation_and_by_nothing_else(story, monkeypatch):
    story.remember(story.apply(everything()))
    [app] = story.look("/api/v1/apps")
    secrets = f"/api/v1/apps/{app['id']}/credentials/secrets"
    [first] = story.look(secrets)
    monkeypatch.setenv("JIRA_CLIENT_SECRET", "the second secret of jira")
    assert story.plan(everything()).steps == ()

    plan = story.apply(everything(generation=2))
    [change] = plan.effective
    assert [field.path for field in change.fields] == [("clientSecret", "generation")]
    story.remember(plan)
    [second] = story.look(secrets)
    assert second["client_secret"] == "the second secret of jira"
    assert second["id"] != first["id"]
    assert story.plan(everything(generation=2)).steps == ()
    for text in ("the first secret", "the second secret"):
        assert not [file for file in (story.root / ".reconciler").glob("ledger*") if text.encode() in file.read_bytes()]


# -- fingerprints of secrets ---------------------------------------------------------------------------------------


def noticed(story, text):
    story.plan(text)
    return [(found.code, found.subject) for found in fingerprints.noticed(open_workspace(story.root, None))]


NOT_COUNTED = [("RUN023", "ClientRegistration.jira.clientSecret")]
NOT_RENEWED = [("RUN024", "ClientRegistration.jira.clientSecret")]


def test_a_secret_that_was_renewed_and_not_counted_or_counted_and_not_renewed_is_noticed(story, monkeypatch):
    story.apply(everything())
    assert noticed(story, everything()) == []
    assert noticed(story, everything(generation=2)) == NOT_RENEWED
    monkeypatch.setenv("JIRA_CLIENT_SECRET", "the second secret of jira")
    assert noticed(story, everything()) == NOT_COUNTED
    changed = story.apply(
        everything()
        .replace("app: jira-client", "app: jira-client\n  scopes: [read, write]", 1)
        .replace("\n  scopes: [read]\n---", "\n---", 1)
    )
    assert [change.address.name for change in changed.effective] == ["jira"]
    assert noticed(story, everything()) == NOT_COUNTED, "it was not sent, whatever else was"
    assert noticed(story, everything(generation=2)) == []
    story.apply(everything(generation=2))
    assert noticed(story, everything(generation=2)) == []
    monkeypatch.delenv("JIRA_CLIENT_SECRET")
    assert noticed(story, everything(generation=2)) == [], "what is not at hand cannot be compared"


def test_nothing_that_is_written_holds_a_secret_or_the_key_and_both_files_are_the_owners_alone(story):
    story.apply(everything())
    folder = story.root / ".reconciler"
    key = (folder / "key").read_text()
    assert len(key) == 64
    for file in folder.iterdir():
        assert b"the first secret" not in file.read_bytes() or file.name.startswith("okta.sqlite")
        assert key.encode() not in file.read_bytes() or file.name == "key"
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir() if not file.name.startswith("okta")}
    assert set(modes.values()) == {0o600}, modes


def test_without_the_key_that_fingerprints_were_made_with_nothing_is_said(story, monkeypatch):
    story.apply(everything())
    monkeypatch.setenv("JIRA_CLIENT_SECRET", "the second secret of jira")
    (story.root / ".reconciler" / "key").unlink()
    assert noticed(story, everything()) == []
    (story.root / ".reconciler" / "key").write_text("another key")
    assert noticed(story, everything()) == []


def test_a_shared_ledger_has_its_key_from_where_the_settings_say(tmp_path, monkeypatch):
    settings = "apiVersion: reconciler/v1\nledger: {url: 'postgresql://db/x'%s}\n"
    (tmp_path / "reconciler.yaml").write_text(settings % "")
    assert fingerprints._key(open_workspace(tmp_path, None), make=True) is None
    (tmp_path / "reconciler.yaml").write_text(settings % ", fingerprintKey: {fromEnv: FINGERPRINT_KEY}")
    with pytest.raises(SecretUnavailable, match="FINGERPRINT_KEY"):
        fingerprints._key(open_workspace(tmp_path, None), make=True)
    monkeypatch.setenv("FINGERPRINT_KEY", "a long random text")
    key = fingerprints._key(open_workspace(tmp_path, None), make=True)
    assert "a long random text" not in VEIL.over("it is a long random text") + key.name
    assert key.mark("secret", "salt") != key.mark("secret", "other") != fingerprints.Key(b"x").mark("secret", "other")
    assert not (tmp_path / ".reconciler").exists()


def test_what_an_earlier_part_of_a_run_has_sent_is_not_guessed(story):
    plan = story.plan(everything())
    [change] = [each for each in plan.changes if each.address.kind == "ClientRegistration"]
    workspace = open_workspace(story.root, None)
    unsure = frozenset(step.id for step in change.steps)
    assert fingerprints.marks(workspace, plan, unsure)(change, "x") == {"clientSecret": {"generation": 1}}
    assert "fingerprint" in fingerprints.marks(workspace, plan)(change, "x")["clientSecret"]
