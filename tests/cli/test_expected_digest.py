"""`apply --expect-digest` without the file: only what was reviewed, and if it is something else, how it differs."""

import re

import pytest

from .conftest import manifest


def digest(shop):
    """That of the plan of now."""
    return shop("plan", "--format", "json").json["digest"]


@pytest.fixture
def applied(shop):
    """The digest of a plan that was applied: it made the server `tools` say New."""
    assert shop("apply", "--auto-approve").code == 0
    shop.write(manifest(title="New"))
    reviewed = digest(shop)
    assert shop("apply", "--auto-approve", "--expect-digest", reviewed).code == 0
    return reviewed


def test_another_plan_than_that_of_a_run_is_4_with_how_they_differ_and_nothing_is_written(shop, applied, console):
    shop.write(manifest(title="Newer"))
    said = shop("apply", "--auto-approve", "--expect-digest", applied)
    assert said.code == 4
    for word in (
        "error[RUN043]",
        f"expected was {applied}",
        "that of run 2.",
        "~ McpServer.tools  update",
        'approved: "Tools" -> "New"',
        'now:      "New" -> "Newer"',
        "1 difference: 1 changed.",
    ):
        assert word in said.err
    said = shop("apply", "--auto-approve", "--expect-digest", applied, "--format", "json")
    assert (said.code, said.json["error"]["code"]) == (4, "RUN043")
    [difference] = said.json["differences"]
    assert (difference["address"], difference["side"]) == ("McpServer.tools", "changed")
    assert [each["metadata"]["displayName"] for each in console().servers()] == ["New"]


def test_what_was_reviewed_and_only_leans_on_something_else_goes_through_and_is_said(shop, applied, console):
    console().edit(displayName="Tools", description="Somebody's")
    assert digest(shop) != applied
    said = shop("apply", "--auto-approve", "--expect-digest", applied)
    assert said.code == 0
    assert "that of run 2, would do the same" in said.err
    assert [each["metadata"]["displayName"] for each in console().servers()] == ["New"]


def test_a_plan_that_no_run_was_of_is_4_with_the_command_that_shows_the_difference(shop, applied, console):
    shop.write(manifest(title="Newer"))
    reviewed = shop("plan", "--out", "reviewed.json", "--format", "json").json["digest"]
    console().edit(displayName="Somebody's")
    said = shop("apply", "--auto-approve", "--expect-digest", reviewed)
    assert (said.code, "error[RUN004]" in said.err, "no run in the ledger" in said.err) == (4, True, True)
    [command] = re.findall(r"reconciler (apply FILE \S+ \S+)", said.err)
    shown = shop(*command.replace("FILE", "reviewed.json").split())
    assert (shown.code, 'approved: "New" -> "Newer"' in shown.err) == (4, True)
    assert [each["metadata"]["displayName"] for each in console().servers()] == ["Somebody's"]


def test_a_file_that_is_not_the_reviewed_one_is_compared_with_it_before_anything_is_asked(shop, applied, console):
    shop.write(manifest(title="Newer"))
    assert shop("plan", "--out", "other.json").code == 0
    said = shop("apply", "other.json", "--expect-digest", applied)
    assert (said.code, 'now:      "New" -> "Newer"' in said.err) == (4, True)
