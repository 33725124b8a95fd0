"""The promises of `core.ports.Backend`, as far as they are about what the organisation answers."""

import json

import httpx
import pytest

from reconciler.backends.okta import OktaBackend, Settings
from reconciler.core.errors import AnswerUnreadable, NotFound, RemoteError
from reconciler.core.kind import with_homes
from reconciler.core.lifecycle import State
from reconciler.kinds import KINDS

from .conftest import CUSTOM, ORG, SECRET, SERVERS, okta_error

SERVER = {"id": "ems1", "resourceUrl": "https://a.test/mcp", "status": "ACTIVE"}
AGENTS = {"id": "aus1", "name": "Agents", "status": "ACTIVE"}


def organisation(answers, clock):
    """A backend whose lists are these; everything else is an empty list."""
    asked = []

    def handle(request):
        asked.append(request)
        answer = answers.get(request.url.path, [])
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    return OktaBackend(Settings(ORG, SECRET), clock, httpx.MockTransport(handle)), asked


def everything(_record):
    return True


def nothing(_record):
    return False


def test_empty_organisation_is_empty_and_not_unknown(clock):
    backend, _ = organisation({}, clock)
    live = backend.read(KINDS, everything)
    assert dict(live.records) == dict.fromkeys(KINDS, ())
    assert live.unreadable == {}


def test_children_are_read_for_wanted_objects_only(clock):
    backend, asked = organisation({SERVERS: {"data": [SERVER]}, CUSTOM: [AGENTS]}, clock)
    usual = {name: KINDS[name] for name in ("AuthorizationServer", "McpServer")}
    backend.read(usual, nothing)
    assert len(asked) == 2
    backend.read(usual, lambda record: record.id == "ems1")
    assert [request.url.path for request in asked[2:]] == [CUSTOM, SERVERS, f"{SERVERS}/ems1/authorization-servers"]


@pytest.mark.parametrize(
    "refusal",
    [okta_error(403, "E0000006"), okta_error(404, "E0000008"), okta_error(401, "E0000015"), httpx.Response(403)],
    ids=["403", "404", "feature off", "403 without body"],
)
def test_kind_that_may_not_be_read_is_unreadable_and_the_others_are_read(refusal, clock):
    backend, _ = organisation({CUSTOM: refusal, SERVERS: {"data": [SERVER]}}, clock)
    live = backend.read(KINDS, nothing)
    assert list(live.unreadable) == ["AuthorizationServer"]
    assert "AuthorizationServer" not in live.records
    assert [record.id for record in live.of("McpServer")] == ["ems1"]


def test_children_that_may_not_be_read_make_their_kind_unreadable(clock):
    rows = f"{SERVERS}/ems1/authorization-servers"
    backend, _ = organisation({SERVERS: {"data": [SERVER]}, rows: okta_error(403, "E0000006")}, clock)
    live = backend.read(KINDS, everything)
    assert list(live.unreadable) == [name for name in KINDS if "McpServer" in with_homes({name}, KINDS)]
    assert live.of("McpServer") == ()


@pytest.mark.parametrize(
    "answer",
    [okta_error(401, "E0000011"), httpx.Response(200, text="<html>"), okta_error(500, "E0000009")],
    ids=["401", "HTML", "500"],
)
@pytest.mark.parametrize("path", [CUSTOM, SERVERS, f"{SERVERS}/ems1/authorization-servers"])
def test_what_cannot_be_trusted_raises_once_instead_of_looking_empty(path, answer, clock):
    backend, _ = organisation({SERVERS: {"data": [SERVER]}, path: answer}, clock)
    with pytest.raises(RemoteError):
        backend.read(KINDS, everything)


@pytest.mark.parametrize("item", [{}, {"name": "x"}, {"id": None}, {"id": ""}, {"id": 5}, {"id": ["a"]}, {"id": {}}])
@pytest.mark.parametrize("path", [CUSTOM, SERVERS])
def test_item_without_an_id_makes_the_list_unreadable(path, item, clock):
    backend, _ = organisation({path: [item]}, clock)
    with pytest.raises(AnswerUnreadable, match="no id"):
        backend.read(KINDS, nothing)


def test_object_that_moved_between_two_pages_is_seen_once_and_as_last_seen(clock):
    backend, _ = organisation({SERVERS: {"data": [{**SERVER, "status": "INACTIVE"}, SERVER]}}, clock)
    [record] = backend.read(KINDS, nothing).of("McpServer")
    assert record.state is State.ACTIVE


@pytest.mark.parametrize(
    "item",
    [
        {"id": "ems1"},
        {**SERVER, "status": "ON_HOLIDAY"},
        {**SERVER, "status": None},
        {**SERVER, "status": ["ACTIVE"]},
        {**SERVER, "resourceUrl": None},
        {**SERVER, "resourceUrl": 5},
        {**SERVER, "metadata": "text"},
        {**SERVER, "metadata": ["x"]},
    ],
    ids=json.dumps,
)
def test_server_of_another_shape_is_unreadable_and_not_a_crash(item, clock):
    backend, _ = organisation({SERVERS: {"data": [item]}}, clock)
    with pytest.raises(AnswerUnreadable):
        backend.read(KINDS, nothing)


@pytest.mark.parametrize(
    "row",
    [
        {"id": None},
        {"id": "eas1", "grantTypesSupported": 5},
        {"id": "eas1", "grantTypesSupported": [5, "a"]},
        {"id": "eas1", "detectedMetadata": "text"},
        {"id": "eas1", "issuer": 5},
    ],
    ids=json.dumps,
)
def test_row_of_another_shape_is_unreadable_and_not_a_crash(row, clock):
    answers = {SERVERS: {"data": [SERVER]}, f"{SERVERS}/ems1/authorization-servers": [row]}
    backend, _ = organisation(answers, clock)
    with pytest.raises(AnswerUnreadable):
        backend.read(KINDS, everything)


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("scopes", {"id": "scp1"}),
        ("policies", {"id": "00p1"}),
        ("policies", {"name": "no id"}),
        ("policies", {"id": "00p1", "name": "x", "conditions": {"clients": {"include": 5}}}),
    ],
    ids=str,
)
def test_child_of_another_shape_is_unreadable_and_not_a_crash(path, item, clock):
    backend, _ = organisation({CUSTOM: [AGENTS], f"{CUSTOM}/aus1/{path}": [item]}, clock)
    with pytest.raises(AnswerUnreadable):
        backend.read(KINDS, everything)


@pytest.mark.parametrize("name", list(KINDS))
def test_object_that_is_gone_is_none(name, clock):
    def handle(_request):
        return okta_error(404, "E0000007")

    backend = OktaBackend(Settings(ORG, SECRET), clock, httpx.MockTransport(handle))
    assert backend.find(KINDS[name], "x1") is None


GONE = okta_error(404, "E0000007")


def test_what_is_deleted_while_it_is_read_is_not_there_and_all_else_is(clock):
    one, other = (SERVER | {"id": f"ems{number}", "resourceUrl": f"https://{number}.test/mcp"} for number in (1, 2))
    deleted = {f"{SERVERS}/ems1": GONE, f"{SERVERS}/ems1/authorization-servers": GONE}
    backend, _ = organisation({SERVERS: {"data": [one, other]}, **deleted}, clock)
    assert [record.id for record in backend.read(KINDS, everything).of("McpServer")] == ["ems2"]


@pytest.mark.parametrize(("name", "path"), [("McpServer", f"{SERVERS}/x1"), ("AuthorizationServer", f"{CUSTOM}/x1")])
def test_an_object_that_vanishes_while_it_is_read_is_none(name, path, clock):
    sights = [httpx.Response(200, json={"id": "x1"})]

    def handle(request):
        return sights.pop() if request.url.path == path and sights else GONE

    backend = OktaBackend(Settings(ORG, SECRET), clock, httpx.MockTransport(handle))
    assert backend.find(KINDS[name], "x1") is None
    assert not sights


def test_an_object_that_is_there_and_hides_its_children_is_not_taken_for_gone(clock):
    there = {f"{SERVERS}/ems1": SERVER, f"{SERVERS}/ems1/authorization-servers": GONE}
    backend, _ = organisation({SERVERS: {"data": [SERVER]}, **there}, clock)
    with pytest.raises(NotFound):
        backend.read(KINDS, everything)
    with pytest.raises(NotFound):
        backend.find(KINDS["McpServer"], "ems1")


@pytest.mark.parametrize("body", ["<html>", "", "{}", "[]", '{"id": 5}'])
@pytest.mark.parametrize("name", list(KINDS))
def test_object_that_cannot_be_understood_is_not_taken_for_gone(name, body, clock):
    def handle(request):
        is_one = request.url.path.endswith("/x1")
        return httpx.Response(200, text=body) if is_one else httpx.Response(200, json=[])

    backend = OktaBackend(Settings(ORG, SECRET), clock, httpx.MockTransport(handle))
    with pytest.raises(AnswerUnreadable):
        backend.find(KINDS[name], "p1/x1" if KINDS[name].inside else "x1")


PRINCIPALS = "/workload-principals/api/v1/ai-agents"
LEANING = {name: KINDS[name] for name in ("AiAgent", "AgentConnection")}


def test_an_agent_that_is_deleted_before_its_connections_are_listed_has_none(clock):
    agents = {"data": [{"id": "wlp1", "profile": {"name": "One"}}, {"id": "wlp2", "profile": {"name": "Two"}}]}
    deleted = {f"{PRINCIPALS}/wlp1": GONE, f"{PRINCIPALS}/wlp1/connections": GONE}
    others = {f"{PRINCIPALS}/wlp2/connections": [{"id": "mcn1"}]}
    backend, _ = organisation({PRINCIPALS: agents, **deleted, **others}, clock)
    assert [record.id for record in backend.read(LEANING, everything).of("AgentConnection")] == ["wlp2/mcn1"]


def test_an_agent_that_is_there_and_hides_its_connections_is_not_one_without_any(clock):
    agent = {"id": "wlp1", "profile": {"name": "One"}}
    there = {f"{PRINCIPALS}/wlp1": agent, f"{PRINCIPALS}/wlp1/connections": GONE}
    backend, _ = organisation({PRINCIPALS: {"data": [agent]}, **there}, clock)
    with pytest.raises(NotFound):
        backend.read(LEANING, everything)


def test_objects_inside_others_are_listed_for_those_that_somebody_wants(clock):
    agents = {"data": [{"id": "wlp1", "profile": {"name": "One"}}, {"id": "wlp2", "profile": {"name": "Two"}}]}
    backend, asked = organisation({PRINCIPALS: agents, f"{PRINCIPALS}/wlp2/connections": [{"id": "mcn1"}]}, clock)
    live = backend.read(LEANING, lambda record: record.key == "Two")
    assert [record.id for record in live.of("AgentConnection")] == ["wlp2/mcn1"]
    assert [request.url.path for request in asked] == [PRINCIPALS, f"{PRINCIPALS}/wlp2/connections"]


def test_objects_inside_others_that_may_not_be_read_are_as_unknown_as_these(clock):
    backend, asked = organisation({PRINCIPALS: okta_error(404, "E0000008")}, clock)
    live = backend.read(LEANING, everything)
    assert live.unreadable.keys() == LEANING.keys()
    assert len(asked) == 1


def test_reads_in_flight_never_exceed_the_few_that_small_tiers_allow(clock):
    import threading

    flying, most, lock = 0, 0, threading.Lock()
    servers = [{**SERVER, "id": f"ems{i}", "resourceUrl": f"https://{i}.test"} for i in range(60)]

    def handle(request):
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        answer = httpx.Response(200, json={"data": servers if request.url.path == SERVERS else []})
        with lock:
            flying -= 1
        return answer

    OktaBackend(Settings(ORG, SECRET), clock, httpx.MockTransport(handle)).read(KINDS, everything)
    assert most <= 5
