"""Bad input, end to end: `validate` and `plan` say where and what, send nothing, and end with 3."""

import os
import re
from pathlib import Path

import pytest

from .conftest import manifest

GOOD = manifest()
PLACE = re.compile(r"registry\.d/manifest\.yaml:\d+:\d+")


def changed(old, new, text=GOOD):
    assert old in text
    return text.replace(old, new, 1)


def bomb():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines) + "\n"


def okta(**more):
    body = {"type": "okta", "displayName": "Agents", "audience": "api://x", **more}
    lines = "\n".join(f"  {key}: {value}" for key, value in body.items())
    return f"apiVersion: reconciler/v1\nkind: AuthorizationServer\nmetadata: {{name: a}}\nspec:\n{lines}\n"


# What is wrong, and a word that has to be in what is said of it.
BAD = {
    "empty file": ("", ""),
    "only a comment": ("# nothing\n", ""),
    "empty document": (GOOD + "---\n", ""),
    "tab for indentation": (changed("  type: external", "\ttype: external"), "tab"),
    "invalid UTF-8": (GOOD.encode().replace(b"Tools", b"T\xff\xfeols"), "UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), ""),
    "NUL": (changed("Tools", "To\x00ols"), ""),
    "control character": (changed("Tools", "To\x1bols"), ""),
    "scalar of 5 MB": (changed("Tools", "x" * 5_000_000), ""),
    "file of 9 MB": (GOOD + "# " + "x" * 9_000_000 + "\n", ""),
    "nesting of 1,000": (changed("displayName: Tools", "displayName: " + "[" * 1000 + "]" * 1000), ""),
    "nesting of 1,000 by indentation": ("\n".join(" " * depth + "a:" for depth in range(1000)), ""),
    "alias bomb": (bomb(), ""),
    "anchor that holds itself": ("apiVersion: &a [*a]\n", ""),
    "duplicate key": (changed("  displayName: Tools", "  displayName: Tools\n  displayName: Others"), "displayName"),
    "duplicate key in flow style": (changed("metadata: {name: tools}", "metadata: {name: tools, name: other}"), "name"),
    "unknown key": (changed("displayName: Tools", "displayNam: Tools"), "displayName"),
    "unknown key at the top": (changed("kind: McpServer", "kind: McpServer\nsepc: {}"), "sepc"),
    "unknown kind": (changed("kind: McpServer", "kind: McpSever"), "McpServer"),
    "wrong apiVersion": (changed("apiVersion: reconciler/v1", "apiVersion: reconciler/v2"), "reconciler/v1"),
    "no apiVersion": (changed("apiVersion: reconciler/v1\n", ""), "apiVersion"),
    "no kind": (changed("kind: McpServer\n", ""), "kind"),
    "no name": (changed("metadata: {name: tools}", "metadata: {}"), "name"),
    "bad name": (changed("metadata: {name: tools}", "metadata: {name: Tools_1}"), "Tools_1"),
    "two objects with one name": (GOOD + "---\n" + GOOD, "tools"),
    "reference to nothing": (changed("authorizationServers: [tools]", "authorizationServers: [tool]"), "tools"),
    "no authorization servers": (
        changed("authorizationServers: [tools]", "authorizationServers: []"),
        "authorizationServers",
    ),
    "not connectable": (
        changed("authorizationServers: [tools]", "authorizationServers: [tools]\n  requires: [xaa]"),
        "XAA",
    ),
    "user information in a URL": (
        changed("https://tools.mcp.test", "https://joe:hunter2@tools.mcp.test"),
        "user information",
    ),
    "fragment in a URL": (changed("test/mcp", "test/mcp#tools"), "fragment"),
    "http to a public host": (changed("https://tools.mcp.test", "http://tools.mcp.test"), "http"),
    "no URL": (changed("https://tools.mcp.test/mcp", "tools.mcp.test/mcp"), ""),
    "credential in a query": (changed("test/mcp", "test/mcp?access_token=hunter2"), ""),
    "literal secret": (changed("  displayName: Tools", "  displayName: Tools\n  clientSecret: hunter2"), "secret"),
    "token where text is": (changed("displayName: Tools", "displayName: ghp_hunter2" + "A1b2C3d4" * 4), ""),
    "private key": (
        "apiVersion: reconciler/v1\nkind: McpOAuthClient\nmetadata: {name: tools}\nspec:\n  mcpServer: tools\n  keys:\n"
        "    - publicKey: {kty: EC, crv: P-256, x: AA, y: AA, d: hunter2}\n---\n" + GOOD,
        "`d` is a member of private keys",
    ),
    "undefined variable": (changed("displayName: Tools", "displayName: ${var.nothing}"), "nothing"),
    "unclosed variable": (changed("displayName: Tools", "displayName: '${var.nothing'"), ""),
    "two servers with one URL": (
        GOOD + "---\n" + changed("tools.mcp.test", "tools.mcp.test", GOOD.replace("name: tools", "name: others", 3)),
        "",
    ),
    "okta with endpoints": (okta(oauth="{tokenEndpoint: 'https://x.test/token'}"), "oauth"),
    "okta with an issuer": (okta(issuer="https://x.test"), "issuer"),
    "static without endpoints": (re.sub(r"  oauth:\n(    .*\n)*", "", GOOD), "oauth.tokenEndpoint"),
    "wrong type": (changed("displayName: Tools", "displayName: [Tools]"), "displayName"),
    "number for text": (changed("displayName: Tools", "displayName: 12"), "displayName"),
    "key without a value": (changed("displayName: Tools", "displayName:"), "displayName"),
    "custom tag": (changed("displayName: Tools", "displayName: !!python/object:os.system Tools"), ""),
    "not YAML": ("{]\n", ""),
    "JSON list": ("[1, 2]\n", ""),
    "text": ("hello\n", ""),
}


def refused(shop, word, *, place=PLACE, hidden="hunter2"):
    """Whether both commands end with 3, say where, what and what to do, and nothing was opened."""
    for command in (("validate",), ("plan",)):
        said = shop(*command)
        assert said.code == 3
        assert said.out == ""
        assert place.search(said.err), said.err[:2000]
        assert "error[" in said.err
        assert word in said.err
        assert hidden not in said.err
        assert len(said.err) < 20_000
        assert shop.untouched
    found = shop("validate", "--format", "json").json
    assert found["valid"] is False
    assert all(each["code"] and each["summary"] and each["detail"] for each in found["diagnostics"])
    return True


@pytest.mark.parametrize(("text", "word"), BAD.values(), ids=BAD)
def test_bad_manifest_is_3_and_said_with_file_line_and_column(shop, text, word):
    shop.write(text)
    assert refused(shop, word, place=re.compile(r"registry\.d(/manifest\.yaml(:\d+:\d+)?)?"))
    if text not in ("", "# nothing\n") and not isinstance(text, bytes) and len(text) < 8_000_000:
        assert PLACE.search(shop("validate").err)


def test_two_servers_whose_urls_differ_by_one_slash_are_one(shop):
    shop.write(manifest(), "a.yaml")
    shop.write(manifest(name="other").replace("https://other.mcp.test/mcp", "https://tools.mcp.test/mcp/"))
    assert refused(shop, "McpServer.tools")


def test_all_mistakes_of_all_files_come_at_once_in_the_order_of_places(shop):
    shop.write(changed("displayName", "displayNam"), "b.yaml")
    shop.write(changed("https://tools.mcp", "http://other.mcp", changed("kind: McpServer", "kind: McpSever")), "a.yaml")
    shop.write("{]\n", "c.yaml")
    (shop.root / "registry.d" / "manifest.yaml").unlink()
    said = shop("validate")
    assert said.code == 3
    files = [line.split()[1].split(":")[0] for line in said.err.splitlines() if line.startswith("  →")]
    assert files == sorted(files)
    assert {Path(file).name for file in files} == {"a.yaml", "b.yaml", "c.yaml"}
    assert re.search(r"\d+ errors, 0 warnings in 3 files\.", said.err)


# -- what is fine --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelled",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        ("---\n" + GOOD).encode(),
        (GOOD + "...\n").encode(),
        GOOD.rstrip("\n").encode(),
    ],
    ids=["BOM", "CRLF", "leading marker", "end marker", "no last newline"],
)
def test_spelling_of_the_file_changes_nothing_in_the_plan(shop, spelled):
    plain = shop("plan", "--format", "json").json
    shop.write(spelled)
    said = shop("plan", "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert said.json["digest"] == plain["digest"]


# -- files and folders ---------------------------------------------------------------------------------------------


def test_missing_registry_folder_is_an_error_and_no_empty_registry(shop):
    (shop.root / "registry.d").rename(shop.root / "elsewhere")
    assert refused(shop, "registry.d", place=re.compile("registry.d"))


def test_empty_registry_folder_is_an_error_and_no_empty_registry(shop):
    (shop.root / "registry.d" / "manifest.yaml").unlink()
    assert refused(shop, "", place=re.compile("registry.d"))


def test_symbolic_links_in_a_circle_are_said(shop):
    (shop.root / "registry.d" / "loop.yaml").symlink_to("loop.yaml")
    assert refused(shop, "loop.yaml", place=re.compile(r"registry\.d/loop\.yaml"))


def test_folder_that_contains_itself_ends(shop):
    (shop.root / "registry.d" / "again").symlink_to(shop.root / "registry.d")
    said = shop("validate")
    assert said.code in {0, 3}


def test_link_out_of_the_project_is_not_read(shop, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("password: hunter2\n")
    (shop.root / "registry.d" / "link.yaml").symlink_to(outside)
    said = shop("validate")
    assert said.code == 3
    assert "link.yaml" in said.err
    assert "hunter2" not in said.err
    assert "password" not in said.err


def test_file_that_may_not_be_read_is_said(shop, monkeypatch):
    """As the system says it; a test that runs as root may read everything."""
    path = shop.write(GOOD, "closed.yaml")
    if os.geteuid() == 0:
        path.unlink()
        path.mkdir()
        (path / "x").write_text("")
    else:
        path.chmod(0)
    said = shop("validate")
    assert said.code in {0, 3}
    if os.geteuid() != 0:
        assert "closed.yaml" in said.err


def test_pipe_in_the_registry_does_not_hang(shop):
    os.mkfifo(shop.root / "registry.d" / "pipe.yaml")
    said = shop("validate")
    assert said.code == 3
    assert "pipe.yaml" in said.err


# -- reconciler.yaml -----------------------------------------------------------------------------------------------

CONFIGURATION = {
    "unknown key": ("registri: [registry.d]\n", "registry"),
    "not YAML": ("{]\n", ""),
    "empty": ("", ""),
    "two documents": ("registry: [registry.d]\n---\nregistry: [registry.d]\n", ""),
    "list": ("- registry.d\n", ""),
    "folder outside": ("registry: [../other]\n", "climbs with `..`"),
    "absolute folder": ("registry: [/etc]\n", ""),
    "no folder": ("registry: []\n", "registry"),
    "default that is none": ("defaultEnvironment: prod\n", "prod"),
    "unknown target": ("environments: {local: {target: {type: oktaa}}}\n", "okta"),
    "literal token": (
        "environments: {local: {target: {type: okta, orgUrl: 'https://a.okta.com', auth: {apiToken: hunter2}}}}\n",
        "",
    ),
    "no token": ("environments: {local: {target: {type: okta, orgUrl: 'https://a.okta.com'}}}\n", "auth"),
    "http organisation": (
        "environments: {local: {target: {type: okta, orgUrl: 'http://a.okta.com', auth: {apiToken: {fromEnv: T}}}}}\n",
        "orgUrl",
    ),
    "organisation with a path": (
        "environments: {local: {target: {type: okta, orgUrl: 'https://a.okta.com/x', auth: {apiToken: {fromEnv: T}}}}}",
        "orgUrl",
    ),
    "parallelism": ("parallelism: 0\n", "parallelism"),
    "unknown apiVersion": ("apiVersion: reconciler/v2\n", "reconciler/v1"),
}


@pytest.mark.parametrize(("text", "word"), CONFIGURATION.values(), ids=CONFIGURATION)
def test_wrong_configuration_is_3_and_nothing_is_sent(shop, text, word):
    shop.configure(text)
    assert refused(shop, word, place=re.compile(r"reconciler\.yaml(:\d+:\d+)?"))


def test_unknown_switch_of_the_embedded_organisation_is_an_error_that_names_it(shop):
    shop.configure("environments: {local: {target: {type: embedded, switches: {landing-stat: ACTIVE}}}}\n")
    said = shop("plan")
    assert said.code == 3
    assert "Did you mean 'landing-state'?" in said.err
    assert "reconciler.yaml" in said.err


def test_state_folder_that_is_a_file_is_said(shop):
    (shop.root / ".reconciler").write_text("")
    for command in (("plan",), ("apply", "--auto-approve")):
        said = shop(*command)
        assert said.code == 1
        assert ".reconciler/okta.sqlite" in said.err


@pytest.mark.parametrize("damage", [b"not a database", b"", b"SQLite format 3\x00" + b"\x00" * 100])
@pytest.mark.parametrize("file", ["okta.sqlite", "ledger.sqlite"])
def test_state_file_that_is_none_is_said_by_name(shop, file, damage):
    folder = shop.root / ".reconciler"
    folder.mkdir()
    (folder / file).write_bytes(damage)
    said = shop("apply", "--auto-approve")
    assert said.code in {0, 1}
    assert said.code == 0 if damage == b"" else file in said.err
