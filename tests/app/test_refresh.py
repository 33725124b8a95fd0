"""A plan on a memory of readings: whatever it does something about was read in the same run."""

from dataclasses import replace

import pytest

from reconciler import app
from reconciler.app import organisations, planning
from reconciler.core.plan import Action
from reconciler.core.refresh import Refresh
from tests.support.remembering import HOUR, URL, Remembered

N = 5
CONFIGURATION = f"""\
apiVersion: reconciler/v1
defaultEnvironment: test
refresh: {{maxAge: 6h}}
environments:
  test: {{target: {{type: okta, orgUrl: "{URL}", auth: {{apiToken: {{fromEnv: SOME_TOKEN}}}}}}}}
"""
ISSUER = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: idp}
spec:
  type: external
  issuer: https://idp.example.com
  discovery: static
  oauth:
    authorizationEndpoint: https://idp.example.com/authorize
    tokenEndpoint: https://idp.example.com/token
    grantTypes: [authorization_code, refresh_token]
    source: a test
    reviewBy: 2099-01-01
"""
SERVER = """\
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: server-{0}}}
spec:
  resourceUrl: https://mcp{0}.example.com/mcp
  displayName: {1}
  authorizationServers: [idp]
"""


@pytest.fixture
def org(tmp_path, monkeypatch):
    """An organisation with as many servers as the manifests describe."""
    with Remembered(N) as made:

        def connect(workspace, _wait=0.0, remembering=None):
            del workspace
            return made.backend(remembering.refresh, remembering.max_age)

        monkeypatch.setattr(organisations, "connect", connect)
        yield made


@pytest.fixture
def plan(org, tmp_path):
    """Plans the manifests, in which servers may be named otherwise; tells what was asked for children."""
    (tmp_path / "registry.d").mkdir()
    (tmp_path / "reconciler.yaml").write_text(CONFIGURATION, encoding="utf-8")

    def run(refresh=None, **names):
        texts = [SERVER.format(number, names.get(f"s{number}", f"Server {number}")) for number in range(N)]
        (tmp_path / "registry.d" / "all.yaml").write_text(ISSUER + "".join(texts), encoding="utf-8")
        org.asked.clear()
        planned = app.plan(app.open_workspace(tmp_path, None), refresh=refresh)
        return planned, sorted(path.split("/")[-2] for path in org.asked if path.endswith("/authorization-servers"))

    return run


def test_settings_and_option_say_what_is_read_again(plan, org):
    cold, asked = plan()
    assert (cold.plan.is_empty, len(asked)) == (True, N)
    assert plan()[1] == []
    assert len(plan(Refresh.FULL)[1]) == N
    org.clock.sleep(6 * HOUR)
    assert len(plan()[1]) == N


def test_object_that_a_plan_changes_is_read_in_the_same_run_and_no_other(plan, org):
    plan()
    planned, asked = plan(s2="Renamed")
    assert [str(change.address) for change in planned.plan.effective] == ["McpServer.server-2"]
    assert asked == [org.ids[2]]
    assert ("McpServer", org.ids[2]) not in planned.recalled.objects


def test_hidden_edit_of_an_object_that_a_plan_changes_is_found(plan, org):
    """The memory says that the row is as wished; the plan would have left it as it is and called the object done."""
    org.refused = {"/api/v1/logs"}
    plan()
    org.edit_row(2, tokenEndpoint="https://elsewhere.example.com/token")
    assert plan()[0].plan.is_empty
    planned, _ = plan(s2="Renamed")
    [change] = planned.plan.effective
    assert change.action is Action.UPDATE
    assert {field.path[0] for field in change.fields} == {"displayName", "authorizationServers"}
    rows = planned.plan.witnesses[0].document["authorizationServers"]
    assert [row["tokenEndpoint"] for row in rows.values()] == ["https://elsewhere.example.com/token"]


def test_planning_is_done_once_more_only_when_the_object_was_otherwise(plan, org, monkeypatch):
    plan()
    made = []
    real = planning.planner.make_plan
    monkeypatch.setattr(planning.planner, "make_plan", lambda *args: made.append(1) or real(*args))
    plan(s2="Renamed")
    assert len(made) == 1


def test_plan_on_a_memory_is_the_plan_on_a_full_reading(plan):
    plan()
    quick, full = plan(s1="Other")[0].plan, plan(Refresh.FULL, s1="Other")[0].plan
    assert replace(quick, envelope=None) == replace(full, envelope=None)
