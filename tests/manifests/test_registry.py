"""A whole registry: everything wrong comes at once, in a fixed order, without echoes of the same mistake."""

import random

import pytest

from reconciler.core.address import Address
from reconciler.core.diagnostic import Severity
from reconciler.kinds import KINDS
from reconciler.manifests import load
from tests.manifests.faults import CORP, CORPS, FAULTS, TOKEN, URL, VARIABLES, named, server

MANY = {
    "registry.d/a.yaml": server(URL, "authorizationServers: [corp, crp]", "displyName: Jira"),
    "registry.d/b.yaml": named("b", "resourceUrl: http://mcp.example.com/${var.domian}", CORPS, "state: activ"),
    "registry.d/c/broken.yaml": "spec: [a\n",
    "registry.d/d.yaml": "",
    "registry.d/e.yaml": named("jira", f"{URL}/e", CORPS, "password: hunter2", "description:"),
    "registry.d/f.yaml": b"\xff",
}
MANY_EXPECTED = [
    "registry.d/a.yaml:7:3 MAN005",
    "registry.d/b.yaml:5:16 MAN030",
    "registry.d/b.yaml:7:10 MAN007",
    "registry.d/c/broken.yaml:2:1 YML010",
    "registry.d/d.yaml:1:1 YML012",
    "registry.d/e.yaml:3:18 MAN040",
    "registry.d/e.yaml:7:3 CFG010",
    "registry.d/e.yaml:8:3 MAN010",
    "registry.d/f.yaml:1:1 YML005",
]


def brief(loaded) -> list[str]:
    return [f"{d.source} {d.code}" for d in loaded.diagnostics]


def test_the_mistakes_of_all_files_come_at_once_and_in_order(loaded):
    result = loaded(MANY)
    assert brief(result) == MANY_EXPECTED
    assert (result.files, result.documents) == (6, 4)


def test_loading_twice_gives_the_same(loaded):
    assert loaded(MANY) == loaded(MANY)


def test_a_good_registry_is_ordered_by_kind_then_name(loaded):
    servers = [named(name, f"{URL}/{name}", "authorizationServers: [a, b]") for name in ("z", "b", "a")]
    auth = [CORP.replace("corp}", f"{name}}}").replace("Corp", name) for name in ("b", "a")]
    documents = [*servers, *auth]
    random.Random(1).shuffle(documents)
    result = loaded({f"registry.d/{i}.yaml": text for i, text in enumerate(documents)})
    assert result.diagnostics == ()
    assert list(map(str, result.desired)) == [
        "AuthorizationServer.a",
        "AuthorizationServer.b",
        "McpServer.a",
        "McpServer.b",
        "McpServer.z",
    ]


def test_a_resource_says_everything_that_its_document_says(loaded):
    text = server(URL, CORPS, "state: inactive", metadata="{name: jira, labels: {team: collab}, state: absent}")
    resource = loaded(text).desired[Address("McpServer", "jira")]
    assert (resource.absent, resource.labels, str(resource.source)) == (
        True,
        {"team": "collab"},
        "registry.d/a.yaml:1:1",
    )
    assert resource.spec.resource_url == "https://mcp.example.com/mcp"
    assert resource.spec.model_fields_set == {"resource_url", "authorization_servers", "state"}


def test_variables_are_those_of_the_environment(project):
    root = project({"registry.d/a.yaml": server("resourceUrl: https://mcp.${var.domain}/mcp", CORPS)})
    for domain in ("example.com", "example.net"):
        loaded = load(root, ["registry.d"], {"domain": domain}, KINDS)
        assert loaded.diagnostics == ()
        assert loaded.desired[Address("McpServer", "jira")].spec.resource_url == f"https://mcp.{domain}/mcp"


def test_a_variable_stays_a_text(loaded):
    (diagnostic,) = loaded(server(URL, CORPS, "protect: ${var.team}")).diagnostics
    assert (diagnostic.code, str(diagnostic.source)) == ("MAN006", "registry.d/a.yaml:7:12")


def test_two_positions_are_named_where_two_documents_are_meant(loaded):
    (diagnostic,) = loaded({"registry.d/a.yaml": CORP, "registry.d/b.yaml": CORP}).diagnostics[:1]
    assert str(diagnostic.source) == "registry.d/b.yaml:4:18"
    assert diagnostic.detail == "AuthorizationServer.corp is already defined at registry.d/a.yaml:2:1."


def test_a_reference_to_a_document_at_fault_is_not_called_broken(loaded):
    result = loaded(server(URL, CORPS).replace("type: okta", "type: okt"))
    assert [d.code for d in result.diagnostics] == ["MAN007"]


@pytest.mark.parametrize("bad", ["name: corp: x\n", b"\xff\xfe", "a: b\x00\n"])
def test_a_reference_into_a_file_that_cannot_be_read_is_not_called_broken(bad, loaded):
    result = loaded({"registry.d/a.yaml": named("jira", URL, CORPS), "registry.d/b.yaml": bad})
    assert {d.source.file for d in result.diagnostics} == {"registry.d/b.yaml"}


def test_a_reference_that_no_unread_file_can_explain_is_reported(loaded):
    result = loaded({"registry.d/a.yaml": named("jira", URL, CORPS), "registry.d/b.yaml": "something: else: x\n"})
    assert [d.code for d in result.diagnostics] == ["MAN042", "YML010"]


def test_a_missing_reference_gets_a_hint(loaded):
    (diagnostic,) = loaded(server(URL, "authorizationServers: [crp]")).diagnostics
    assert (diagnostic.detail, diagnostic.fix) == ("There is no AuthorizationServer.crp.", "Did you mean `corp`?")


def test_a_tombstone_may_refer_to_nothing_and_to_tombstones(loaded):
    text = server(URL, "authorizationServers: [corp, gone]", metadata="{name: jira, state: absent}")
    assert loaded(text.replace("{name: corp}", "{name: corp, state: absent}")).diagnostics == ()


def test_a_server_that_others_own_may_be_named_by_two_documents(loaded):
    borrowed = "{type: external, issuer: https://as.example.com}"
    text = CORP.replace('{type: okta, displayName: Corp, audience: "api://corp"}', borrowed)
    assert loaded(text + text.replace("corp", "other")).diagnostics == ()


def test_diagnostics_name_the_document(loaded):
    assert {d.subject for d in loaded(server(URL, CORPS, "stat: active")).diagnostics} == {"McpServer.jira"}
    assert {d.subject for d in loaded(server(URL, "authorizationServers: [crp]")).diagnostics} == {"McpServer.jira"}


def test_warnings_come_along_without_standing_in_the_way(loaded):
    result = loaded(server("resourceUrl: https://MCP.example.com/mcp", CORPS))
    assert [(d.code, d.severity) for d in result.diagnostics] == [("CFG003", Severity.WARNING)]
    assert len(result.desired) == 2


def test_no_secret_appears_in_any_message(loaded):
    specs = [
        f"clientSecret: {TOKEN}",
        f"description: {TOKEN}",
        f"state: {TOKEN}",
        f"auth: {{token: {TOKEN}}}",
        f"{TOKEN}: x",
    ]
    specs += [f"resourceUrl: https://x/?token={TOKEN}", f"authorizationServers: [{TOKEN}]", f"protect: {TOKEN}"]
    for spec in specs:
        result = loaded(server(spec, *(line for line in (URL, CORPS) if line.split(":")[0] not in spec)))
        assert result.diagnostics
        shown = "".join(f"{d.summary}{d.detail}{d.fix}" for d in result.diagnostics)
        assert TOKEN not in shown, spec


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.reason)
def test_messages_are_short_plain_and_whole_sentences(fault, loaded):
    for diagnostic in loaded(fault.text).diagnostics[:20]:
        assert len(diagnostic.detail) < 600
        assert diagnostic.detail.isprintable()
        assert diagnostic.detail.endswith(".")
        assert diagnostic.fix.endswith((".", "?"))


def test_one_wrong_document_among_many_is_found_exactly(loaded):
    text = "---\n".join(named(f"s{i}", f"{URL}/{i}", CORPS) for i in range(500))
    text = text.replace("/321\n", "/321\n  stat: active\n") + CORP
    (diagnostic,) = loaded(text).diagnostics
    assert (diagnostic.subject, str(diagnostic.source)) == ("McpServer.s321", f"registry.d/a.yaml:{321 * 7 + 6}:3")


def test_a_list_of_scopes_that_libyaml_once_rejected(loaded):
    rule = "{name: r, grantTypes: ['urn:ietf:params:oauth:grant-type:jwt-bearer'], scopes: [tools:read]}"
    policy = f"{{name: p, rules: [{rule}]}}"
    text = CORP.rstrip("}\n") + f", scopes: [{{name: tools:read}}], accessPolicies: [{policy}]}}\n"
    assert loaded(text).diagnostics == ()


def test_any_order_of_folders_gives_the_same(project):
    root = project({"one/a.yaml": server(URL, CORPS, "stat: x"), "two/b.yaml": named("b", f"{URL}/b", CORPS)})
    assert load(root, ["one", "two"], VARIABLES, KINDS) == load(root, ["two", "one"], VARIABLES, KINDS)
