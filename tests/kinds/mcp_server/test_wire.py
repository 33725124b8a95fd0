import pytest

from reconciler.core.errors import CallRefused, NotFound, NotReady, NotSettled, OutcomeUnknown
from reconciler.core.lifecycle import State
from reconciler.kinds import KINDS
from reconciler.kinds.mcp_server import wire
from tests.support.build import discovered, external, mcp, okta, okta_row, raw_mcp, row, wish
from tests.support.flows import Call, Items, Wait, get, ok, play

ROOT = "/resource-servers/api/v1/mcp-servers"
HERE = f"{ROOT}/ems1"
ROWS = f"{HERE}/authorization-servers"
URL = "https://jira.example.com/mcp"
IDP = {"type": "EXTERNAL", "issuer": "https://idp.example.com", "tokenEndpoint": "https://idp.example.com/token"}
MANUAL = {
    "resourceUrl": URL,
    "displayName": "Jira",
    "authorizationServers": {"idp": IDP},
    "discoveryType": "MANUAL",
    "requires": ["sts"],
}
AUTO = MANUAL | {
    "discoveryType": "DISCOVERABLE",
    "authorizationServers": {"idp": {"type": "EXTERNAL", "issuer": IDP["issuer"]}},
}


def document(server, *others):
    return wire.to_document(server, wish(*others), KINDS)


def test_a_server_whose_authorization_servers_are_all_known_is_registered_by_hand():
    others = (external(), okta(), discovered("auto"))
    assert document(mcp(), *others)["discoveryType"] == "MANUAL"
    assert document(mcp(authorizationServers=["agents", "idp"]), *others)["discoveryType"] == "MANUAL"
    assert document(mcp(authorizationServers=["idp", "auto"]), *others)["discoveryType"] == "DISCOVERABLE"


def test_the_document_holds_what_the_author_wrote_and_the_rows_that_others_lend():
    made = document(mcp(description="Tickets", requires=["xaa", "sts", "xaa"], authorizationServers=["agents"]), okta())
    assert made == {
        "resourceUrl": URL,
        "description": "Tickets",
        "authorizationServers": {"agents": {"type": "OKTA", "id": {"$ref": "AuthorizationServer.agents#id"}}},
        "discoveryType": "MANUAL",
        "requires": ["sts", "xaa"],
    }


def test_names_are_read_nested_then_at_the_top():
    assert wire.record(raw_mcp(displayName="Nested")).document["displayName"] == "Nested"
    top = raw_mcp() | {"metadata": None, "displayName": "Top", "description": "Text"}
    assert wire.record(top).document["displayName"] == "Top"
    assert wire.record(top).document["description"] == "Text"
    assert "displayName" not in wire.record(raw_mcp()).document


def test_a_record_has_the_key_of_its_document_and_sorted_rows():
    record = wire.record(raw_mcp(resourceUrl=f"{URL}/", rows=[row("https://z.example"), okta_row("aus1")]))
    assert (record.key, record.state) == (URL, State.ACTIVE)
    assert [r["key"] for r in record.facts["rows"]] == ["aus1", "https://z.example"]
    assert [(r["xaa"], r["sts"]) for r in record.facts["rows"]] == [(True, False), (False, True)]


def test_a_list_item_without_rows_still_has_id_key_and_state():
    raw = {"id": "ems1", "resourceUrl": URL, "status": "PENDING"}
    assert wire.record(raw).document == {"resourceUrl": URL, "authorizationServers": {}}


# -- observing -----------------------------------------------------------------------------------------------------


def observed(raw, desired=MANUAL):
    return wire.observe(wire.record(raw), desired)


def test_rows_are_shown_under_the_names_of_the_manifest_in_its_spelling():
    raw = raw_mcp(rows=[row("https://idp.example.com/"), okta_row("aus1")], discoveryType="DISCOVERABLE")
    desired = MANUAL | {"authorizationServers": {"idp": IDP, "agents": {"type": "OKTA", "id": "aus1"}}}
    rows = observed(raw, desired)["authorizationServers"]
    assert rows["idp"]["issuer"] == "https://idp.example.com"
    assert rows["agents"] == {"type": "OKTA", "id": "aus1"}


def test_an_undeclared_row_counts_only_where_the_live_server_was_registered_by_hand():
    extra = [row(), row("https://other.example.com")]
    assert observed(raw_mcp(rows=extra))["authorizationServers"].keys() == {"idp", "https://other.example.com"}
    found = observed(raw_mcp(rows=extra, discoveryType="DISCOVERABLE"))
    assert found["authorizationServers"].keys() == {"idp"}


def test_a_row_that_the_live_server_lacks_is_not_shown():
    desired = MANUAL | {"authorizationServers": {"idp": IDP, "new": IDP | {"issuer": "https://new.example.com"}}}
    assert observed(raw_mcp(), desired)["authorizationServers"].keys() == {"idp"}


def test_one_trailing_slash_is_shown_as_the_author_wrote_it_and_another_url_as_it_is():
    assert observed(raw_mcp(resourceUrl=f"{URL}/"))["resourceUrl"] == URL
    assert observed(raw_mcp(resourceUrl="https://other.example.com"))["resourceUrl"] == "https://other.example.com"
    assert wire.observe(wire.record(raw_mcp()), {})["resourceUrl"] == URL


def test_an_imagined_server_is_verified_and_not_yet_activated():
    record = wire.record(
        wire.imagine(MANUAL | {"authorizationServers": {"a": {"type": "OKTA", "id": "aus1"}, "idp": IDP}}, "ems1")
    )
    assert (record.id, record.state) == ("ems1", State.INACTIVE)
    assert {r["status"] for r in record.facts["rows"]} == {State.ACTIVE}
    assert record.document["displayName"] == "Jira"
    assert wire.record(wire.imagine({"resourceUrl": URL}, "ems2")).facts["discoveryType"] == "DISCOVERABLE"


# -- reading -------------------------------------------------------------------------------------------------------


def test_reading_adds_rows_and_does_not_ask_a_server_that_says_it_has_none():
    assert play(wire.WIRE.listing(), (Items(ROOT), [{"id": "ems1"}])) == [{"id": "ems1"}]
    raw = {"id": "ems1", "authorizationServerCount": 1}
    assert play(wire.WIRE.complete(raw), (Items(ROWS), [row()]))["authorizationServers"] == [row()]
    assert play(wire.WIRE.complete(raw | {"authorizationServerCount": 0}))["authorizationServers"] == []
    assert play(wire.WIRE.find("ems1"), (get(HERE), ok(raw)), (Items(ROWS), []))["authorizationServers"] == []


def test_what_is_gone_is_none():
    assert play(wire.WIRE.find("ems1"), (get(HERE), NotFound("gone"))) is None


# -- creating ------------------------------------------------------------------------------------------------------

REGISTER = Call("POST", ROOT, {"resourceUrl": URL, "displayName": "Jira", "discoveryType": "MANUAL"})
SETTLED = [(Items(ROWS), []), (Call("POST", ROWS, IDP), ok(status=202)), (Wait(HERE), {"status": "INACTIVE"})]


def test_a_server_is_registered_gets_its_rows_and_is_waited_for():
    assert play(wire.create(MANUAL), (REGISTER, ok(status=202, resource_id="ems1")), *SETTLED) == "ems1"


INLINE = Call("POST", ROOT, {"resourceUrl": URL, "displayName": "Jira", "authorizationServers": [IDP]})


def test_a_manual_server_is_registered_with_its_rows_where_the_organisation_takes_them_only_so():
    """okta-api §6 row 9."""
    unknown = CallRefused("discoveryType", status=400, error_code="E0000001")
    play(wire.create(MANUAL), (REGISTER, unknown), (INLINE, ok(status=202, resource_id="ems1")), *SETTLED)


def test_a_registration_that_is_refused_in_both_forms_says_why_the_first_one_was():
    first = CallRefused("the name is too long", status=400, error_code="E0000001")
    with pytest.raises(CallRefused, match="too long"):
        play(wire.create(MANUAL), (REGISTER, first), (INLINE, CallRefused("unknown property", status=400)))


@pytest.mark.parametrize(
    "refused",
    [
        CallRefused("exists", status=409, error_code="E0000195"),
        CallRefused("exists", status=400, error_code="E0000001", reasons=("UNIQUE_CONSTRAINT",)),
    ],
)
def test_a_registration_that_collides_is_not_sent_in_another_form(refused):
    with pytest.raises(CallRefused, match="exists"):
        play(wire.create(MANUAL), (REGISTER, refused))


def test_where_okta_discovers_nothing_is_said_about_discovery_and_rows_it_found_stay():
    register = Call("POST", ROOT, {"resourceUrl": URL, "displayName": "Jira"})
    found = [row(), row("https://other.example.com")]
    play(
        wire.create(AUTO),
        (register, ok(status=202, resource_id="ems1")),
        (Items(ROWS), found),
        (Wait(HERE), {"status": "ACTIVE"}),
    )


def test_an_operation_that_does_not_name_the_server_is_looked_up_by_url():
    listed = [{"id": "ems0", "resourceUrl": "https://x.example"}, {"id": "ems1", "resourceUrl": f"{URL}/"}]
    assert play(wire.create(MANUAL), (REGISTER, ok(status=202)), (Items(ROOT), listed), *SETTLED) == "ems1"


def test_an_unknown_outcome_is_looked_up_and_never_sent_again():
    """okta-api §5 quirk 2: 400 without a body although the record was made."""
    lost = OutcomeUnknown("400 without a readable error")
    listed = [{"id": "ems1", "resourceUrl": URL}]
    assert play(wire.create(MANUAL), (REGISTER, lost), (Items(ROOT), listed), *SETTLED) == "ems1"
    with pytest.raises(OutcomeUnknown, match="readable"):
        play(wire.create(MANUAL), (REGISTER, lost), (Items(ROOT), []))


def test_an_accepted_registration_that_leaves_no_server_is_an_unknown_outcome():
    with pytest.raises(OutcomeUnknown, match="no MCP server with this URL appeared"):
        play(wire.create(MANUAL), (REGISTER, ok(status=202)), (Items(ROOT), []))


def test_a_refused_registration_is_not_looked_up():
    with pytest.raises(CallRefused):
        play(wire.create(MANUAL), (REGISTER, CallRefused("exists", status=409)))


def test_a_server_that_disappears_while_it_is_validated_is_not_called_made():
    with pytest.raises(NotFound, match="disappeared"):
        play(wire.create(MANUAL), (REGISTER, ok(resource_id="ems1")), *SETTLED[:2], (Wait(HERE), None))


# -- updating ------------------------------------------------------------------------------------------------------


def test_only_names_that_differ_are_patched():
    live = raw_mcp(displayName="Old", description="kept")
    play(
        wire.update("ems1", MANUAL),
        (get(HERE), ok(live)),
        (Call("PATCH", HERE, {"displayName": "Jira"}, merge=True), ok()),
        (Items(ROWS), [row()]),
        (Wait(HERE), {"status": "ACTIVE"}),
    )


def update(live, wanted, *writes):
    rows = [row(), row("https://other.example.com")]
    play(
        wire.update("ems1", wanted),
        (get(HERE), ok(live)),
        (Items(ROWS), rows),
        *((Call("DELETE", f"{ROWS}/{rows[1]['id']}"), ok()) for _ in writes),
        (Wait(HERE), {"status": "ACTIVE"}),
    )


def test_undeclared_rows_are_removed_by_what_the_live_server_is_not_by_what_the_document_hints():
    """The plan shows such a removal by the same rule; a wished change of discovery cannot be written."""
    live = raw_mcp(displayName="Jira")
    update(live, MANUAL, "removes")
    update(live, AUTO, "removes")
    update(live | {"discoveryType": "DISCOVERABLE"}, MANUAL)
    update(live | {"discoveryType": "DISCOVERABLE"}, AUTO)


# -- moving --------------------------------------------------------------------------------------------------------


def test_activate_and_deactivate_wait_until_the_organisation_shows_them():
    play(
        wire.WIRE.move("ems1", "activate", State.ACTIVE),
        (Call("POST", f"{HERE}/lifecycle/activate"), ok(status=202)),
        (Wait(HERE), {"status": "ACTIVE"}),
    )


TAKEN_BACK = [(Call("POST", f"{HERE}/lifecycle/deactivate"), ok(status=202)), (Wait(HERE), {"status": "INACTIVE"})]


def test_register_only_waits_for_the_end_of_pending():
    play(wire.WIRE.move("ems1", "register", State.INACTIVE), (Wait(HERE), {"status": "INACTIVE"}))


def test_a_validation_that_ends_in_active_is_led_to_where_the_move_leads():
    """Some organisations land a server ACTIVE (okta-api §3.1); a wish for INACTIVE would silently stay untrue."""
    play(wire.WIRE.move("ems1", "register", State.INACTIVE), (Wait(HERE), {"status": "ACTIVE"}), *TAKEN_BACK)


def test_a_validation_that_ends_in_invalid_is_no_success():
    with pytest.raises(NotReady, match="INVALID"):
        play(wire.WIRE.move("ems1", "register", State.INACTIVE), (Wait(HERE), {"status": "INVALID"}))


def test_revalidate_touches_every_row_and_waits_for_the_end_of_invalid():
    play(
        wire.WIRE.move("ems1", "revalidate", State.INACTIVE),
        (get(HERE), ok({"status": "INVALID"})),
        (Items(ROWS), [{"id": "eas1"}, {"id": "eas2"}]),
        (Call("PATCH", f"{ROWS}/eas1", {}, merge=True), ok()),
        (Call("PATCH", f"{ROWS}/eas2", {}, merge=True), ok()),
        (Wait(HERE), {"status": "INACTIVE"}),
    )


@pytest.mark.parametrize("now", ["INACTIVE", "PENDING"])
def test_revalidate_only_waits_where_it_is_mended_already_or_being_looked_at(now):
    play(
        wire.WIRE.move("ems1", "revalidate", State.INACTIVE),
        (get(HERE), ok({"status": now})),
        (Wait(HERE), {"status": "INACTIVE"}),
    )


def test_a_server_that_stays_invalid_is_not_ready_and_its_rows_are_named():
    with pytest.raises(NotReady) as caught:
        play(
            wire.WIRE.move("ems1", "revalidate", State.INACTIVE),
            (get(HERE), ok({"status": "INVALID"})),
            (Items(ROWS), []),
            (Wait(HERE), NotSettled("waited")),
            (Items(ROWS), [row(status="INVALID"), {"id": "eas2"}]),
        )
    for row_named in ("https://idp.example.com is INVALID.", "eas2 is PENDING."):
        assert f"Its authorization server {row_named}" in caught.value.detail
    assert "reregister" in caught.value.fix


DELETE = Call("DELETE", HERE)
REFUSED = CallRefused("not while INVALID", status=400, error_code="E0000001")


def delete(*turns):
    play(wire.WIRE.move("ems1", "delete", State.DELETED), *turns)


def test_a_delete_waits_until_the_server_is_gone():
    delete((DELETE, ok(status=202)), (Wait(HERE), None))


def test_deleting_what_is_gone_is_fine():
    delete((DELETE, NotFound("gone")))


def test_an_invalid_server_that_may_not_be_deleted_is_deactivated_first():
    """Some organisations refuse to delete what has not settled (okta-api §3.1)."""
    delete(
        (DELETE, REFUSED),
        (get(HERE), ok({"status": "INVALID"})),
        (Call("POST", f"{HERE}/lifecycle/deactivate"), ok(status=202)),
        (DELETE, ok(status=202)),
        (Wait(HERE), None),
    )


def test_a_refused_delete_of_anything_else_stays_refused():
    with pytest.raises(CallRefused, match="not while"):
        delete((DELETE, REFUSED), (get(HERE), ok({"status": "ACTIVE"})))
