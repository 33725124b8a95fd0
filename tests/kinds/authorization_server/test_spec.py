import pytest
from pydantic import TypeAdapter, ValidationError

from reconciler.kinds.authorization_server.spec import AuthorizationServerSpec
from tests.support.build import JWT_BEARER

READ = TypeAdapter(AuthorizationServerSpec).validate_python
OKTA = {"type": "okta", "displayName": "Agents", "audience": "api://agents"}
EXTERNAL = {"type": "external", "issuer": "https://idp.example.com"}


def test_the_type_decides_which_keys_may_be_written():
    assert READ(OKTA).managed is True
    assert READ(EXTERNAL).discovery == "auto"
    with pytest.raises(ValidationError, match="extra_forbidden"):
        READ({**EXTERNAL, "audience": "api://agents"})


def test_a_document_without_a_type_is_refused():
    with pytest.raises(ValidationError, match="union_tag_not_found"):
        READ({"issuer": "https://idp.example.com"})


def test_what_is_left_out_is_not_managed():
    spec = READ(OKTA)
    assert (spec.description, spec.scopes, spec.access_policies) == (None, None, None)


@pytest.mark.parametrize("token", ["read write", 'a"b', "a\\b", "", "ü"])
def test_scope_tokens_are_those_of_rfc_6749(token):
    with pytest.raises(ValidationError):
        READ({**OKTA, "scopes": [{"name": token}]})


@pytest.mark.parametrize("token", ["mcp:read", "$ref", "__init__", "https://example.com/.default"])
def test_odd_but_legal_scope_tokens_are_taken(token):
    assert READ({**OKTA, "scopes": [{"name": token}]}).scopes[0].name == token


@pytest.mark.parametrize(
    "rule",
    [
        {"name": "r", "grantTypes": []},
        {"name": "r", "grantTypes": ["magic"]},
        {"name": "r", "grantTypes": [JWT_BEARER], "accessTokenLifetimeMinutes": 4},
        {"name": "r", "grantTypes": [JWT_BEARER], "accessTokenLifetimeMinutes": 1441},
        {"name": "r", "grantTypes": [JWT_BEARER], "refreshTokenWindowMinutes": 9},
        {"name": "r", "grantTypes": [JWT_BEARER], "refreshTokenLifetimeMinutes": -1},
        {"name": "", "grantTypes": [JWT_BEARER]},
    ],
)
def test_rules_that_okta_would_refuse_are_refused_here(rule):
    with pytest.raises(ValidationError):
        READ({**OKTA, "accessPolicies": [{"name": "p", "rules": [rule]}]})


def test_a_rule_allows_all_scopes_for_all_clients_unless_it_says_less():
    policy = READ({**OKTA, "accessPolicies": [{"name": "p", "rules": [{"name": "r", "grantTypes": [JWT_BEARER]}]}]})
    assert policy.access_policies[0].clients == ("ALL_CLIENTS",)
    assert policy.access_policies[0].rules[0].scopes == ("*",)


@pytest.mark.parametrize("server_id", ["default", "aus1234567890"])
def test_an_id_is_one_of_okta(server_id):
    assert READ({"type": "okta", "managed": False, "id": server_id}).id == server_id
    with pytest.raises(ValidationError, match="pattern"):
        READ({"type": "okta", "managed": False, "id": f"x{server_id}"})
