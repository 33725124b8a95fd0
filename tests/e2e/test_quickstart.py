"""The quickstart with its real MCP server and real authorization server: it comes true, breaks, heals, moves, goes."""

import httpx
import pytest

from .conftest import PATIENCE, ROOT

TOMBSTONE = "  labels: {team: quickstart}\nspec:\n  resourceUrl"


@pytest.fixture
def started(copied, world):
    """A copy of the quickstart that knows where its world is."""
    place = world()
    project = copied(
        ROOT / "examples" / "quickstart" / "registry.d", ROOT / "examples" / "quickstart" / "reconciler.yaml"
    )
    edit(project.root / "reconciler.yaml", "http://127.0.0.1:9101/mcp", place["mcp"])
    edit(project.root / "reconciler.yaml", "http://127.0.0.1:9102", place["issuer"])
    return project, place


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def become(place, broken):
    answer = httpx.post(place["control"], json={"broken": broken}, trust_env=False, timeout=PATIENCE)
    assert answer.json() == {"broken": broken}


def steps(project):
    done = project.run("plan", "--format", "json", "--detailed-exitcode")
    assert done.code == 2
    return [(step.get("verb", step["op"]), step.get("target")) for c in done.json["changes"] for step in c["steps"]]


def test_quickstart_lives_its_whole_life(started):
    project, place = started
    applied = project.run("apply", "--auto-approve")
    assert applied.code == 0
    assert "done        McpServer.quickstart  activate" in applied.out
    assert project.run("plan", "--detailed-exitcode").code == 0

    become(place, broken=True)
    drifted = project.run("plan", "--detailed-exitcode")
    assert drifted.code == 2
    assert "the organisation calls it INVALID" in drifted.out
    failed = project.run("apply", "--auto-approve", "--wait", "1")
    assert failed.code == 9
    for word in ("RUN009", "still calls the MCP server INVALID", "protected-resource metadata"):
        assert word in failed.out
    assert project.run("plan", "--detailed-exitcode").code == 2

    become(place, broken=False)
    assert project.run("apply", "--auto-approve").code == 0
    assert project.run("plan", "--detailed-exitcode").code == 0

    edit(project.root / "reconciler.yaml", place["mcp"], place["mcp"].replace("127.0.0.1", "localhost"))
    assert steps(project) == [
        ("create", None),
        ("activate", "ACTIVE"),
        ("deactivate", "INACTIVE"),
        ("delete", "DELETED"),
    ]
    refused = project.run("apply", "--auto-approve")
    assert refused.code == 5
    assert "--allow-delete=1" in refused.err
    # The metadata still names the old URL as the resource, which RFC 9728 section 3.3 forbids a client to accept.
    unready = project.run("apply", "--auto-approve", "--allow-delete=1")
    assert unready.code == 9
    for word in ("PLN020", "PRM005", "Seen from here", "blocked     McpServer.quickstart  delete (old object)"):
        assert word in unready.out
    assert project.run("apply", "--auto-approve", "--allow-delete=1", "--gate", "off").code == 0
    assert project.run("plan", "--detailed-exitcode").code == 0

    manifest = project.root / "registry.d" / "quickstart.yaml"
    edit(manifest, TOMBSTONE, TOMBSTONE.replace("\nspec", "\n  state: absent\nspec"))
    assert steps(project) == [("deactivate", "INACTIVE"), ("delete", "DELETED")]
    assert project.run("apply", "--auto-approve").code == 5
    assert project.run("apply", "--auto-approve", "--allow-delete").code == 0
    assert project.run("plan", "--detailed-exitcode").code == 0
