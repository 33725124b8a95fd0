"""How what is live is called, shared and referred to; that it gives an empty plan is a law (tests/laws)."""

from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.engine.adopt import Described, adopt, slug
from reconciler.engine.scope import bind
from reconciler.kinds import KINDS
from tests.support.build import borrowed, discovered, external, live, mcp, okta_row, raw_mcp, raw_okta, row, wish


def adopted(world, described=(), names=None, only=None):
    """The specs by address, of all that is there or of some ids."""
    desired = wish(*described)
    known = Described(desired, bind(desired, world, KINDS, {}).records)
    there = {record.id for record in known.records.values()}
    chosen = [r for name in KINDS for r in world.of(name) if (r.id in only if only else r.id not in there)]
    return {str(each.address): each.spec for each in adopt(chosen, world, KINDS, known, names or {})}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jira", "jira"),
        ("  Übersicht: Straße 7 ", "ubersicht-strae-7"),
        ("https://www.mcp.example.com/mcp", "mcp-example-com-mcp"),
        ("https://mcp.example.com/a%2Fb", "example-com-a-b"),
        ("HTTP://Example.com", "example-com"),
        ("日本", ""),
        ("---", ""),
        ("x" * 70, "x" * 63),
        ("a" * 62 + "-b", "a" * 62),
    ],
)
def test_a_name_is_made_of_what_people_call_it(text, name):
    assert slug(text) == name


def test_a_server_is_called_by_its_display_name_then_by_its_url_then_by_its_kind():
    servers = [
        raw_mcp("one", displayName="Jira"),
        raw_mcp("two", displayName="日本"),
        raw_mcp("three", resourceUrl="https://日本/"),
    ]
    assert [name for name in adopted(live(servers)) if name.startswith("McpServer")] == [
        "McpServer.jira",
        "McpServer.mcpserver",
        "McpServer.two-example-com-mcp",
    ]


def test_equal_names_are_numbered_in_the_order_of_what_identifies_them():
    servers = [raw_mcp(name, displayName="x" * 80) for name in ("c", "a", "b")]
    specs = adopted(live(servers))
    assert {name: spec["resourceUrl"] for name, spec in specs.items() if name.startswith("McpServer")} == {
        f"McpServer.{'x' * 63}": "https://a.example.com/mcp",
        f"McpServer.{'x' * 61}-2": "https://b.example.com/mcp",
        f"McpServer.{'x' * 61}-3": "https://c.example.com/mcp",
    }


def test_a_name_that_a_document_has_is_not_given_again():
    specs = adopted(live([raw_mcp("one", displayName="Jira")]), described=[mcp("jira")])
    assert "McpServer.jira-2" in specs


def test_a_name_that_was_asked_for_is_kept_free_for_it():
    servers = [raw_mcp("one", displayName="Jira"), raw_mcp("two")]
    specs = adopted(live(servers), names={("McpServer", "emstwo00000000000000"): "jira"})
    assert specs["McpServer.jira"]["resourceUrl"] == "https://two.example.com/mcp"
    assert specs["McpServer.jira-2"]["resourceUrl"] == "https://one.example.com/mcp"


def test_rows_that_say_the_same_share_one_document_and_others_do_not():
    other = row(tokenEndpoint="https://idp.example.com/v2/token")
    servers = [raw_mcp("one"), raw_mcp("two"), raw_mcp("three", rows=[other])]
    specs = adopted(live(servers))
    assert specs["McpServer.one-example-com-mcp"]["authorizationServers"] == ["idp-example-com"]
    assert specs["McpServer.two-example-com-mcp"]["authorizationServers"] == ["idp-example-com"]
    assert specs["McpServer.three-example-com-mcp"]["authorizationServers"] == ["idp-example-com-2"]
    assert specs["AuthorizationServer.idp-example-com-2"]["oauth"]["tokenEndpoint"].endswith("/v2/token")
    assert len([name for name in specs if name.startswith("Auth")]) == 2


@pytest.mark.parametrize(
    ("described", "shared"),
    [
        (external("corp", issuer="https://idp.example.com/"), True),
        (discovered("corp", issuer="https://idp.example.com"), True),
        (external("corp", issuer="https://other.example.com"), False),
        (external("corp", issuer="https://idp.example.com", absent=True), False),
        (
            external(
                "corp",
                issuer="https://idp.example.com",
                oauth={"authorizationEndpoint": "https://idp.example.com/elsewhere"},
            ),
            False,
        ),
    ],
)
def test_a_document_that_says_what_a_row_says_is_referred_to(described, shared):
    specs = adopted(live([raw_mcp()]), described=[described])
    assert specs["McpServer.jira-example-com-mcp"]["authorizationServers"] == ["corp" if shared else "idp-example-com"]
    assert ("AuthorizationServer.idp-example-com" in specs) is not shared


def test_what_okta_discovers_is_written_by_its_issuer_alone():
    specs = adopted(live([raw_mcp(discoveryType="DISCOVERABLE")]))
    assert specs["AuthorizationServer.idp-example-com"] == {"type": "external", "issuer": "https://idp.example.com"}


def test_a_row_by_hand_that_lacks_an_endpoint_is_written_by_its_issuer_alone():
    specs = adopted(live([raw_mcp(rows=[row(tokenEndpoint=None)])]))
    assert specs["AuthorizationServer.idp-example-com"] == {"type": "external", "issuer": "https://idp.example.com"}


def test_a_custom_server_is_referred_to_as_managed_only_where_it_is_described():
    custom = raw_okta()
    world = live([raw_mcp(rows=[okta_row(custom["id"])])], [custom])
    both = adopted(world)
    assert both["AuthorizationServer.agents"]["displayName"] == "Agents"
    assert both["McpServer.jira-example-com-mcp"]["authorizationServers"] == ["agents"]
    alone = adopted(world, only={"emsjira0000000000000"})
    assert alone["AuthorizationServer.agents"] == {"type": "okta", "managed": False, "id": custom["id"]}
    lent = adopted(world, described=[borrowed("corp", custom["id"])], only={"emsjira0000000000000"})
    assert lent["McpServer.jira-example-com-mcp"]["authorizationServers"] == ["corp"]
    unseen = adopted(live([raw_mcp(rows=[okta_row(custom["id"])])]))
    assert f"AuthorizationServer.{custom['id'].lower()}" in unseen
    trusted = adopted(live([raw_mcp(rows=[okta_row(custom["id"])])]), described=[borrowed("corp", custom["id"])])
    assert trusted["McpServer.jira-example-com-mcp"]["authorizationServers"] == ["corp"]


def test_what_is_needed_and_cannot_be_lent_is_described_too():
    """A kind of which only live objects can be described is pulled in by what refers to it, once."""
    lending = {**KINDS, "AuthorizationServer": replace(KINDS["AuthorizationServer"], lender=lambda _loan: None)}
    custom = raw_okta()
    world = live([raw_mcp(name, rows=[okta_row(custom["id"])]) for name in ("one", "two")], [custom])
    made = adopt(world.of("McpServer"), world, lending, Described(), {})
    assert [str(each.address) for each in made] == [
        "AuthorizationServer.agents",
        "McpServer.one-example-com-mcp",
        "McpServer.two-example-com-mcp",
    ]


@pytest.mark.parametrize(("state", "said"), [("ACTIVE", None), ("INACTIVE", "inactive"), ("INVALID", "inactive")])
def test_nothing_is_switched_on_by_describing_it(state, said):
    specs = adopted(live([raw_mcp(status=state)]))
    assert specs["McpServer.jira-example-com-mcp"].get("state") == said


def test_a_custom_server_that_is_off_is_described_as_somebody_elses():
    custom = raw_okta(status=State.INACTIVE)
    assert adopted(live(authorization_servers=[custom])) == {
        "AuthorizationServer.agents": {"type": "okta", "managed": False, "id": custom["id"]}
    }


def test_only_what_differs_from_a_default_is_written():
    custom = raw_okta(
        description="",
        credentials={"signing": {"rotationMode": "AUTO"}},
        scopes=[
            {"name": "read", "consent": "IMPLICIT", "metadataPublish": "NO_CLIENTS", "default": False},
            {
                "name": "all",
                "consent": "REQUIRED",
                "metadataPublish": "NO_CLIENTS",
                "default": True,
                "description": "x",
            },
        ],
        policies=[
            {
                "name": "agents",
                "description": "agents",
                "priority": 1,
                "conditions": {"clients": {"include": ["ALL_CLIENTS"]}},
                "rules": [
                    {
                        "name": "jwt",
                        "priority": 1,
                        "conditions": {"grantTypes": {"include": ["password"]}, "scopes": {"include": ["*"]}},
                        "actions": {"token": {"accessTokenLifetimeMinutes": 60, "refreshTokenWindowMinutes": 20}},
                    }
                ],
            },
            {"name": "none", "description": "For nobody", "priority": 2, "conditions": {"clients": {"include": ["a"]}}},
        ],
    )
    assert adopted(live(authorization_servers=[custom]))["AuthorizationServer.agents"] == {
        "type": "okta",
        "displayName": "Agents",
        "audience": "api://agents",
        "scopes": [{"name": "all", "description": "x", "consent": "REQUIRED", "default": True}, {"name": "read"}],
        "accessPolicies": [
            {"name": "agents", "rules": [{"name": "jwt", "grantTypes": ["password"], "refreshTokenWindowMinutes": 20}]},
            {"name": "none", "description": "For nobody", "clients": ["a"]},
        ],
    }


def test_two_audiences_are_no_audience_that_a_manifest_can_say():
    custom = raw_okta(audiences=["api://a", "api://b"])
    assert "audience" not in adopted(live(authorization_servers=[custom]))["AuthorizationServer.agents"]


def test_addresses_come_in_the_order_of_kinds_and_names():
    world = live([raw_mcp("b"), raw_mcp("a")], [raw_okta("Zeta")])
    assert [Address.parse(each).kind for each in adopted(world)] == [
        "AuthorizationServer",
        "AuthorizationServer",
        "McpServer",
        "McpServer",
    ]
