"""Pages, operations and waiting, in virtual time (okta-api §2.1, §2.4, §5)."""

import contextlib
import json

import httpx
import pytest

from reconciler.backends.okta.driver import PAGE_SIZE, Patience
from reconciler.core.errors import (
    AnswerUnreadable,
    CallRefused,
    NotFound,
    NotSettled,
    OperationFailed,
    ReconcilerError,
    RemoteError,
)
from reconciler.core.secret import SecretRef
from reconciler.core.wire import Answer, Call, Items, Listed, Until

from .conftest import OPERATIONS, ORG, SERVERS, okta_error

OPERATION = f"{OPERATIONS}/op-1234abcd"
MALFORMED = [None, [], 7, "text", True, [{}], {"next": []}, {"next": "text"}, {"next": {"href": 5}}]


def items(*names, **more):
    return httpx.Response(200, json={"data": [{"id": name} for name in names], **more})


def linked(url, *names):
    return httpx.Response(200, json=[{"id": name} for name in names], headers={"Link": f'<{url}>; rel="next"'})


def flow(*requests):
    """A flow that asks for these, in order, and returns the last answer."""
    answer = None
    for request in requests:
        answer = yield request
    return answer


def listed(driver):
    return [item["id"] for item in driver.run(flow(Items(SERVERS)))]


# -- lists that not every organisation has ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [okta_error(405, "E0000022"), okta_error(404, "E0000008"), okta_error(403, "E0000006"), httpx.Response(405)],
    ids=["no such method", "no such path", "not allowed", "without a word"],
)
def test_a_list_that_an_organisation_does_not_have_is_asked_for_once(answer, driven):
    driver, script = driven(answer, items("a"))
    assert driver.run(flow(Listed(f"{SERVERS}/1/keys", "keys"))) is None
    assert driver.run(flow(Listed(f"{SERVERS}/2/keys", "keys"))) is None
    assert len(script.paths) == 1
    assert driver.run(flow(Listed(f"{SERVERS}/2/others", "others"))) == [{"id": "a"}], "another sort may be there"


def test_a_list_of_what_is_gone_tells_nothing_about_others(driven):
    driver, script = driven(okta_error(404, "E0000007"), items("a"))
    assert driver.run(flow(Listed(f"{SERVERS}/1/keys", "keys"))) is None
    assert driver.run(flow(Listed(f"{SERVERS}/2/keys", "keys"))) == [{"id": "a"}]
    assert len(script.paths) == 2


def test_a_list_that_cannot_be_understood_is_not_taken_for_one_that_is_not_there(driven):
    driver, _ = driven(httpx.Response(200, text="<html>"))
    with pytest.raises(AnswerUnreadable):
        driver.run(flow(Listed(f"{SERVERS}/1/keys", "keys")))


# -- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [items("a", "b"), httpx.Response(200, json=[{"id": "a"}, {"id": "b"}])])
def test_envelope_and_bare_array_are_both_lists(answer, driven):
    driver, script = driven(answer)
    assert listed(driver) == ["a", "b"]
    assert script.paths == [f"{SERVERS}?limit={PAGE_SIZE}"]


@pytest.mark.parametrize(
    "url",
    [f"{ORG}{SERVERS}?after=x%2Fy&limit=2", f"{SERVERS}?after=x%2Fy&limit=2", "?after=x%2Fy&limit=2"],
    ids=["absolute", "relative to the host", "relative to the page"],
)
@pytest.mark.parametrize("header", [True, False], ids=["Link header", "_links"])
def test_next_page_is_where_the_answer_says_and_its_cursor_is_left_as_it_is(url, header, driven):
    first = linked(url, "a") if header else items("a", _links={"next": {"href": url}})
    driver, script = driven(first, items("b", _links={"self": {"href": ORG}}))
    assert listed(driver) == ["a", "b"]
    assert script.paths[1] == f"{SERVERS}?after=x%2Fy&limit=2"


def test_other_links_are_not_followed(driven):
    """okta-api §5.9: a `self` link has pointed at the base URL."""
    answer = items("a", _links={"self": {"href": "https://evil.test"}, "prev": {"href": "https://evil.test"}})
    answer.headers["Link"] = f'<{ORG}>; rel="self", <https://evil.test>; rel="prev"'
    driver, script = driven(answer)
    assert listed(driver) == ["a"]
    assert len(script.asked) == 1


@pytest.mark.parametrize("header", [True, False], ids=["Link header", "_links"])
def test_next_page_at_another_host_is_refused_and_not_asked(header, driven):
    url = "https://evil.test/steal"
    driver, script = driven(linked(url, "a") if header else items("a", _links={"next": {"href": url}}))
    with pytest.raises(RemoteError, match="another host"):
        listed(driver)
    assert len(script.asked) == 1


@pytest.mark.parametrize("url", ["http://[", "https://\x00x/", "http://[::1"])
def test_next_page_that_is_no_address_is_an_error_and_not_asked(url, driven):
    driver, script = driven(items("a", _links={"next": {"href": url}}))
    with pytest.raises(RemoteError):
        listed(driver)
    assert len(script.asked) == 1


def test_loop_of_pages_ends_in_an_error_instead_of_for_ever(driven):
    one, two = f"{SERVERS}?after=1", f"{SERVERS}?after=2"
    driver, script = driven(linked(one, "a"), linked(two, "b"), linked(one, "a"))
    with pytest.raises(AnswerUnreadable, match="never ends"):
        listed(driver)
    assert len(script.asked) == 3


def test_page_that_links_to_itself_is_noticed(driven):
    driver, script = driven(linked(f"{SERVERS}?limit={PAGE_SIZE}", "a"))
    with pytest.raises(AnswerUnreadable, match="never ends"):
        listed(driver)
    assert len(script.asked) <= 2


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (okta_error(400, "E0000031", "The cursor has expired"), CallRefused),
        (okta_error(404, "E0000007"), NotFound),
        (httpx.Response(200, content=b'{"data": [{"id":'), AnswerUnreadable),
        (httpx.Response(200, text="<html>"), AnswerUnreadable),
        (httpx.Response(200), AnswerUnreadable),
        (httpx.Response(204), AnswerUnreadable),
        (httpx.Response(200, json={"data": [{"id": "b"}, "half"]}), AnswerUnreadable),
        (httpx.Response(200, json={"error": "x"}), AnswerUnreadable),
        (httpx.RemoteProtocolError("cut off in the middle"), RemoteError),
        (okta_error(500, "E0000009"), RemoteError),
    ],
    ids=["cursor expired", "404", "half", "HTML", "nothing", "204", "odd item", "no data", "cut off", "500"],
)
def test_list_that_breaks_after_its_first_page_is_an_error_and_never_half_a_list(second, expected, driven):
    driver, _ = driven(linked(f"{SERVERS}?after=1", "a"), second)
    with pytest.raises(ReconcilerError) as raised:
        listed(driver)
    assert type(raised.value) is expected


def test_list_whose_cursor_expires_is_read_again_from_the_beginning_a_few_times(driven):
    first, expired = linked(f"{SERVERS}?after=1", "a"), okta_error(400, "E0000031", "The cursor has expired")
    driver, script = driven(first, expired, first, items("b"))
    assert listed(driver) == ["a", "b"]
    assert [path.partition("?")[2] for path in script.paths] == ["limit=200", "after=1"] * 2
    driver, script = driven(*[first, expired] * 4)
    with pytest.raises(CallRefused, match="expired"):
        listed(driver)
    assert len(script.asked) == 6


def test_list_that_is_refused_at_once_is_not_read_again(driven):
    driver, script = driven(okta_error(400, "E0000031"))
    with pytest.raises(CallRefused):
        listed(driver)
    assert len(script.asked) == 1


@pytest.mark.parametrize("links", MALFORMED)
def test_links_of_another_shape_are_an_end_or_an_error_never_a_crash(links, driven):
    driver, _ = driven(items("a", _links=links))
    with contextlib.suppress(RemoteError):
        assert listed(driver) == ["a"]


def test_ten_thousand_objects_take_fifty_requests(driven):
    def page(request):
        at = int(request.url.params.get("after", 0))
        size = int(request.url.params["limit"])
        more = {"_links": {"next": {"href": f"{SERVERS}?after={at + size}&limit={size}"}}} if at + size < 10_000 else {}
        return items(*range(at, at + size), **more)

    driver, script = driven(page)
    assert len(listed(driver)) == 10_000
    assert len(script.asked) == 50


# -- operations ----------------------------------------------------------------------------------------------------


def accepted(location=f"{ORG}{OPERATION}", **headers):
    return httpx.Response(202, headers={"Location": location, **headers})


def operation(status, **more):
    return httpx.Response(200, json={"id": "op-1234abcd", "type": "mcp-server:Register", "status": status, **more})


REGISTER = Call("POST", SERVERS, {"resourceUrl": "https://a.test/mcp"})
RESOURCE = {"id": "ems1", "type": "mcp_server"}


@pytest.mark.parametrize("location", [f"{ORG}{OPERATION}", OPERATION], ids=["absolute", "relative"])
@pytest.mark.parametrize("word", ["COMPLETED", "SUCCESS", "DONE"])
def test_accepted_write_is_followed_to_its_end_and_names_what_was_made(location, word, driven):
    driver, script = driven(
        accepted(location), operation("SCHEDULED"), operation("IN_PROGRESS"), operation(word, resource=RESOURCE)
    )
    answer = driver.run(flow(REGISTER))
    assert answer.resource_id == "ems1"
    assert script.paths == [SERVERS, OPERATION, OPERATION, OPERATION]
    assert [request.method for request in script.asked] == ["POST", "GET", "GET", "GET"]


def test_operation_at_another_host_is_refused_and_not_asked(driven):
    driver, script = driven(accepted("https://evil.test/operations/op-1"))
    with pytest.raises(RemoteError, match="another host"):
        driver.run(flow(REGISTER))
    assert len(script.asked) == 1


@pytest.mark.parametrize("word", ["FAILED", "ERROR"])
def test_operation_that_fails_quotes_code_and_reason(word, driven):
    details = {"code": "E0000001", "message": "No authorization servers found"}
    driver, _ = driven(accepted(), operation(word, errorDetails=details))
    with pytest.raises(OperationFailed, match=r"op-1234abcd .*E0000001 No authorization servers found\.$"):
        driver.run(flow(REGISTER))


@pytest.mark.parametrize("details", [None, [], "text", 7, {}, {"message": None}, {"message": "a\nb\x1b[31m"}])
def test_operation_that_fails_without_telling_why_is_still_one_clear_line(details, driven):
    driver, _ = driven(accepted(), operation("FAILED", errorDetails=details))
    with pytest.raises(OperationFailed) as raised:
        driver.run(flow(REGISTER))
    assert "op-1234abcd" in raised.value.detail
    assert raised.value.detail.isprintable()


@pytest.mark.parametrize("resource", [None, [], "text", 7, {}, {"id": None}, {"id": 5}, {"id": {}}])
def test_operation_that_does_not_name_its_resource_gives_none(resource, driven):
    driver, _ = driven(accepted(), operation("COMPLETED", resource=resource))
    assert driver.run(flow(REGISTER)).resource_id is None


def test_pauses_grow_to_a_cap_and_end_at_the_bound(driven, clock):
    patience = Patience(first=1, growth=2, longest=5, bound=60)
    driver, script = driven(accepted(), operation("IN_PROGRESS"), patience=patience)
    began = clock.now()
    with pytest.raises(NotSettled, match="60 s for the end of an operation") as raised:
        driver.run(flow(REGISTER))
    assert clock.slept[:4] == [1, 2, 4, 5]
    assert max(clock.slept) == 5
    assert 55 <= clock.now() - began <= 60
    assert len(script.asked) == 1 + len(clock.slept)
    assert raised.value.exit_code != 0


@pytest.mark.parametrize("status", ["SCHEDULED", "QUEUED", None, 5, ["COMPLETED"]])
def test_status_that_nobody_knows_counts_as_not_yet(status, driven):
    driver, _ = driven(accepted(), operation(status), patience=Patience(bound=10))
    with pytest.raises(NotSettled):
        driver.run(flow(REGISTER))


def test_forgotten_operation_has_ended_and_the_flow_looks_what_came_of_it(driven):
    driver, _ = driven(accepted(), okta_error(404, "E0000007"))
    assert driver.run(flow(REGISTER)) == Answer(202)


def test_connection_lost_while_polling_is_tried_again(driven):
    driver, _ = driven(accepted(), httpx.ReadError("reset"), operation("COMPLETED", resource=RESOURCE))
    assert driver.run(flow(REGISTER)).resource_id == "ems1"


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, text="<html>"), httpx.Response(200), httpx.Response(200, json=[])]
)
def test_poll_that_makes_no_sense_is_unreadable(answer, driven):
    driver, _ = driven(accepted(), answer)
    with pytest.raises(AnswerUnreadable):
        driver.run(flow(REGISTER))


@pytest.mark.parametrize("status", [200, 201])
def test_answer_at_once_with_a_body_is_as_good_as_an_operation(status, driven):
    driver, script = driven(httpx.Response(status, json={"id": "ems1"}))
    assert driver.run(flow(REGISTER)) == Answer(status, {"id": "ems1"}, "ems1")
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [200, 202, 204])
def test_answer_without_body_and_operation_is_an_end(status, driven):
    driver, _ = driven(httpx.Response(status))
    assert driver.run(flow(Call("POST", f"{SERVERS}/ems1/lifecycle/activate"))) == Answer(status)


def test_location_that_is_no_operation_is_not_polled(driven):
    """201 with the address of what was made, as okta-api §6 row 10 has it."""
    driver, script = driven(
        httpx.Response(201, json={"id": "eas1"}, headers={"Location": f"{ORG}{SERVERS}/ems1/x/eas1"})
    )
    assert driver.run(flow(REGISTER)).resource_id == "eas1"
    assert len(script.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b'{"id": "ems', b'"text"', b"7", b"null"])
def test_answer_to_a_call_that_is_no_document_is_unreadable(body, driven):
    driver, _ = driven(httpx.Response(200, content=body))
    with pytest.raises(AnswerUnreadable):
        driver.run(flow(Call("GET", f"{SERVERS}/ems1")))


# -- waiting for a state -------------------------------------------------------------------------------------------


def test_waiting_looks_at_once_and_costs_nothing_when_it_is_so(driven, clock):
    driver, script = driven(httpx.Response(200, json={"status": "ACTIVE"}))
    driver.run(flow(Until(f"{SERVERS}/ems1", lambda body: body["status"] == "ACTIVE", "status ACTIVE")))
    assert (len(script.asked), clock.slept) == (1, [])


def test_waiting_sees_that_an_object_is_gone(driven):
    driver, _ = driven(okta_error(404, "E0000007"))
    assert driver.run(flow(Until(f"{SERVERS}/ems1", lambda body: body is None, "the deletion"))) is None


def test_pending_that_never_ends_is_bounded_and_says_what_was_waited_for(driven, clock):
    """okta-api §5.16."""
    driver, _ = driven(httpx.Response(200, json={"status": "PENDING"}))
    began = clock.now()
    with pytest.raises(NotSettled, match="an end of PENDING"):
        driver.run(flow(Until(f"{SERVERS}/ems1", lambda body: body["status"] != "PENDING", "an end of PENDING")))
    assert clock.now() - began <= 120


def test_who_was_held_up_beyond_the_bound_looks_once_more(driven, clock):
    """As a machine that slept for an hour while an answer was on its way: what it says is an hour old."""
    looks = []

    def done(_body):
        looks.append(clock.now())
        if len(looks) == 3:
            clock.sleep(3600)
        return len(looks) == 4

    driver, _ = driven(httpx.Response(200, json={"status": "PENDING"}))
    driver.run(flow(Until(f"{SERVERS}/ems1", done, "an end of PENDING")))
    assert len(looks) == 4


def test_error_is_thrown_into_the_flow_so_that_it_may_recover(driven):
    def recovering():
        try:
            yield Call("DELETE", f"{SERVERS}/ems1")
        except NotFound:
            return "gone already"
        return "deleted"

    driver, _ = driven(okta_error(404, "E0000007"))
    assert driver.run(recovering()) == "gone already"


# -- flows that meet documents of another shape --------------------------------------------------------------------


@pytest.mark.parametrize("body", [{}, [], {"status": None}, {"status": 5}, {"status": "ODD"}])
def test_document_without_what_a_flow_needs_is_unreadable_and_not_a_bug_of_ours(body, driven):
    def needing():
        answer = yield Call("GET", f"{SERVERS}/ems1")
        return answer.body["status"]["deeper"]

    driver, _ = driven(httpx.Response(200, json=body))
    with pytest.raises(AnswerUnreadable, match="another shape"):
        driver.run(needing())


def test_a_secret_takes_its_place_in_the_body_at_the_moment_of_sending(driven):
    driver, script = driven(httpx.Response(200, json={}))
    call = Call("PATCH", f"{SERVERS}/1", {"clientSecret": SecretRef("env", "SHOP"), "name": "x"}, merge=True)
    driver.run(flow(call))
    assert json.loads(script.asked[0].content) == {"clientSecret": "value of SHOP", "name": "x"}
    assert "value of SHOP" not in repr(call)


def test_a_secret_that_the_organisation_repeats_is_not_in_the_error(driven):
    body = {"errorCode": "E0000001", "errorSummary": "clientSecret: value of SHOP is too short", "errorCauses": []}
    driver, _ = driven(httpx.Response(400, json=body))
    with pytest.raises(CallRefused) as caught:
        driver.run(flow(Call("POST", SERVERS, {"clientSecret": SecretRef("env", "SHOP")})))
    assert "value of SHOP" not in str(caught.value)
    assert "*** is too short" in str(caught.value)
