"""Promotion: what staging has seen may go to production, and nothing else."""

import pytest

from .conftest import manifest

SETTINGS = """\
apiVersion: reconciler/v1
defaultEnvironment: staging
environments:
  staging:
    target: {type: embedded, state: .reconciler/staging.sqlite}
    variables: {domain: staging.test, title: Tools, same: one}
  production:
    target: {type: embedded, state: .reconciler/production.sqlite}
    variables: {domain: prod.test, title: Tools, same: one}
"""
PROMOTE = ("promote", "--from", "staging", "--to", "production")


def varying(title="Tools of ${var.domain}", more=""):
    return manifest(title=title, more=more).replace("https://tools.mcp.test", "https://tools.${var.domain}")


@pytest.fixture
def staged(shop):
    """A project whose manifests were applied in staging."""
    shop.configure(SETTINGS)
    shop.write(varying(more="  description: '${var.same}'\n"))
    assert shop("apply", "--auto-approve").code == 0
    return shop


def test_only_variables_differ_and_each_is_named_with_both_texts_and_its_place(staged):
    said = staged(*PROMOTE)
    assert said.code == 0
    assert "Run 1 in staging is done, of exactly these manifests and settings." in said.out
    assert "~ McpServer.tools.spec.resourceUrl  by domain  registry.d/manifest.yaml:15:1" in said.out
    assert '"https://tools.staging.test/mcp" -> "https://tools.prod.test/mcp"' in said.out
    assert "In production only variables differ: 2 texts." in said.out
    assert not (staged.root / ".reconciler" / "production.sqlite").exists()
    machine = staged(*PROMOTE, "--format", "json").json
    assert (machine["from"], machine["to"], machine["run"], machine["exact"]) == ("staging", "production", 1, True)
    assert [each["path"] for each in machine["differences"]] == [
        "McpServer.tools.spec.resourceUrl",
        "McpServer.tools.spec.displayName",
    ]
    assert machine["differences"][0]["variables"] == ["domain"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (varying(title="Other"), "McpServer.tools.displayName was applied as 'Tools of staging.test', and is 'Other'."),
        (varying(more="  state: inactive\n"), "McpServer.tools was applied as ACTIVE, and is to be INACTIVE."),
        (varying(more="  protect: true\n"), "McpServer.tools was applied without protection"),
        (varying() + "---\n" + manifest(name="more"), "McpServer.more was not applied."),
        (
            varying().replace("name: tools}\nspec:\n  res", "name: tools, state: absent}\nspec:\n  res"),
            "McpServer.tools was applied, and no",
        ),
        (varying(more="  requires: [sts]\n"), "McpServer.tools.requires"),
    ],
    ids=["field", "state", "protection", "new", "gone", "hint"],
)
def test_whatever_staging_has_not_seen_is_5_and_named(staged, text, words):
    staged.write(text)
    said = staged(*PROMOTE)
    assert (said.code, "RUN052" in said.err, words in said.err) == (5, True, True)


def test_a_variable_of_staging_that_changed_since_is_5(staged):
    staged.configure(SETTINGS.replace("domain: staging.test", "domain: elsewhere.test"))
    said = staged(*PROMOTE)
    assert (said.code, "resourceUrl was applied as 'https://tools.staging.test/mcp'" in said.err) == (5, True)


def test_settings_that_no_object_shows_are_told_from_manifests_letter_by_letter(staged):
    staged.configure(SETTINGS + "guards: {planValidHours: 12}\n")
    said = staged(*PROMOTE)
    assert (said.code, "these are the objects that it left" in said.out) == (0, True)


def test_what_memory_cannot_tell_is_not_taken_for_equal(staged):
    secret = "clientSecret: {fromEnv: TOOLS_SECRET}"
    registration = (
        "---\napiVersion: reconciler/v1\nkind: ClientRegistration\nmetadata: {name: tools}\n"
        f"spec: {{mcpServer: tools, authorizationServer: tools, clientId: one, {secret}}}\n"
    )
    staged.write(varying() + registration)
    said = staged(*PROMOTE)
    assert (said.code, "ClientRegistration.tools was not applied." in said.err) == (5, True)


def test_nothing_is_promoted_from_where_nothing_was_applied_or_from_an_environment_to_itself(shop):
    shop.configure(SETTINGS)
    shop.write(varying())
    said = shop(*PROMOTE)
    assert (said.code, "Nothing was applied in staging yet" in said.err) == (5, True)
    assert shop("promote", "--from", "staging", "--to", "staging").code == 64
    assert shop("promote", "--from", "stagin", "--to", "production").code == 3
    assert shop("promote", "--from", "staging").code == 64


def test_a_run_that_did_not_end_is_5(staged, monkeypatch):
    from reconciler.app import promoting

    [run] = promoting.history.runs(staged.root / ".reconciler" / "ledger.sqlite", "embedded:.reconciler/staging.sqlite")
    cut = type(run)(**{**{name: getattr(run, name) for name in run.__slots__}, "outcome": "partial"})
    monkeypatch.setattr(promoting.history, "runs", lambda *_: [cut])
    said = staged(*PROMOTE)
    assert (said.code, "is partial" in said.err, "--resume" in said.err) == (5, True, True)
