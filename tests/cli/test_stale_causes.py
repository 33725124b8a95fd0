"""Everything that a saved plan is bound to, moved one at a time: refused, each named; what is unrelated may move."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from reconciler import app
from reconciler.core import plan_file
from reconciler.core.errors import PlanStale

from .conftest import SERVERS, manifest

PROTECTED_BY = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: agents}
spec: {type: okta, displayName: Agents, audience: "api://agents"}
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: inside}
spec:
  resourceUrl: https://inside.mcp.test/mcp
  description: DESCRIPTION
  authorizationServers: [agents]
"""
CUSTOM = "/api/v1/authorizationServers"


@pytest.fixture
def saved(shop):
    """A plan that changes a server which leans on a custom authorization server, with a commit to be bound to."""
    head = shop.root / ".git" / "HEAD"
    head.parent.mkdir()
    head.write_text("a" * 40 + "\n")
    shop.write(PROTECTED_BY.replace("DESCRIPTION", "Old"), "inside.yaml")
    assert shop("apply", "--auto-approve").code == 0
    shop.write(PROTECTED_BY.replace("DESCRIPTION", "New"), "inside.yaml")
    assert shop("plan", "--out", "p.json").code == 0
    return shop.root / "p.json"


def rewritten(path, change):
    """By somebody who also makes a new checksum; times and commit are no part of the digest."""
    body = json.loads(path.read_text())
    change(body)
    path.write_text(plan_file.seal(body))


def expired(shop, saved, _org):
    then = datetime.now(UTC) - timedelta(hours=1)
    rewritten(saved, lambda body: body["envelope"].update(expires=then.isoformat()))


def commit(shop, saved, _org):
    (shop.root / ".git" / "HEAD").write_text("b" * 40 + "\n")


def version(shop, saved, _org):
    rewritten(saved, lambda body: body.update(tool_version="0.0.1"))


def policy(shop, saved, _org):
    rewritten(saved, lambda body: body["envelope"].update(policy="sha256:other"))


def no_envelope(shop, saved, _org):
    rewritten(saved, lambda body: body.update(envelope=None))


def manifests(shop, saved, _org):
    shop.write(manifest(title="Other"))


def settings(shop, saved, _org):
    shop.configure("guards: {prune: managed}\n")


def environment(shop, saved, _org):
    target = "{target: {type: embedded}}"
    shop.configure(f"defaultEnvironment: prod\nenvironments: {{local: {target}, prod: {target}}}\n")


def organisation(shop, saved, _org):
    shop.configure("environments: {local: {target: {type: embedded, state: .reconciler/other.sqlite}}}\n")


def inside(org):
    [server] = [each for each in org.servers() if "inside" in each["resourceUrl"]]
    return f"{SERVERS}/{server['id']}"


def described(shop, saved, org):
    merge = {"Content-Type": "application/merge-patch+json"}
    org.http.patch(inside(org), content=json.dumps({"description": "Theirs"}), headers=merge).raise_for_status()


def stopped(shop, saved, org):
    org.http.post(f"{inside(org)}/lifecycle/deactivate").raise_for_status()


def gone(shop, saved, org):
    org.http.post(f"{inside(org)}/lifecycle/deactivate").raise_for_status()
    org.statuses()
    org.http.delete(inside(org)).raise_for_status()
    org.statuses()


def leaned_on(shop, saved, org):
    [server] = [each for each in org.http.get(CUSTOM).json() if each["name"] == "Agents"]
    body = {"name": "Agents", "audiences": ["api://theirs"]}
    org.http.put(f"{CUSTOM}/{server['id']}", json=body).raise_for_status()


CAUSES = {
    expired: "It expired at",
    commit: "from commit aaaaaaaaaaaa, this is bbbbbbbbbbbb",
    version: "version 0.0.1",
    policy: "The policy is not the one",
    no_envelope: "does not say what it is bound to",
    manifests: "The manifests or the settings",
    settings: "The manifests or the settings",
    environment: "for the environment local, this is prod",
    organisation: "other.sqlite",
    described: "McpServer.inside: description was 'Old', is 'Theirs'",
    stopped: "McpServer.inside: status was ACTIVE, is INACTIVE",
    gone: "is gone",
    leaned_on: "AuthorizationServer.agents: audiences was",
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_each_thing_that_a_plan_is_bound_to_refuses_it_when_moved(shop, saved, console, cause):
    org = console()
    cause(shop, saved, org)
    before = org.servers()
    said = shop("apply", "p.json")
    assert said.code == 4
    assert CAUSES[cause] in said.err
    assert "fix: Make a new plan" in said.err
    assert org.servers() == before


def test_all_that_moved_is_named_at_once(shop, saved, console):
    commit(shop, saved, None)
    manifests(shop, saved, None)
    said = shop("apply", "p.json")
    assert "commit" in said.err
    assert "manifests" in said.err


def unrelated(org):
    [server] = [each for each in org.servers() if "tools" in each["resourceUrl"]]
    merge = {"Content-Type": "application/merge-patch+json"}
    org.http.patch(
        f"{SERVERS}/{server['id']}", content=json.dumps({"description": "Theirs"}), headers=merge
    ).raise_for_status()


def test_an_object_that_the_plan_neither_touches_nor_leans_on_may_move(shop, saved, console):
    unrelated(console())
    assert shop("apply", "p.json").code == 0
    assert {each.get("metadata", {}).get("description") for each in console().servers()} == {"New", "Theirs"}


def test_comments_blanks_and_the_order_of_documents_may_change(shop, saved):
    parts = PROTECTED_BY.replace("DESCRIPTION", "New").split("---\n")
    shop.write("# a comment\n" + "---\n".join(reversed(parts)), "other-name.yaml")
    (shop.root / "registry.d" / "inside.yaml").unlink()
    assert shop("apply", "p.json").code == 0


def test_a_folder_without_a_repository_takes_a_plan_of_any_commit(shop, saved):
    (shop.root / ".git" / "HEAD").unlink()
    assert shop("apply", "p.json").code == 0


def test_a_plan_that_is_not_the_reviewed_one_is_4_in_both_forms(shop, saved):
    digest = json.loads(saved.read_text())["digest"]
    for form in (("apply", "p.json"), ("apply", "--auto-approve")):
        said = shop(*form, "--expect-digest", "sha256:" + "0" * 64)
        assert said.code == 4
        assert digest in said.err
    assert shop("apply", "--auto-approve", "--expect-digest", digest).code == 0


def test_a_decision_about_a_conflict_belongs_to_planning(shop, saved):
    assert shop("apply", "p.json", "--take-ownership", "McpServer.inside.description").code == 64
    said = shop("plan", "--take-ownership", "McpServer.inside.description")
    assert said.code == 64
    assert "no conflict there" in said.err


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ("guards: {budgets: {McpServers: {deletes: 5}}}", 3, ("CNF010", "McpServers")),
        ("guards: {budgets: {McpServer: {deletePercent: 101}}}", 3, ("reconciler.yaml",)),
        ("guards: {prune: all}", 3, ("prune",)),
        ("moved: [{from: tools, to: McpServer.x}]", 3, ("CNF009", "tools")),
        ("moved: [{from: Thing.tools, to: Thing.x}]", 3, ("CNF009", "Thing")),
        ("moved: [{from: McpServer.tools, to: McpServer.x}]", 1, ("PLN011", "McpServer.tools")),
    ],
)
def test_settings_that_cannot_be_meant_are_told_with_code_and_place(shop, settings, code, words):
    shop.configure(settings + "\n")
    said = shop("plan")
    assert said.code == code
    for word in words:
        assert word in said.out + said.err


def test_a_file_larger_than_any_plan_is_not_read(shop):
    with (shop.root / "p.json").open("wb") as file:
        file.truncate(600 * 1024 * 1024)
    said = shop("apply", "p.json")
    assert said.code == 4
    assert "larger than any plan" in said.err


def test_a_plan_is_applied_once_also_the_very_first_one(shop):
    assert shop("plan", "--out", "first.json").code == 0
    assert shop("apply", "first.json").code == 0
    said = shop("apply", "first.json")
    assert said.code == 4
    assert "It was applied already, by run 1." in said.err


@pytest.mark.parametrize("also_custom", [False, True], ids=["server", "and its authorization server"])
def test_what_a_plan_is_to_create_and_somebody_has_made_meanwhile_refuses_it(shop, console, also_custom):
    """Also when it was made by another plan of the same manifests."""
    if also_custom:
        shop.write(PROTECTED_BY.replace("DESCRIPTION", "New"))
    for name in ("first.json", "second.json"):
        assert shop("plan", "--out", name).code == 0
    assert shop("apply", "first.json").code == 0
    before = console().servers()
    said = shop("apply", "second.json")
    assert said.code == 4
    assert f"McpServer.{'inside' if also_custom else 'tools'}: it did not exist, and is there now as " in said.err
    assert ("AuthorizationServer.agents: it did not exist" in said.err) is also_custom
    assert len(shop("history", "--format", "json").json["runs"]) == 1
    assert console().servers() == before


def test_of_two_applies_that_both_looked_before_the_lock_the_second_is_refused_under_it(shop, console, monkeypatch):
    """Both have planned the same create; the first is through before the second takes the lock."""
    fence = app.fence(app.open_workspace(shop.root, None))
    assert shop("apply", "--auto-approve").code == 0
    for file in (shop.root / ".reconciler").glob("okta.sqlite*"):
        file.rename(file.with_name(file.name.replace("okta", "kept")))
    saved = app.plan(app.open_workspace(shop.root, None)).plan
    for file in (shop.root / ".reconciler").glob("kept.sqlite*"):
        file.rename(file.with_name(file.name.replace("kept", "okta")))
    before = console().servers()
    with pytest.raises(PlanStale, match=r"McpServer\.tools: it did not exist"):
        list(app.apply(app.open_workspace(shop.root, None), saved, app.Limits(fence=fence)))
    assert console().servers() == before


def test_a_rename_and_what_is_gone_are_written_down_by_an_apply(shop, console):
    assert shop("apply", "--auto-approve").code == 0
    shop.write(
        manifest().replace("kind: McpServer\nmetadata: {name: tools}", "kind: McpServer\nmetadata: {name: bench}")
    )
    assert "> McpServer.bench" in shop("plan").out
    assert shop("apply", "--auto-approve").code == 0
    assert shop("plan", "--detailed-exitcode").code == 0
    assert len(console().servers()) == 1
