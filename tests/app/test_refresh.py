"""A plan on a memory of readings: whatever it does something about was read in the same run."""

from dataclasses import replace

import pytest

from reconciler import app, ledger
from reconciler.app import organisations, planning
from reconciler.core.address import Address
from reconciler.core.plan import Action
from reconciler.core.refresh import Refresh
from reconciler.core.remembered import Applied
from reconciler.engine.facts import Facts
from reconciler.ledger.store import Ledger
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
    real = planning.planner.make
    monkeypatch.setattr(planning.planner, "make", lambda *args: made.append(1) or real(*args))
    plan(s2="Renamed")
    assert len(made) == 1


def test_plan_on_a_memory_is_the_plan_on_a_full_reading(plan):
    plan()
    quick, full = plan(s1="Other")[0].plan, plan(Refresh.FULL, s1="Other")[0].plan
    assert replace(quick, envelope=None) == replace(full, envelope=None)


@pytest.fixture
def compared(plan, org, tmp_path, monkeypatch):
    """Plans after an apply has brought everything about; tells which documents were compared with a live object."""
    seen = set()
    document = Facts.document
    monkeypatch.setattr(Facts, "document", lambda *told: seen.add(told[2].address.name) or document(*told))
    monkeypatch.setattr(organisations, "remembering", lambda _workspace, refresh=None: org.remembering(refresh))
    first = plan()[0].plan
    with Ledger.open(tmp_path / ".reconciler" / "ledger.sqlite", URL) as book:
        book.bind({each.address: each.record for each in first.adopted})
        book.remember({each.address: Applied(each.record, each.document, each.goal) for each in first.adopted})

    def again(refresh=None, **names):
        seen.clear()
        made = plan(refresh, **names)[0].plan
        return sorted(seen), [change.address.name for change in made.effective]

    return again


ALL = [f"server-{number}" for number in range(N)]


def test_what_one_plan_found_settled_the_next_does_not_compare(compared):
    assert compared() == (ALL, [])
    assert compared() == ([], [])
    assert compared(Refresh.FULL) == (ALL, [])


def test_only_what_is_otherwise_than_when_it_was_settled_is_compared(compared, org):
    compared()
    assert compared(s2="Renamed") == (["server-2"], ["server-2"])
    org.edit_server(1, displayName="Somebody's")
    assert compared() == (["server-1", "server-2"], ["server-1"])  # what was read again is settled once more
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    assert compared() == (["server-1", "server-3"], ["server-1", "server-3"])


def test_another_memory_of_what_was_applied_is_compared_again(compared, tmp_path):
    compared()
    with Ledger.open(tmp_path / ".reconciler" / "ledger.sqlite", URL) as book:
        address = Address("McpServer", "server-4")
        kept = ledger.read(book.place, URL).applied[address]
        book.remember({address: kept.resolved({**kept.document, "description": "Once"})})
    assert compared() == (["server-4"], [])
