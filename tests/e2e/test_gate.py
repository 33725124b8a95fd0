"""What readiness decides in a plan and in an apply, with a real MCP server and a real authorization server."""

import re
import sqlite3
from contextlib import closing

import httpx
import pytest

from .conftest import PATIENCE, ROOT, reply

CONFIGURATION = """\
probe: {{allowLoopback: true, gate: activate}}
environments:
  local:
    target: {{type: embedded}}
    variables: {{mcpUrl: "{mcp}", issuer: "{issuer}"}}
"""


@pytest.fixture
def started(copied, world):
    """The quickstart at an organisation that looks once a day, so that only we can see what breaks in between."""
    place = world()
    project = copied(ROOT / "examples" / "quickstart" / "registry.d")
    (project.root / "reconciler.yaml").write_text(CONFIGURATION.format(**place), encoding="utf-8")
    return project, place


def become(place, broken):
    httpx.post(place["control"], json={"broken": broken}, trust_env=False, timeout=PATIENCE).raise_for_status()


def wish(project, state):
    manifest = project.root / "registry.d" / "quickstart.yaml"
    text = re.sub(r"  state: \w+\n", "", manifest.read_text(encoding="utf-8"))
    manifest.write_text(text.replace("  resourceUrl:", f"  state: {state}\n  resourceUrl:"), encoding="utf-8")


def test_what_broke_after_the_review_is_not_activated_and_what_is_ready_is(started):
    project, place = started
    wish(project, "inactive")
    assert project.run("apply", "--auto-approve").code == 0
    wish(project, "active")
    reviewed = project.run("plan", "--out", "plan.json")
    assert "ready, seen from here: connectable: AuthorizationServer.quickstart by STS" in reviewed.out

    become(place, broken="issuer")
    refused = project.run("apply", "plan.json")
    assert refused.code == 9
    for word in ("failed      McpServer.quickstart  activate", "RUN009", "Seen from here"):
        assert word in refused.out
    seen = project.run("plan", "--detailed-exitcode")
    assert seen.code == 2
    assert "PLN020" in seen.out
    gated = project.run("plan", "--gate", "plan", "--out", "gated.json")
    assert gated.code == 9
    assert project.run("apply", "gated.json").code == 9
    assert project.run("plan", "--format", "json").json["changes"][0]["readiness"]["ready"] is False

    become(place, broken=False)
    assert project.run("apply", "--resume").code == 0
    assert project.run("plan", "--detailed-exitcode").code == 0


def test_a_working_server_is_not_called_broken_after_one_bad_look(started):
    project, place = started
    assert project.run("apply", "--auto-approve").code == 0
    become(place, broken="issuer")
    first = project.run("drift", "--probe", "--format", "json")
    assert first.code == 0
    standings = {each["difference"]["path"]: each["standing"] for each in first.json["found"]}
    assert standings["McpServer.quickstart.readiness"] == "unconfirmed"
    assert project.run("drift", "--probe").code == 0
    with closing(sqlite3.connect(project.root / ".reconciler" / "ledger.sqlite")) as ledger, ledger:
        moved = ledger.execute("UPDATE sighting SET first_seen = first_seen - 900 WHERE topic = 'readiness'")
        assert moved.rowcount == 1
    alarmed = project.run("drift", "--probe")
    assert alarmed.code == 2
    assert "McpServer.quickstart.readiness" in alarmed.out
    become(place, broken=False)
    assert project.run("drift", "--probe").code == 0


PAPER = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: paper}}
spec:
  type: external
  issuer: {url}
  discovery: static
  oauth:
    authorizationEndpoint: "{url}/authorize"
    tokenEndpoint: "{url}/token"
    grantTypes: [authorization_code, refresh_token]
    source: a test
    reviewBy: 2099-01-01
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: paper}}
spec: {{resourceUrl: "{url}/mcp", authorizationServers: [paper]}}
"""


def test_a_plan_over_somebody_elses_yaml_asks_no_host_that_its_caller_did_not_name(project, stub):
    web = stub(reply(404))
    project.write(PAPER.format(url=web.url))
    (project.root / "reconciler.yaml").write_text(CONFIGURATION.format(mcp=web.url, issuer=web.url), encoding="utf-8")
    quiet = project.run("plan", "--untrusted")
    assert (quiet.code, web.asked) == (0, [])
    assert "PLN021" in quiet.out
    project.run("plan")
    assert web.asked
    assert {method for method, _path in web.asked} == {"GET"}


def test_what_cannot_be_seen_from_here_is_activated_unless_the_project_says_otherwise(project, stub):
    with_nobody_there = "http://127.0.0.1:9"
    project.write(PAPER.format(url=with_nobody_there))
    configuration = CONFIGURATION.format(mcp="x", issuer="y")
    (project.root / "reconciler.yaml").write_text(
        configuration.replace("gate: activate", "gate: activate, unobserved: refuse"), encoding="utf-8"
    )
    refused = project.run("apply", "--auto-approve")
    assert refused.code == 9
    assert "done        McpServer.paper  create" in refused.out
    (project.root / "reconciler.yaml").write_text(configuration, encoding="utf-8")
    allowed = project.run("apply", "--auto-approve")
    assert allowed.code == 0
    assert "PLN021" in allowed.out
