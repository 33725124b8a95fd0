"""`import` and `export`: what is written, what stays byte for byte, and everything that is refused."""

import json

import jsonschema
import pytest

from .conftest import SERVERS, manifest

CUSTOM = "/api/v1/authorizationServers"


@pytest.fixture
def hand_made(shop, console):
    """An organisation with servers that people made in the console; nothing of it is described."""
    org = console().http

    def make(name, *, issuer="https://idp.test", title="", active=True):
        body = {"resourceUrl": f"https://{name}.mcp.test/mcp", "displayName": title or name, "discoveryType": "MANUAL"}
        org.post(SERVERS, json=body).raise_for_status()
        [server] = [
            s for s in org.get(SERVERS, params={"limit": 200}).json()["data"] if s["resourceUrl"] == body["resourceUrl"]
        ]
        row = {
            "type": "EXTERNAL",
            "issuer": issuer,
            "authorizationEndpoint": f"{issuer}/authorize",
            "tokenEndpoint": f"{issuer}/token",
            "grantTypesSupported": ["authorization_code"],
        }
        org.post(f"{SERVERS}/{server['id']}/authorization-servers", json=row).raise_for_status()
        if active:
            org.post(f"{SERVERS}/{server['id']}/lifecycle/activate").raise_for_status()
        return server["id"]

    (shop.root / "registry.d" / "manifest.yaml").unlink()
    make.http = org
    return make


def files(shop):
    return {str(p.relative_to(shop.root)): p.read_bytes() for p in (shop.root / "registry.d").rglob("*") if p.is_file()}


def test_everything_is_imported_the_plan_is_empty_and_a_second_import_changes_no_byte(shop, hand_made):
    hand_made("jira", title="Jira & Co.")
    hand_made("wiki", active=False)
    hand_made("chat", issuer="https://other.test", title="On")
    said = shop("import", "--all")
    assert said.code == 0
    assert "Imported 4 objects: 6 documents in 6 files." in said.out
    assert "The next plan has nothing to do for them." in said.out
    plan = shop("plan", "--detailed-exitcode")
    assert (plan.code, "No changes." in plan.out) == (0, True)
    before = files(shop)
    assert sorted(before) == [
        "registry.d/authorization-server/default.yaml",
        "registry.d/authorization-server/idp-test.yaml",
        "registry.d/authorization-server/other-test.yaml",
        "registry.d/mcp-server/jira-co.yaml",
        "registry.d/mcp-server/on.yaml",
        "registry.d/mcp-server/wiki.yaml",
    ]
    again = shop("import", "--all")
    assert (again.code, again.out) == (0, "Nothing to import: a manifest describes everything that was asked for.\n")
    assert files(shop) == before


def test_the_apply_after_an_import_takes_the_objects_over_and_sends_nothing(shop, hand_made):
    server = hand_made("jira")
    shop("import", "--all")
    log = hand_made.http.get("/api/v1/logs").json()
    assert shop("apply", "--auto-approve").code == 0
    assert hand_made.http.get("/api/v1/logs").json() == log
    (shop.root / "registry.d/mcp-server/jira.yaml").unlink()
    (shop.root / "registry.d/authorization-server/default.yaml").touch()
    assert f"McpServer.jira: no manifest describes it any more; McpServer {server}" in shop("plan").out


def test_an_orphan_comes_back_under_its_old_name(shop, hand_made):
    server = hand_made("jira")
    shop("import", "McpServer.tracker", server)
    shop("apply", "--auto-approve")
    (shop.root / "registry.d/mcp-server/tracker.yaml").unlink()
    assert shop("import", server).code == 0
    assert (shop.root / "registry.d/mcp-server/tracker.yaml").exists()


def test_one_object_is_imported_under_the_name_that_is_asked_for(shop, hand_made):
    jira, wiki = hand_made("jira"), hand_made("wiki")
    said = shop("import", "McpServer.tracker", jira, wiki, "--layout", "one")
    assert said.code == 0
    text = (shop.root / "registry.d" / "imported.yaml").read_text()
    assert text.count("---\n") == 2
    assert "name: tracker" in text
    assert "name: wiki" in text
    assert shop("plan", "--detailed-exitcode").code == 0


def test_a_file_that_people_wrote_keeps_every_byte(shop, hand_made):
    hand_made("jira")
    shop("import", "--all", "--kind", "McpServer", "--layout", "kind")
    path = shop.root / "registry.d" / "mcp-server.yaml"
    written = "# ours: look here first\n" + path.read_text().replace(
        "displayName: jira", "displayName:   'jira'   # kept"
    )
    path.write_text(written)
    hand_made("wiki")
    assert shop("import", "--select", "*wiki*", "--layout", "kind").code == 0
    after = path.read_text()
    assert after.startswith(written)
    assert after.count("kind: McpServer") == 2
    assert shop("plan", "--detailed-exitcode").code == 0


def test_a_dry_run_shows_a_diff_and_writes_nothing(shop, hand_made):
    hand_made("jira")
    said = shop("import", "--all", "--dry-run")
    assert said.code == 0
    assert "--- /dev/null\n+++ b/registry.d/mcp-server/jira.yaml\n" in said.out
    assert "+  resourceUrl: https://jira.mcp.test/mcp\n" in said.out
    assert "Would import 2 objects" in said.out
    assert files(shop) == {}


def test_as_json_it_tells_what_was_written_where(shop, hand_made):
    server = hand_made("jira")
    said = shop("import", server, "--format", "json").json
    assert said["written"] is True
    assert said["changes_of_next_plan"] == 0
    [mcp] = [each for each in said["documents"] if each["address"] == "McpServer.jira"]
    assert (mcp["record"], mcp["file"]) == (server, "registry.d/mcp-server/jira.yaml")
    assert mcp["spec"]["authorizationServers"] == ["idp-test"]


def test_a_server_in_trouble_is_imported_and_the_plan_says_what_it_proposes(shop, hand_made, console):
    server = hand_made("jira")
    org = console()
    with org.app.organisation.store.write() as db:
        db.execute("UPDATE mcp_servers SET status='INVALID' WHERE id=?", (server,))
    said = shop("import", server)
    assert said.code == 0
    assert "revalidate McpServer.jira" in said.out


def test_every_mistake_about_what_to_import_comes_at_once_and_nothing_is_written(shop, hand_made):
    jira, wiki = hand_made("jira"), hand_made("wiki")
    shop("import", wiki)
    before = files(shop)
    said = shop("import", "emsNothing", wiki, "AuthorizationServer.jira", jira, "McpServer.wiki", "ausNothing")
    assert said.code == 64
    for code in ("ADP001", "ADP002", "ADP003"):
        assert code in said.err
    assert said.err.count("ADP001") == 2
    assert "registry.d/mcp-server/wiki.yaml" in said.err
    assert files(shop) == before
    machine = shop("import", "emsNothing", "--format", "json")
    assert [each["code"] for each in machine.json["diagnostics"]] == ["ADP001"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Say what to import"),
        (["ems1", "--all"], "Say what to import"),
        (["ems1", "--kind", "McpServer"], "--kind narrows"),
        (["McpServer.jira"], "the id of the object is missing"),
        (["McpServer.jira", "McpServer.wiki"], "the id of the object is missing"),
        (["McpServr.jira", "ems1"], "Did you mean McpServer?"),
        (["McpServer.-", "ems1"], "is not an address"),
        (["--all", "--kind", "Nothing"], "There are AuthorizationServer"),
        (["--all", "--layout", "tree"], "--layout"),
        (["--all", "--into", "../elsewhere"], "no folder of the registry"),
        (["--all", "--into", "docs"], "no folder of the registry"),
        (["--all", "--into", "registry.d/../.."], "no folder of the registry"),
    ],
)
def test_a_wrong_call_is_a_usage_error(shop, hand_made, arguments, says):
    said = shop("import", *arguments)
    assert (said.code, says in said.err) == (64, True), said.err
    assert files(shop) == {}


def test_faulty_manifests_stop_an_import(shop, hand_made):
    jira = hand_made("jira")
    shop.write("apiVersion: reconciler/v1\nkind: Nothing\n", "broken.yaml")
    assert shop("import", jira).code == 3


def test_a_link_in_the_registry_is_not_followed(shop, hand_made, tmp_path_factory):
    jira = hand_made("jira")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (shop.root / "registry.d" / "deep").mkdir()
    (shop.root / "registry.d" / "deep" / "mcp-server.yaml").symlink_to(elsewhere / "victim.yaml")
    said = shop("import", jira, "--into", "registry.d/deep", "--layout", "kind")
    assert said.code != 0
    assert list(elsewhere.iterdir()) == []


def test_a_server_that_cannot_be_described_is_told_and_the_others_are_imported(shop, hand_made):
    hand_made("jira")
    body = {"resourceUrl": "https://bare.mcp.test/mcp", "displayName": "Bare", "discoveryType": "MANUAL"}
    hand_made.http.post(SERVERS, json=body).raise_for_status()
    [bare] = [s["id"] for s in hand_made.http.get(SERVERS).json()["data"] if s["resourceUrl"] == body["resourceUrl"]]
    said = shop("import", "--all")
    assert said.code == 0
    assert "warning[ADP011]" in said.err
    assert sorted(files(shop)) == [
        "registry.d/authorization-server/default.yaml",
        "registry.d/authorization-server/idp-test.yaml",
        "registry.d/mcp-server/jira.yaml",
    ]
    alone = shop("import", bare)
    assert (alone.code, "error[ADP011]" in alone.err) == (64, True)


# -- export --------------------------------------------------------------------------------------------------------


def test_an_export_is_a_registry_whose_plan_is_empty_and_is_the_same_each_time(shop, hand_made):
    hand_made("jira")
    hand_made("wiki", active=False)
    hand_made.http.post(CUSTOM, json={"name": "Agents", "audiences": ["api://agents"]}).raise_for_status()
    one = shop("export")
    assert one.code == 0
    assert shop("export").out == one.out
    said = shop("export", "--out", str(shop.root / "registry.d" / "snapshot"), "--layout", "kind")
    assert said.code == 0
    assert sorted(files(shop)) == [
        "registry.d/snapshot/authorization-server.yaml",
        "registry.d/snapshot/mcp-server.yaml",
    ]
    assert shop("plan", "--detailed-exitcode").code == 0
    assert shop("export").out == one.out


def test_an_export_needs_no_manifests_and_narrows_to_a_kind(shop, hand_made):
    hand_made("jira")
    shop.write("nonsense: [", "broken.yaml")
    said = shop("export", "--kind", "McpServer", "--format", "json")
    assert said.code == 0
    assert {each["address"] for each in said.json["documents"]} == {"McpServer.jira", "AuthorizationServer.idp-test"}


def test_an_export_is_not_mixed_with_what_is_there(shop, hand_made):
    shop.write(manifest())
    assert shop("export", "--out", str(shop.root / "registry.d")).code == 64


def test_every_exported_document_validates_against_its_published_schema(shop, hand_made):
    from reconciler import app

    hand_made("jira")
    for each in shop("export", "--format", "json").json["documents"]:
        kind, _, name = each["address"].partition(".")
        document = {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name}, "spec": each["spec"]}
        jsonschema.Draft202012Validator(json.loads(json.dumps(app.schemas()[f"{kind}.schema.json"]))).validate(document)


# -- init --from-live ----------------------------------------------------------------------------------------------


def test_a_registry_that_begins_with_what_is_live_has_an_empty_plan(shop, hand_made):
    for name in ("jira", "wiki", "chat", "mail", "docs"):
        hand_made(name)
    said = shop("init", "--from-live")
    assert said.code == 0
    assert "files more." in said.out
    assert "registry.d/example.yaml" not in files(shop)
    assert len(files(shop)) == 7
    assert shop("plan", "--detailed-exitcode").code == 0
    before = files(shop)
    assert shop("init", "--from-live").out == "Everything is there already.\n"
    assert files(shop) == before


def test_a_registry_can_begin_with_an_organisation(shop, monkeypatch):
    (shop.root / "registry.d" / "manifest.yaml").unlink()
    monkeypatch.delenv("OKTA_API_TOKEN", raising=False)
    assert shop("init", "--org-url", "https://acme.okta.com").code == 0
    assert 'orgUrl: "https://acme.okta.com"' in (shop.root / "reconciler.yaml").read_text()
    assert shop("validate").code == 0
    said = shop("init", "--from-live")
    assert (said.code, "OKTA_API_TOKEN" in said.err) == (3, True)


def test_an_organisation_that_is_none_is_told_with_its_place(shop):
    shop("init", "--org-url", "acme")
    said = shop("plan")
    assert (said.code, "reconciler.yaml:8:15" in said.err) == (3, True)
