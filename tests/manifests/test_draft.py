"""Machine-written documents are judged like those of people; what nobody may write is left out, and said."""

from reconciler.core.address import Address
from reconciler.kinds import KINDS
from reconciler.manifests.draft import LEFT_OUT, NOT_DESCRIBABLE, draft
from tests.support.build import JWT_BEARER, STATIC, external, wish

AGENTS, JIRA = Address("AuthorizationServer", "agents"), Address("McpServer", "jira")
SERVER = {"type": "okta", "displayName": "Agents", "audience": "api://agents"}
MCP = {"resourceUrl": "https://jira.example.com/mcp", "authorizationServers": ["idp"]}


def one(address, spec, *described):
    return draft({address: spec}, wish(*described), KINDS)[address]


def policy(grant):
    return {"accessPolicies": [{"name": "p", "rules": [{"name": "r", "grantTypes": [grant]}]}]}


def test_a_sound_document_stays_as_it_is():
    spec = SERVER | policy(JWT_BEARER)
    made = one(AGENTS, spec)
    assert (made.spec, made.notes) == (spec, ())
    assert made.resource.address == AGENTS


def test_a_part_that_the_model_refuses_is_left_out_and_named():
    made = one(AGENTS, SERVER | policy("interaction_code") | {"scopes": [{"name": "a b"}]})
    assert made.spec == SERVER
    assert made.resource is not None
    assert {note.code for note in made.notes} == {LEFT_OUT.code}
    assert any("spec.accessPolicies.0.rules.0.grantTypes.0" in note.detail for note in made.notes)
    assert not any(note.is_error for note in made.notes)


def test_a_part_that_only_the_kinds_checks_refuse_is_left_out_too():
    made = one(AGENTS, SERVER | policy("password"))
    assert made.spec == SERVER
    assert "XAA014" in made.notes[0].detail


def test_a_warning_is_no_reason_to_leave_something_out():
    spec = {"type": "external", "issuer": "https://idp.example.com", "discovery": "static", "oauth": STATIC}
    assert one(Address("AuthorizationServer", "idp"), spec).spec == spec


def test_what_is_needed_and_at_fault_makes_no_document_and_says_the_first_reason():
    made = one(JIRA, MCP | {"resourceUrl": "http://jira.example.com/mcp"}, external())
    assert made.resource is None
    [note] = made.notes
    assert (note.code, note.is_error) == (NOT_DESCRIBABLE.code, True)
    assert "CFG001" in note.detail


def test_a_server_that_is_not_connectable_makes_no_document():
    idp = external(oauth=STATIC | {"grantTypes": ["refresh_token"]})
    assert one(JIRA, MCP, idp).resource is None
    assert one(JIRA, MCP | {"state": "inactive"}, idp).resource is not None


def test_halves_of_characters_are_left_out():
    made = one(AGENTS, SERVER | {"description": "half \ud83d"})
    assert made.spec == SERVER
    assert "YML014" in made.notes[0].detail


def test_a_text_that_looks_like_a_variable_is_only_a_text():
    made = one(JIRA, MCP | {"description": "costs ${var.price} or $${x}"}, external())
    assert made.resource.spec.description == "costs ${var.price} or $${x}"
