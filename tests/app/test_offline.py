"""A plan against other manifests: no organisation, no secret, no ledger, and no host that the base does not name."""

import pytest

from reconciler import app
from reconciler.app import evidence, offline
from reconciler.core.address import Address
from reconciler.core.errors import ConfigurationInvalid
from reconciler.engine.readiness import Gate

MANIFEST = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: {name}}}
spec:
  type: external
  issuer: https://{name}.auth.test
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: {name}}}
spec:
  resourceUrl: https://{name}.mcp.test/mcp
  displayName: {title}
  authorizationServers: [{name}]
"""
CONFIG = """\
defaultEnvironment: production
ledger: {{url: "postgresql://127.0.0.1:9/ledger"}}
probe: {{allowHosts: ["listed.test"]}}
environments:
  production:
    target: {{type: okta, orgUrl: "http://127.0.0.1:9", auth: {{apiToken: {{fromEnv: NO_SUCH_VARIABLE}}}}}}
{more}"""
CONNECTED = """\
apiVersion: reconciler/v1
kind: AiAgent
metadata: {name: support}
spec: {profileName: Support assistant}
---
apiVersion: reconciler/v1
kind: AgentConnection
metadata: {name: support-tools}
spec:
  type: IDENTITY_ASSERTION_MCP_SERVER
  agent: support
  mcpServer: tools
  authorizationServer: tools
"""


@pytest.fixture
def asked(monkeypatch):
    """What readiness would be asked with; nothing is sent."""
    found = []

    def assess(workspace, _loaded, addresses, asking, records):
        records()
        found.append((workspace, tuple(addresses), asking))
        return {}

    monkeypatch.setattr(evidence, "assess", assess)
    return found


@pytest.fixture
def folders(tmp_path):
    base, head = tmp_path / "base", tmp_path / "head"
    for folder in (base, head):
        (folder / "registry.d").mkdir(parents=True)
        (folder / "reconciler.yaml").write_text(CONFIG.format(more=""))
        (folder / "registry.d" / "tools.yaml").write_text(MANIFEST.format(name="tools", title="Tools"))
    return base, head


def planned(base, head, *, untrusted=True):
    return offline.plan(app.open_workspace(head, None), base, app.Asking(untrusted=untrusted)).plan


def test_equal_manifests_change_nothing_though_neither_organisation_nor_ledger_can_be_reached(folders, asked):
    made = planned(*folders)
    assert made.is_empty
    assert asked == []


def test_what_the_pull_request_changes_is_what_the_plan_shows(folders, asked):
    base, head = folders
    (head / "registry.d" / "tools.yaml").write_text(MANIFEST.format(name="tools", title="Better tools"))
    [change] = planned(base, head).effective
    assert (str(change.address), str(change.action)) == ("McpServer.tools", "update")


def test_a_document_that_is_gone_is_an_orphan_not_unmanaged(folders, asked):
    base, head = folders
    (base / "registry.d" / "late.yaml").write_text(MANIFEST.format(name="late", title="Late"))
    made = planned(base, head)
    assert [str(each.orphan_of) for each in made.unmanaged] == ["McpServer.late"]


def test_only_hosts_that_the_base_names_may_be_asked(folders, asked):
    base, head = folders
    (head / "reconciler.yaml").write_text(CONFIG.format(more="").replace("listed.test", "evil.test"))
    (head / "registry.d" / "evil.yaml").write_text(MANIFEST.format(name="evil", title="Evil"))
    planned(base, head)
    [(workspace, addresses, asking)] = asked
    assert addresses == (Address("McpServer", "evil"),)
    assert set(asking.allow_hosts) == {"listed.test", "tools.auth.test", "tools.mcp.test"}
    assert asking.untrusted
    assert workspace.root == base
    assert workspace.config.ledger is None


def test_the_base_decides_whether_anything_is_asked(folders, asked):
    base, head = folders
    (base / "reconciler.yaml").write_text(CONFIG.format(more="").replace("probe: {", 'probe: {gate: "off", '))
    (head / "registry.d" / "more.yaml").write_text(MANIFEST.format(name="more", title="More"))
    assert planned(base, head).effective
    assert asked == []


def test_an_environment_that_only_the_pull_request_has_is_compared_with_the_bases_usual_one(folders, asked):
    base, head = folders
    more = "  staging:\n    target: {type: embedded}\n"
    (head / "reconciler.yaml").write_text(CONFIG.format(more=more).replace("defaultEnvironment: p", "x: p", 0))
    made = offline.plan(app.open_workspace(head, "staging"), base, app.Asking(Gate.OFF)).plan
    assert made.is_empty
    assert made.target.environment == "staging"


def test_what_somebody_else_owns_cannot_be_known_and_is_left_out_until_it_is_changed(folders, asked):
    base, head = folders
    for folder in folders:
        (folder / "registry.d" / "agent.yaml").write_text(CONNECTED)
    assert planned(base, head).is_empty
    (head / "registry.d" / "agent.yaml").write_text(CONNECTED.replace("support-tools", "support-more"))
    assert "AgentConnection.support-more" in {str(change.address) for change in planned(base, head).changes}


def test_faults_of_either_side_are_told(folders, asked):
    base, head = folders
    (base / "registry.d" / "oops.yaml").write_text("kind: McpServer\n")
    with pytest.raises(ConfigurationInvalid):
        planned(base, head)
