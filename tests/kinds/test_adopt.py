"""What an author would write for live clients, agents and connections; that the plan is empty is shown elsewhere."""

import pytest

from reconciler.core.address import Address
from reconciler.core.kind import Loan
from reconciler.core.resources import Live
from reconciler.engine.adopt import Described, adopt
from reconciler.engine.scope import bind
from reconciler.kinds import KINDS
from tests.support.build import (
    agent,
    external,
    mcp,
    oauth_client,
    orn,
    raw_agent,
    raw_app,
    raw_client,
    raw_connection,
    raw_link,
    raw_mcp,
    raw_okta,
    raw_registration,
    records,
    row,
    wish,
)


def world(**raws):
    return Live({kind: records(kind, some) for kind, some in raws.items()})


def specs(there, *described):
    """The specs by address of everything that can be written and nobody describes."""
    desired = wish(*described)
    known = Described(desired, bind(desired, there, KINDS, {}).records)
    taken = {record.id for record in known.records.values()}
    chosen = [r for name, kind in KINDS.items() if kind.to_spec for r in there.of(name) if r.id not in taken]
    return {str(each.address): each.spec for each in adopt(chosen, there, KINDS, known, {})}


def test_an_app_is_written_with_what_is_no_default_and_without_what_okta_adds_for_agents():
    grants = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"]
    plain = raw_app(settings={"oauthClient": {"application_type": "web", "grant_types": grants, "redirect_uris": []}})
    assert specs(world(ClientApp=[plain])) == {"ClientApp.client": {"label": "Client", "pkceRequired": True}}
    service = raw_app(
        status="INACTIVE",
        settings={"oauthClient": {"application_type": "service", "grant_types": ["client_credentials"]}},
    )
    [spec] = specs(world(ClientApp=[service])).values()
    assert (spec["applicationType"], spec["grantTypes"], spec["state"]) == (
        "service",
        ["client_credentials"],
        "inactive",
    )


def test_a_registration_speaks_of_the_row_of_its_server_by_the_name_of_its_document():
    there = world(McpServer=[raw_mcp()], ClientRegistration=[raw_registration()])
    assert specs(there)["ClientRegistration.jira"]["authorizationServer"] == "idp-example-com"
    there = world(
        McpServer=[raw_mcp(rows=[row(), row("https://undeclared.example.com")])],
        ClientRegistration=[raw_registration()],
    )
    known = specs(there, external("corp", issuer="https://idp.example.com"), mcp(authorizationServers=["corp"]))
    assert known == {
        "ClientRegistration.jira": {
            "mcpServer": "jira",
            "authorizationServer": "corp",
            "clientId": "client-1",
            "clientSecret": {"fromEnv": "CLIENT_SECRET_JIRA"},
            "scopes": ["read"],
            "displayName": "jira",
        }
    }


def test_a_registration_brings_the_server_that_it_is_for():
    there = world(McpServer=[raw_mcp()], ClientRegistration=[raw_registration()])
    made = adopt(there.of("ClientRegistration"), there, KINDS, Described(), {})
    assert {each.address.kind for each in made} == {"AuthorizationServer", "McpServer", "ClientRegistration"}


@pytest.mark.parametrize(
    ("name", "variable"),
    [("Jira & Co.", "CLIENT_SECRET_JIRA_CO"), (None, "CLIENT_SECRET_CLIENT_1"), ("日本", "CLIENT_SECRET")],
)
def test_the_place_of_a_secret_is_called_after_its_registration(name, variable):
    there = world(McpServer=[raw_mcp()], ClientRegistration=[raw_registration(name=name)])
    [spec] = [spec for address, spec in specs(there).items() if address.startswith("ClientRegistration")]
    assert spec["clientSecret"] == {"fromEnv": variable}


def test_a_dynamic_registration_has_neither_client_nor_secret():
    raw = raw_registration(registrationType="DYNAMIC", scopes=[], authorizationServerOrn=None)
    [spec] = [
        s for a, s in specs(world(McpServer=[raw_mcp()], ClientRegistration=[raw])).items() if "Registration" in a
    ]
    assert spec == {"mcpServer": "jira-example-com-mcp", "registration": "dynamic", "displayName": "jira"}


def test_connections_of_each_type_are_written_and_called_after_what_they_connect():
    sts = raw_connection(
        "mcn2",
        connectionType="STS_ACCESS_TOKEN",
        resource={"clientAuthSettings": {"orn": orn("idp:ORG:client_auth_settings:rsc1")}},
        scopeCondition="INCLUDE_ONLY",
        scopes=["read"],
        status="INACTIVE",
    )
    custom = raw_connection(
        "mcn3",
        connectionType="IDENTITY_ASSERTION_CUSTOM_AS",
        resource={},
        authorizationServer={"orn": orn(f"idp:ORG:authorization_servers:{raw_okta()['id']}")},
        resourceIndicator="https://api.example.com",
    )
    there = world(
        AuthorizationServer=[raw_okta()],
        McpServer=[raw_mcp()],
        ClientRegistration=[raw_registration()],
        AiAgent=[raw_agent()],
        AgentConnection=[raw_connection(), sts, custom],
    )
    made = specs(there, agent())
    named = raw_connection(authorizationServer={"orn": orn(f"idp:ORG:authorization_servers:{row()['id']}")})
    row_of = specs(world(McpServer=[raw_mcp()], AiAgent=[raw_agent()], AgentConnection=[named]), agent())
    assert (
        row_of["AgentConnection.support-idp-example-com-jira-example-com-mcp"]["authorizationServer"]
        == "idp-example-com"
    )
    assert made["AgentConnection.support-jira-example-com-mcp"] == {
        "type": "IDENTITY_ASSERTION_MCP_SERVER",
        "agent": "support",
        "mcpServer": "jira-example-com-mcp",
    }
    assert made["AgentConnection.support-jira"] == {
        "type": "STS_ACCESS_TOKEN",
        "agent": "support",
        "clientRegistration": "jira",
        "scopeCondition": "INCLUDE_ONLY",
        "scopes": ["read"],
        "state": "inactive",
    }
    assert made["AgentConnection.support-agents"] == {
        "type": "IDENTITY_ASSERTION_CUSTOM_AS",
        "agent": "support",
        "authorizationServer": "agents",
        "resourceIndicator": "https://api.example.com",
    }
    nobody = specs(there)
    assert nobody["AiAgent.support-assistant"] == {"id": "wlpSupport0000000000"}


def test_a_connection_of_a_type_that_nobody_knows_is_written_as_far_as_it_goes():
    raw = raw_connection(connectionType="SOMETHING_NEW")
    assert specs(world(AiAgent=[raw_agent()], AgentConnection=[raw]))["AgentConnection.support-assistant"] == {
        "type": "SOMETHING_NEW",
        "agent": "support-assistant",
    }


def test_an_agent_that_is_named_by_its_id_stands_for_itself():
    kind, loan = KINDS["AiAgent"], Loan("AiAgent", "wlpSupport0000000000", {})
    assert kind.stands_for(agent(id="wlpSupport0000000000").spec, loan)
    assert not kind.stands_for(agent().spec, loan)
    assert kind.lender(loan) == {"id": "wlpSupport0000000000"}


def test_every_kind_whose_objects_we_make_can_be_written_down():
    assert [name for name, kind in KINDS.items() if kind.lifecycle.moves and kind.to_spec is None] == []


def test_an_address_is_a_name_that_a_manifest_takes():
    for address in specs(world(AiAgent=[raw_agent()], AgentConnection=[raw_connection()], McpServer=[raw_mcp()])):
        assert str(Address.parse(address)) == address


def test_a_client_and_its_links_are_written_without_keys_and_with_the_names_of_what_they_join():
    there = world(
        McpServer=[raw_mcp(displayName="Jira", oauthClient={"clientId": "wlpJira0000000000000"})],
        AiAgent=[raw_agent()],
        McpOAuthClient=[raw_client(keys={"key-0": {"thumbprint": "x", "status": "ACTIVE"}})],
        DelegationLink=[raw_link()],
    )
    found = specs(there)
    assert found["McpOAuthClient.jira"] == {"mcpServer": "jira"}
    assert found["DelegationLink.support-assistant-jira"] == {"from": {"agent": "support-assistant"}, "to": "jira"}


def two_clients(**more):
    """Jira's client takes the tokens of the client of another MCP server, the wiki."""
    wiki, other = f"ems{'wiki':0<17}", "wlpWiki0000000000000"
    client = raw_client(wiki, other)
    link = raw_link()
    return {
        "McpServer": [
            raw_mcp(displayName="Jira", oauthClient={"clientId": "wlpJira0000000000000"}),
            raw_mcp("wiki", displayName="Wiki", oauthClient={"clientId": other}),
        ],
        "McpOAuthClient": [raw_client(), client],
        "DelegationLink": [{**link, "from": {**link["from"], "clientOrn": client["orn"], "tokenType": "ID_TOKEN"}}],
        **more,
    }


def test_a_link_from_the_client_of_another_server_names_its_document_and_brings_that_server():
    there = world(**two_clients())
    made = {str(each.address): each.spec for each in adopt(there.of("DelegationLink"), there, KINDS, Described(), {})}
    assert made["DelegationLink.wiki-jira"] == {"from": {"oauthClient": "wiki"}, "to": "jira", "tokenType": "ID_TOKEN"}
    assert made["McpOAuthClient.wiki"] == {"mcpServer": "wiki"}
    assert made["McpServer.wiki"]["resourceUrl"] == "https://wiki.example.com/mcp"


def test_a_link_names_what_is_described_already_as_that_is_called():
    described = (
        external(),
        mcp("docs", resourceUrl="https://wiki.example.com/mcp"),
        mcp("tracker", resourceUrl="https://jira.example.com/mcp"),
        oauth_client("docs", mcpServer="docs"),
        oauth_client("tracker", mcpServer="tracker"),
    )
    made = specs(world(**two_clients()), *described)
    assert [s for a, s in made.items() if a.startswith("DelegationLink")] == [
        {"from": {"oauthClient": "docs"}, "to": "tracker", "tokenType": "ID_TOKEN"}
    ]
    assert {address.partition(".")[0] for address in made} == {"DelegationLink"}


def test_a_link_from_a_client_of_a_sort_that_nobody_knows_is_written_as_far_as_it_goes():
    link = raw_link()
    strange = {**link, "from": {**link["from"], "clientOrn": "orn:okta:new:00o1:things:thg1"}}
    made = specs(world(**two_clients(DelegationLink=[strange])))
    assert [s for a, s in made.items() if a.startswith("DelegationLink")] == [{"from": {}, "to": "jira"}]


@pytest.mark.parametrize("name", ["", "nonsense", "wlpWiki0000000000000"])
def test_a_name_of_a_client_that_has_no_form_is_no_fault_of_the_program(name):
    link = raw_link()
    made = specs(world(**two_clients(DelegationLink=[{**link, "from": {**link["from"], "clientOrn": name}}])))
    assert [s for a, s in made.items() if a.startswith("DelegationLink")] == [{"from": {}, "to": "jira"}]
