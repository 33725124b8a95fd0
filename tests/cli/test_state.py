"""What is remembered, changed by hand."""

import sqlite3

import pytest

from .conftest import manifest


@pytest.fixture
def remembered(shop):
    assert shop("apply", "--auto-approve").code == 0
    return shop


def test_what_is_forgotten_lives_on_and_is_nobodys(remembered, console):
    said = remembered("state", "forget", "McpServer.tools")
    assert said.code == 0
    assert "lives on" in said.out
    remembered.write(manifest(name="other"))
    plan = remembered("plan")
    assert "no manifest describes it any more" not in plan.out
    [unmanaged] = [line for line in plan.out.splitlines() if line.startswith("Not managed here")]
    assert "McpServer https://tools.mcp.test/mcp" in unmanaged
    assert len(console().servers()) == 1


def test_a_moved_object_goes_on_under_its_new_address(remembered, console):
    [server] = console().servers()
    assert remembered("state", "mv", "McpServer.tools", "McpServer.bench").code == 0
    remembered.write(
        manifest().replace(
            "{name: tools}\nspec:\n  resourceUrl: https://tools.mcp.test/mcp",
            "{name: bench}\nspec:\n  resourceUrl: https://bench.mcp.test/mcp",
        )
    )
    plan = remembered("plan", "--format", "json").json
    [change] = [each for each in plan["changes"] if each["address"] == "McpServer.bench"]
    assert (change["action"], change["record"]) == ("replace", server["id"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("forget", "McpServer.nobody"), ("Nothing is remembered of McpServer.nobody", "local")),
        (("forget", "tools"), ("is not an address",)),
        (("forget", "Thing.tools"), ("no kind Thing",)),
        (("mv", "McpServer.nobody", "McpServer.x"), ("Nothing is remembered",)),
        (("mv", "McpServer.tools", "AuthorizationServer.tools"), ("another kind",)),
        (("mv", "McpServer.tools", "McpServer.tools"), ("remembered as another object",)),
        (("mv", "McpServer.tools", "x"), ("is not an address",)),
        (("mv", "McpServer.tools"), ("Missing argument",)),
    ],
)
def test_what_cannot_be_done_is_64_and_says_why(remembered, arguments, words):
    said = remembered("state", *arguments)
    assert said.code == 64
    for word in words:
        assert word in said.err
    assert remembered("plan", "--detailed-exitcode").code == 0


def test_what_was_changed_by_hand_is_in_the_history_and_taking_it_out_is_found(remembered):
    assert remembered("state", "mv", "McpServer.tools", "McpServer.x").code == 0
    assert remembered("state", "forget", "McpServer.x").code == 0
    forgot, moved = remembered("history", "--format", "json").json["by_hand"]
    assert (moved["operation"], moved["address"], moved["to"]) == ("state mv", "McpServer.tools", "McpServer.x")
    assert (forgot["operation"], forgot["address"], forgot["record"]) == (
        "state forget",
        "McpServer.x",
        moved["record"],
    )
    assert f"McpServer.tools is McpServer.x ({moved['record']})" in remembered("history").out
    assert remembered("history", "verify").code == 0
    with sqlite3.connect(remembered.root / ".reconciler" / "ledger.sqlite") as other:
        other.execute("DELETE FROM journal WHERE seq = ?", (forgot["seq"],))
    other.close()
    said = remembered("history", "verify")
    assert (said.code, f"line {forgot['seq']} was the last that was written" in said.err) == (1, True)


def test_json_says_what_was_done(remembered):
    assert remembered("state", "mv", "McpServer.tools", "McpServer.x", "--format", "json").json == {
        "format_version": "1.0",
        "from": "McpServer.tools",
        "to": "McpServer.x",
    }
    assert remembered("state", "forget", "McpServer.x", "--format", "json").json["forgotten"] == "McpServer.x"
