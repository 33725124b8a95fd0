import pytest

from reconciler.core.errors import CallRefused
from reconciler.core.lifecycle import State
from reconciler.kinds.mcp_server import rows
from tests.support.build import ORG, okta_row, row
from tests.support.flows import Call, Items, get, ok, play

SERVER = "/resource-servers/api/v1/mcp-servers/ems1"
ROWS = f"{SERVER}/authorization-servers"
ORN = f"orn:okta:directory:{ORG}:resource-servers:mcp:ems1"
IDP = {"type": "EXTERNAL", "issuer": "https://idp.example.com", "tokenEndpoint": "https://idp.example.com/token"}


def attach(wanted, *turns, removes=False):
    play(rows.attach(SERVER, {"authorizationServers": wanted}, removes=removes), *turns)


def test_a_row_is_known_by_its_issuer_and_an_okta_one_by_its_id():
    assert rows.normal_row(row("https://idp.example.com/"))["key"] == "https://idp.example.com"
    assert rows.normal_row(okta_row("aus1"))["key"] == "aus1"
    assert rows.normal_row({"id": "aus2"})["document"] == {"type": "OKTA", "id": "aus2"}
    assert rows.normal_row({"id": "eas1"})["key"] == "eas1"


def test_a_row_without_a_status_is_not_trusted():
    assert rows.normal_row({"id": "eas1"})["status"] is State.PENDING


def test_endpoints_are_read_where_written_then_where_detected_and_grants_are_a_set():
    raw = {
        "id": "eas1",
        "type": "EXTERNAL",
        "issuer": "https://idp.example.com",
        "authorizationEndpoint": "https://written",
        "detectedMetadata": {"tokenEndpoint": "https://detected", "grantTypesSupported": ["b", "a"]},
    }
    assert rows.normal_row(raw)["document"] == {
        "type": "EXTERNAL",
        "issuer": "https://idp.example.com",
        "authorizationEndpoint": "https://written",
        "tokenEndpoint": "https://detected",
        "grantTypesSupported": ["a", "b"],
    }


def test_a_desired_row_has_the_key_of_its_live_one():
    assert rows.row_key({"type": "OKTA", "id": "aus1"}) == "aus1"
    assert rows.row_key({"type": "EXTERNAL", "issuer": "https://idp.example.com/"}) == "https://idp.example.com"
    assert rows.row_key({"type": "OKTA", "id": {"$ref": "AuthorizationServer.agents#id"}}) == ""


def test_a_missing_external_row_is_attached_as_written():
    attach({"idp": IDP}, (Items(ROWS), []), (Call("POST", ROWS, IDP), ok(status=202)))


def test_an_okta_row_is_attached_by_an_orn_with_the_partition_that_the_organisation_used():
    attach(
        {"agents": {"type": "OKTA", "id": "aus1"}},
        (Items(ROWS), []),
        (get(SERVER), ok({"orn": ORN.replace("orn:okta:", "orn:oktapreview:")})),
        (
            Call("POST", ROWS, {"type": "OKTA", "orn": f"orn:oktapreview:idp:{ORG}:authorization_servers:aus1"}),
            ok(status=202),
        ),
    )


def test_an_organisation_that_spells_names_otherwise_gets_the_other_spelling():
    """okta-api §5 quirk 17."""
    first, other = (f"orn:okta:idp:{ORG}:{word}:aus1" for word in ("authorization_servers", "authorization-servers"))
    attach(
        {"agents": {"type": "OKTA", "id": "aus1"}},
        (Items(ROWS), []),
        (get(SERVER), ok({"orn": ORN})),
        (
            Call("POST", ROWS, {"type": "OKTA", "orn": first}),
            CallRefused("no such server", status=400, error_code="E0000001", reasons=("INVALID_FORMAT",)),
        ),
        (Call("POST", ROWS, {"type": "OKTA", "orn": other}), ok(status=202)),
    )


def test_a_row_that_is_refused_for_another_reason_is_not_sent_again():
    with pytest.raises(CallRefused, match="attached already"):
        attach(
            {"agents": {"type": "OKTA", "id": "aus1"}},
            (Items(ROWS), []),
            (get(SERVER), ok({"orn": ORN})),
            (
                Call("POST", ROWS, {"type": "OKTA", "orn": f"orn:okta:idp:{ORG}:authorization_servers:aus1"}),
                CallRefused("attached already", status=409, error_code="E0000195", reasons=("UNIQUE_CONSTRAINT",)),
            ),
        )


def test_only_endpoints_that_differ_are_patched():
    live = row(tokenEndpoint="https://old.example.com")
    attach(
        {"idp": IDP | {"grantTypesSupported": ["authorization_code", "refresh_token"]}},
        (Items(ROWS), [live]),
        (Call("PATCH", f"{ROWS}/{live['id']}", {"tokenEndpoint": IDP["tokenEndpoint"]}, merge=True), ok()),
    )


def test_a_row_that_is_as_written_costs_nothing():
    attach({"idp": IDP}, (Items(ROWS), [row("https://idp.example.com/")]))


def test_undeclared_rows_are_detached_only_where_asked_for():
    attach({"idp": IDP}, (Items(ROWS), [row(), okta_row("aus1")]))
    attach({"idp": IDP}, (Items(ROWS), [row(), okta_row("aus1")]), (Call("DELETE", f"{ROWS}/aus1"), ok()), removes=True)
