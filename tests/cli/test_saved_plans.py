"""A saved plan is applied letter by letter, or not at all."""

import json

import pytest

from reconciler.core import plan_file

from .conftest import manifest


@pytest.fixture
def saved(shop):
    """A plan that changes the title of a server that is there."""
    assert shop("apply", "--auto-approve").code == 0
    shop.write(manifest(title="New"))
    assert shop("plan", "--out", "p.json").code == 0
    return shop.root / "p.json"


@pytest.fixture
def fresh(shop):
    """A plan that creates a server."""
    assert shop("plan", "--out", "p.json").code == 0
    return shop.root / "p.json"


def test_fresh_plan_is_applied_without_asking(shop, saved, console):
    said = shop("apply", "p.json")
    assert said.code == 0
    assert console().servers()[0]["metadata"]["displayName"] == "New"


def test_plan_of_other_manifests_is_4_and_nothing_is_done(shop, fresh, console):
    shop.write(manifest(name="other"))
    said = shop("apply", "p.json")
    assert said.code == 4
    assert "The manifests or the settings are not those" in said.err
    assert console().statuses() == {}


def test_plan_that_was_applied_already_does_nothing_twice(shop, fresh, console):
    assert shop("apply", "p.json").code == 0
    again = shop("apply", "p.json")
    assert again.code != 0
    assert console().statuses() == {"https://tools.mcp.test/mcp": "ACTIVE"}


def test_world_that_moved_so_that_another_plan_is_due_is_4_with_both_plans_and_nothing_is_written(shop, saved, console):
    console().edit(displayName="Somebody's")
    before = console().servers()
    said = shop("apply", "p.json")
    assert said.code == 4
    for word in (
        "RUN043",
        "McpServer.tools",
        "displayName",
        "'Tools'",
        "problem PLN010",
        "2 differences: 1 added, 1 changed.",
    ):
        assert word in said.err
    assert ('approved: "Tools" -> "New"' in said.err, 'now:      "Somebody\'s" -> "New"' in said.err) == (True, True)
    machine = shop("apply", "p.json", "--format", "json").json
    assert (machine["error"]["code"], machine["error"]["exit_code"]) == ("RUN043", 4)
    difference, _ = machine["differences"]
    assert (difference["address"], difference["side"]) == ("McpServer.tools", "changed")
    [path] = difference["paths"]
    assert (path["path"], path["approved"]["before"], path["now"]["before"]) == ("displayName", "Tools", "Somebody's")
    assert console().servers() == before


def test_world_that_moved_where_the_plan_has_nothing_to_do_changes_nothing_about_it(shop, saved, console):
    console().edit(description="added")
    digest = plan_file.digest(plan_file.load(saved.read_text()))
    said = shop("apply", "p.json", "--expect-digest", digest)
    assert said.code == 0
    for word in ("is still the same", "McpServer.tools", "description", "added"):
        assert word in said.err
    [server] = console().servers()
    assert (server["metadata"]["displayName"], server["metadata"]["description"]) == ("New", "added")


def test_what_somebody_did_already_is_gone_from_the_plan_of_now_and_said(shop, saved, console):
    console().edit(displayName="New")
    said = shop("apply", "p.json")
    assert (said.code, "- McpServer.tools  approved: update; now: nothing" in said.err) == (4, True)


def test_another_digest_than_that_of_the_file_is_4_before_anything_is_read(shop, saved, console):
    assert shop("apply", "p.json", "--expect-digest", "sha256:" + "0" * 64).code == 4
    assert console().servers()[0]["metadata"]["displayName"] == "Tools"


def test_state_that_moved_is_4_and_named(shop, saved, console):
    org = console()
    [server] = org.servers()
    org.http.post(f"/resource-servers/api/v1/mcp-servers/{server['id']}/lifecycle/deactivate").raise_for_status()
    assert list(org.statuses().values()) == ["INACTIVE"]
    said = shop("apply", "p.json")
    assert said.code == 4
    assert "status was ACTIVE, is INACTIVE" in said.err


def test_object_that_is_gone_is_4_and_named(shop, saved, console):
    org = console()
    [server] = org.servers()
    path = f"/resource-servers/api/v1/mcp-servers/{server['id']}"
    org.http.post(f"{path}/lifecycle/deactivate").raise_for_status()
    org.statuses()
    org.http.delete(path).raise_for_status()
    assert org.statuses() == {}
    said = shop("apply", "p.json")
    assert said.code == 4
    assert server["id"] in said.err
    assert "gone" in said.err


def test_object_that_nobody_plans_to_touch_may_move(shop, saved, console):
    body = {"resourceUrl": "https://foreign.test/mcp", "discoveryType": "MANUAL"}
    console().http.post("/resource-servers/api/v1/mcp-servers", json=body).raise_for_status()
    assert shop("apply", "p.json").code == 0


def test_plan_for_another_organisation_is_4(shop, fresh, console):
    shop.configure("environments: {local: {target: {type: embedded, state: .reconciler/other.sqlite}}}\n")
    said = shop("apply", "p.json")
    assert said.code == 4
    assert "other.sqlite" in said.err
    assert console().statuses() == {}


def altered(text, change):
    """By somebody who also makes a new checksum."""
    body = json.loads(text)
    change(body)
    return plan_file.seal(body)


def rename(body):
    body["changes"][-1]["steps"][0]["document"]["displayName"] = "Evil"


def redirect(body):
    body["target"]["organisation"] = "https://other.okta.com"


def drop(body):
    body["changes"][-1]["steps"].pop()


def undigest(body):
    del body["digest"]


def nan(body):
    body["changes"][-1]["steps"][0]["document"]["displayName"] = float("nan")


BROKEN = {
    "empty": lambda _text: "",
    "blank": lambda _text: "\n\n",
    "truncated": lambda text: text[: len(text) // 2],
    "last byte missing": lambda text: text.rstrip()[:-1],
    "binary": lambda _text: b"\x00\x01\xff\xfe",
    "not UTF-8": lambda text: text.replace("Tools", "T\u00f6ls").encode("latin-1"),
    "null": lambda _text: "null",
    "list": lambda _text: "[]",
    "text": lambda _text: '"plan"',
    "number": lambda _text: "7",
    "huge number": lambda text: text.replace('"1.0"', "9" * 5000),
    "huge exponent": lambda text: text.replace('"1.0"', "1e999"),
    "deep": lambda _text: "[" * 100_000,
    "no version": lambda text: text.replace('"format_version"', '"format"'),
    "version of another type": lambda text: text.replace('"1.0"', "[1, 0]"),
    "newer major": lambda text: text.replace('"1.0"', '"2.0"'),
    "older major": lambda text: text.replace('"1.0"', '"0.9"'),
    "no changes": lambda text: text.replace('"changes"', '"alterations"'),
    "one letter": lambda text: text.replace("https://tools.mcp", "https://toolz.mcp", 1),
    "document": lambda text: altered(text, rename),
    "target": lambda text: altered(text, redirect),
    "step left out": lambda text: altered(text, drop),
    "no digest": lambda text: altered(text, undigest),
    "not a number": lambda text: altered(text, nan),
    "lone surrogate": lambda text: text.replace('"Tools"', '"\\ud800"'),
    "a manifest": lambda _text: manifest(),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_file_that_is_not_the_plan_as_it_was_written_is_4_and_nothing_is_sent(shop, damage):
    planned = shop("plan", "--out", "p.json")
    path = shop.root / "p.json"
    broken = damage(path.read_text(encoding="utf-8"))
    assert broken != path.read_text(encoding="utf-8")
    path.write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    state = (shop.root / ".reconciler" / "okta.sqlite").read_bytes()
    for command in ("apply", "show"):
        said = shop(command, "p.json")
        assert said.code == 4, said.err
        assert said.out == ""
        assert len(said.err.splitlines()) <= 4
        assert "fix: Make a new plan" in said.err
    assert (shop.root / ".reconciler" / "okta.sqlite").read_bytes() == state
    assert planned.code == 0


@pytest.mark.parametrize("version", ["1.0", "1.7"])
def test_unknown_members_of_a_known_major_are_ignored(shop, fresh, console, version):
    body = json.loads(fresh.read_text())
    body["format_version"] = version
    body["invented"] = {"later": True}
    body["changes"][-1]["hint"] = "later"
    fresh.write_text(plan_file.seal(body))
    said = shop("apply", "p.json")
    if version != "1.0":
        assert said.code in {0, 4}, "the version may belong to the digest"
        return
    assert said.code == 0
    assert console().statuses() == {"https://tools.mcp.test/mcp": "ACTIVE"}


def test_a_file_in_another_order_is_not_the_one_that_was_written(shop, fresh, console):
    """Two readers of one JSON text may see different values, where a name stands twice."""
    body = json.loads(fresh.read_text())
    fresh.write_text(json.dumps(dict(reversed(list(body.items()))), indent=None))
    assert shop("apply", "p.json").code == 4
    assert console().statuses() == {}


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [(), ("--allow-delete=0",)])
def test_delete_that_was_not_allowed_is_5_and_nothing_is_written(shop, console, allowed):
    assert shop("apply", "--auto-approve").code == 0
    shop.write(manifest(state=", state: absent"))
    said = shop("apply", "--auto-approve", *allowed)
    assert said.code == 5
    assert "RUN005" in said.err
    assert "--allow-delete" in said.err
    assert console().statuses() == {"https://tools.mcp.test/mcp": "ACTIVE"}
    assert shop("plan", "--out", "p.json").code == 0
    assert shop("apply", "p.json", *allowed).code == 5
    assert console().statuses() == {"https://tools.mcp.test/mcp": "ACTIVE"}
    assert shop("apply", "p.json", "--allow-delete=1").code == 0
    assert console().statuses() == {}


def test_four_deletes_where_three_are_allowed_are_5_with_both_numbers_and_none_is_done(shop, console):
    names = [f"tools{number}" for number in range(4)]
    shop.write("---\n".join(map(manifest, names)))
    assert shop("apply", "--auto-approve", "--gate", "off").code == 0
    shop.write("---\n".join(manifest(name, state=", state: absent") for name in names))
    assert shop("plan", "--out", "p.json").code == 0
    before, runs = console().servers(), shop("history").out
    for command in (("apply", "--auto-approve", "--allow-delete=3"), ("apply", "p.json", "--allow-delete=3")):
        said = shop(*command)
        assert (said.code, "4 objects, --allow-delete says 3" in said.err) == (5, True)
    assert (console().servers(), shop("history").out) == (before, runs)
    assert shop("apply", "p.json", "--allow-delete=4").code == 0
    assert console().servers() == []


def test_protected_object_is_5_for_plan_and_apply_whatever_is_allowed(shop, console):
    shop.write(manifest(more="  protect: true\n"))
    assert shop("apply", "--auto-approve").code == 0
    shop.write(manifest(more="  protect: true\n", state=", state: absent"))
    planned = shop("plan", "--out", "p.json")
    assert planned.code == 5
    assert "PLN004" in planned.out
    for command in (("apply", "--auto-approve", "--allow-delete"), ("apply", "p.json", "--allow-delete=5")):
        said = shop(*command)
        assert said.code == 5
        assert console().statuses() == {"https://tools.mcp.test/mcp": "ACTIVE"}


def test_removed_file_deletes_nothing(shop, console):
    assert shop("apply", "--auto-approve").code == 0
    shop.write(manifest(name="other"))
    said = shop("apply", "--auto-approve")
    assert said.code == 0
    assert "no manifest describes it any more" in said.out
    assert len(console().statuses()) == 2
