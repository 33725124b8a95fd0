"""Quirks of Okta by their number in okta-api §5, met on the emulator or, where it has no switch, made on the wire."""

import json

import httpx
import pytest
from pydantic import ValidationError

from reconciler.core.errors import CallRefused, NotSettled
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Target
from reconciler.core.result import Outcome
from reconciler.engine import apply
from reconciler.engine.perform import Performer
from reconciler.engine.planner import make_plan
from reconciler.kinds import KINDS
from reconciler.kinds.mcp_server.spec import McpServerSpec
from tests.support.build import discovered, external, knowing, okta, resource

from .conftest import CUSTOM, OPERATIONS, SERVERS

URL = "https://tools.test/mcp"
SERVER, AUTHORIZATION_SERVER = KINDS["McpServer"], KINDS["AuthorizationServer"]
TARGET = Target("test", "okta", "https://org.okta.test")


def wish(url=URL, *, absent=False, servers=None, **spec):
    """One MCP server, and the authorization servers that it names."""
    servers = servers or [external("idp")]
    names = [server.address.name for server in servers]
    spec = {"resourceUrl": url, "displayName": "Tools", "authorizationServers": names, **spec}
    made = [*servers, resource("McpServer", "tools", spec, absent=absent)]
    return {each.address: each for each in made}


def document(desired):
    server = next(each for each in desired.values() if each.address.kind == "McpServer")
    return SERVER.document(server, desired, KINDS)


def plan(org, desired, bindings=None):
    live = org.backend.read(KINDS, lambda _record: True)
    return make_plan(desired, live, KINDS, TARGET, knowing(bindings))


def perform(org, desired, clock, bindings=None):
    """Plan and apply; what each step came to."""
    performer = Performer(org.backend, KINDS, clock)
    return list(apply.run(plan(org, desired, bindings), performer, apply.Course(1)))


def become(org, desired, clock, bindings=None):
    results = perform(org, desired, clock, bindings)
    assert [result.error for result in results if result.error] == []
    org.asked.clear()


def rewritten(change):
    """A wire on which every JSON answer is changed by a function of path and body."""

    def between(request, send):
        answer = send(request)
        content = answer.read()
        if not content or answer.is_error:
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
        body = change(request, json.loads(content))
        return httpx.Response(answer.status_code, headers=headers, json=body)

    return between


def test_quirk_1_register_answers_202_without_a_body(organisation):
    bodies = []

    def between(request, send):
        answer = send(request)
        if (request.method, request.url.path) == ("POST", SERVERS):
            bodies.append((answer.status_code, answer.read()))
        return answer

    org = organisation(between)
    made = org.backend.create(SERVER, document(wish()))
    assert bodies == [(202, b"")]
    assert [server["id"] for server in org.servers()] == [made]


def test_quirk_2_register_answers_400_without_a_body_and_has_made_it(organisation, clock):
    org = organisation(register_response="400-empty")
    results = perform(org, wish(), clock)
    assert {result.outcome for result in results} == {Outcome.DONE}
    assert org.sent("POST").count(SERVERS) == 1
    assert [(server["resourceUrl"], server["status"]) for server in org.servers()] == [(URL, "ACTIVE")]
    assert plan(org, wish()).is_empty


def test_quirk_2_when_nothing_was_made_it_is_said_and_not_sent_twice(organisation, clock):
    def between(request, send):
        return httpx.Response(400) if (request.method, request.url.path) == ("POST", SERVERS) else send(request)

    org = organisation(between)
    results = perform(org, wish(), clock)
    assert [result.outcome for result in results] == [Outcome.FAILED, Outcome.BLOCKED]
    assert org.sent("POST").count(SERVERS) == 1
    assert org.servers() == []


@pytest.mark.parametrize("resource_", [None, {}, {"type": "mcp_server"}], ids=["absent", "empty", "no id"])
def test_quirk_3_location_names_an_operation_and_that_does_not_name_the_server(organisation, resource_):
    def forget(request, body):
        return {**body, "resource": resource_} if request.url.path.startswith(OPERATIONS) else body

    org = organisation(rewritten(forget))
    made = org.backend.create(SERVER, document(wish()))
    assert [server["id"] for server in org.servers()] == [made]


def test_quirk_4_names_are_written_at_the_top_and_read_nested_or_at_the_top(organisation, clock):
    def flat(_request, body):
        for item in body.get("data", [body]) if isinstance(body, dict) else []:
            item.update(item.pop("metadata", {}))
        return body

    for between in (rewritten(lambda _request, body: body), rewritten(flat)):
        org = organisation(between)
        become(org, wish(description="For agents"), clock)
        assert org.servers()[0]["metadata"] == {"displayName": "Tools", "description": "For agents"}
        assert plan(org, wish(description="For agents")).is_empty
        become(org, wish(displayName="Other", description="For agents"), clock)
        assert org.servers()[0]["metadata"]["displayName"] == "Other"


def test_quirk_5_lists_come_as_envelope_or_bare_array(organisation, clock):
    def swapped(request, body):
        if isinstance(body, list):
            return body if "q" in request.url.params else {"data": body}
        return body.get("data", body)

    for between in (rewritten(lambda _request, body: body), rewritten(swapped)):
        org = organisation(between)
        become(org, wish(servers=[okta("agents")]), clock)
        assert plan(org, wish(servers=[okta("agents")])).is_empty


@pytest.mark.parametrize("stored", ["keep", "strip"])
@pytest.mark.parametrize(("first", "then"), [("/", "/"), ("/", ""), ("", "/")], ids=["same", "removed", "added"])
def test_quirk_6_one_trailing_slash_is_no_other_server(organisation, clock, stored, first, then):
    org = organisation(trailing_slash=stored)
    become(org, wish(URL + first), clock)
    assert plan(org, wish(URL + then)).is_empty
    assert len(org.servers()) == 1


def test_quirk_6_two_trailing_slashes_are_another_server(organisation, clock):
    org = organisation()
    become(org, wish(), clock)
    assert [change.action for change in plan(org, wish(URL + "//")).effective] == [Action.CREATE]


@pytest.mark.parametrize(
    "url", ["https://", "https:///mcp", "mcp.test/mcp", "//mcp.test", "https:mcp.test", "", "tools"]
)
def test_quirk_7_incomplete_url_is_refused_before_anything_is_sent(url):
    with pytest.raises(ValidationError):
        McpServerSpec.model_validate({"resourceUrl": url, "authorizationServers": ["idp"]})


@pytest.mark.parametrize("reaction", ["reject", "ignore"])
def test_quirk_8_type_and_issuer_of_a_row_are_never_patched(organisation, clock, reaction):
    bodies = []

    def between(request, send):
        if request.method == "PATCH":
            bodies.append(json.loads(request.read()))
        return send(request)

    org = organisation(between, patch_authorization_server_identity=reaction)
    become(org, wish(), clock)
    moved = wish(
        servers=[
            external(
                "idp",
                oauth={
                    "authorizationEndpoint": "https://idp.example.com/v2/authorize",
                    "tokenEndpoint": "https://idp.example.com/v2/token",
                    "grantTypes": ["authorization_code"],
                },
            )
        ]
    )
    become(org, moved, clock)
    [row] = org.rows(org.servers()[0]["id"])
    assert row["tokenEndpoint"] == "https://idp.example.com/v2/token"
    become(org, wish(servers=[external("idp", issuer="https://other.example.com")]), clock)
    assert plan(org, wish(servers=[external("idp", issuer="https://other.example.com")])).is_empty
    assert bodies
    assert not [body for body in bodies if {"type", "issuer", "id"} & body.keys()]


@pytest.mark.parametrize("refusal", ["400-E0000001", "409-E0000195", "403-E0000038"])
def test_quirk_10_active_server_is_deactivated_before_it_is_deleted(organisation, clock, refusal):
    org = organisation(illegal_transition=refusal)
    become(org, wish(), clock)
    [server] = org.servers()
    become_gone = perform(org, wish(absent=True), clock)
    assert {result.outcome for result in become_gone} == {Outcome.DONE}
    path = f"{SERVERS}/{server['id']}"
    writes = [(request.method, request.url.path) for request in org.asked if request.method != "GET"]
    assert writes == [("POST", f"{path}/lifecycle/deactivate"), ("DELETE", path)]
    assert org.servers() == []


@pytest.mark.parametrize("refusal", ["409-E0000195", "400-E0000001"])
def test_quirk_11_delete_while_referenced_is_refused_and_the_order_of_a_plan_avoids_it(organisation, clock, refusal):
    org = organisation(delete_referenced=refusal)
    become(org, wish(servers=[okta("agents")]), clock)
    [agents] = [item for item in org.http.get(CUSTOM).json() if item["name"] == "Agents"]
    org.backend.move(AUTHORIZATION_SERVER, agents["id"], "deactivate", State.INACTIVE)
    with pytest.raises(CallRefused, match=refusal[:3]):
        org.backend.move(AUTHORIZATION_SERVER, agents["id"], "delete", State.DELETED)
    org.backend.move(AUTHORIZATION_SERVER, agents["id"], "activate", State.ACTIVE)
    gone = wish(absent=True, servers=[okta("agents", absent=True)])
    assert {result.outcome for result in perform(org, gone, clock)} == {Outcome.DONE}
    assert org.servers() == []
    assert [item["name"] for item in org.http.get(CUSTOM).json()] == ["default"]


@pytest.mark.parametrize("lag", ["0", "3"])
def test_quirk_12_url_is_registered_anew_only_when_the_old_server_is_gone(organisation, clock, lag):
    org = organisation(stale_reads=lag, delay=1.0)
    become(org, wish(revalidate="reregister"), clock)
    [old] = org.servers()
    [row] = org.rows(old["id"])
    org.http.delete(f"{SERVERS}/{old['id']}/authorization-servers/{row['id']}")
    clock.sleep(10)
    assert org.servers()[0]["status"] == "INVALID"
    org.asked.clear()
    results = perform(org, wish(revalidate="reregister"), clock)
    assert [result.error for result in results if result.error] == []
    clock.sleep(10)
    assert [(server["status"], server["id"] == old["id"]) for server in org.servers()] == [("ACTIVE", False)]
    assert org.sent("POST").count(SERVERS) == 1


@pytest.mark.parametrize("code", ["409-E0000195", "400-E0000001", "202-failed"])
def test_quirk_12_collision_is_an_error_and_no_second_server(organisation, code):
    org = organisation(duplicate_url=code)
    org.backend.create(SERVER, document(wish()))
    with pytest.raises(Exception, match="E0000"):
        org.backend.create(SERVER, document(wish()))
    assert len(org.servers()) == 1


def test_quirk_16_pending_that_never_ends_is_bounded_and_can_be_planned_again(organisation, clock):
    # The emulator fetches over https only, and nobody listens there.
    desired = wish("https://127.0.0.1:9/mcp", servers=[discovered("idp")])
    org = organisation(register_failure="keep-pending")
    began = clock.now()
    results = perform(org, desired, clock)
    assert [result.outcome for result in results] == [Outcome.FAILED, Outcome.BLOCKED]
    assert isinstance(results[0].error, NotSettled)
    assert clock.now() - began < 200
    again = plan(org, desired)
    assert [change.action for change in again.effective] != [Action.CREATE]
    assert len(org.servers()) == 1


@pytest.mark.parametrize("oddity", ["base-self-link", "firewall", "misspelled-links"], ids=["9", "14", "18"])
def test_quirks_9_14_18_links_that_lead_astray_and_firewalls_that_know_python_change_nothing(
    oddity, organisation, clock
):
    org = organisation()
    org.app.faults.arm(oddity)
    become(org, wish(servers=[okta("agents"), external("idp")]), clock)
    assert org.app.faults.armed()[0].fired
    assert plan(org, wish(servers=[okta("agents"), external("idp")])).is_empty
    become(org, wish(absent=True, servers=[okta("agents", absent=True), external("idp")]), clock)
    org.app.faults.disarm()
    assert org.servers() == []


def test_quirk_13_what_is_not_looked_at_again_is_registered_anew_when_the_author_says_so(organisation, clock):
    org = organisation(refresh="none")
    become(org, wish(revalidate="reregister"), clock)
    [old] = org.servers()
    with org.app.organisation.store.write() as db:
        db.execute("UPDATE mcp_servers SET status='INVALID'")
    become(org, wish(revalidate="reregister"), clock)
    assert [(server["status"], server["id"] == old["id"]) for server in org.servers()] == [("ACTIVE", False)]


def test_quirk_17_orns_are_opaque_and_copied_from_what_the_organisation_said(organisation, clock):
    org = organisation(orn_spelling="drifted")
    become(org, wish(servers=[okta("agents")]), clock)
    [server] = org.servers()
    [row] = org.rows(server["id"])
    assert row["id"].startswith("aus")
    assert plan(org, wish(servers=[okta("agents")])).is_empty
