"""Every fault: what the client sees, and whether the request was done nevertheless; in process and over a socket."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from reconciler.emulator.faults import FAULTS, FaultBox, FaultError

from .conftest import AGENTS, CUSTOM, SERVERS
from .test_serve import client, process

BODY = {"name": "Faulty", "audiences": ["https://a.test"]}
FAULT_PATH = "/_emulator/faults"


def create(world):
    return world.call("POST", CUSTOM, BODY)


def made(world):
    """How many were made; looks into the tables, where no fault can lie."""
    with world.app.organisation.store.read() as db:
        return db.execute("SELECT count(*) FROM authorization_servers WHERE name='Faulty'").fetchone()[0]


def arm(world, name, **how):
    return world.app.faults.arm(name, **how)


def test_every_fault_is_tested_here():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [fault.name for fault in FAULTS if source.count(f'"{fault.name}"') == 0] == []


def test_an_unknown_fault_is_refused_with_the_nearest_name():
    with pytest.raises(FaultError, match=r"Did you mean 'reset-after'\?"):
        FaultBox().arm("reset-afte")


@pytest.mark.parametrize(
    "how",
    [{"at": 0}, {"at": True}, {"times": -1}, {"at": "1"}, {"method": ""}, {"path": 5}, {"seconds": -1}, {"when": 1}],
)
def test_a_fault_that_cannot_be_armed_like_this_is_refused(how):
    with pytest.raises(FaultError):
        FaultBox().arm("slow", **how)


def test_it_fires_at_the_nth_match_and_as_often_as_asked(world):
    armed = arm(world, "error-500", at=2, times=2, method="GET", path=f"{CUSTOM}*")
    world.http.get("/api/v1/apps")
    statuses = [world.http.get(f"{CUSTOM}/default").status_code for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    [now] = world.app.faults.armed()
    assert (now.id, now.matched, now.fired, now.is_spent()) == (armed.id, 3, 2, True)
    assert world.app.faults.disarm(armed.id)
    assert not world.app.faults.disarm(armed.id)


def test_writes_can_be_asked_for_without_naming_a_method(world):
    arm(world, "error-500", method="!GET")
    assert world.http.get(CUSTOM).status_code == 200
    assert create(world).status_code == 500


def test_the_control_calls_never_suffer(world):
    arm(world, "reset-before", times=1000)
    assert world.http.get("/_emulator/health").status_code == 200
    assert world.http.get(FAULT_PATH).status_code == 200


def test_over_http(world):
    answer = world.call("POST", FAULT_PATH, {"name": "error-503", "at": 2, "method": "get"})
    assert answer.status_code == 201
    armed = answer.json()
    assert (armed["name"], armed["at"], armed["times"], armed["method"], armed["fired"]) == (
        "error-503",
        2,
        1,
        "GET",
        0,
    )
    assert [world.http.get(CUSTOM).status_code for _ in range(3)] == [200, 503, 200]
    listed = {fault["name"]: fault for fault in world.http.get(FAULT_PATH).json()}
    assert len(listed) == len(FAULTS)
    assert listed["error-503"]["armed"] == [{**armed, "matched": 2, "fired": 1}]
    assert world.call("DELETE", f"{FAULT_PATH}/{armed['id']}").status_code == 204
    assert world.call("DELETE", f"{FAULT_PATH}/{armed['id']}").status_code == 404
    world.call("POST", FAULT_PATH, {"name": "firewall"})
    assert world.call("DELETE", FAULT_PATH).status_code == 204
    assert world.app.faults.armed() == []
    for bad in ({}, {"name": "nothing"}, {"name": "slow", "at": 0}, {"name": "slow", "when": 1}):
        assert world.call("POST", FAULT_PATH, bad).status_code == 400


def test_a_reset_of_the_emulator_disarms(world):
    arm(world, "slow")
    world.call("POST", "/_emulator/reset")
    assert world.app.faults.armed() == []


@pytest.mark.parametrize(
    ("name", "error", "done"),
    [
        ("reset-before", httpx.ReadError, 0),
        ("reset-after", httpx.ReadError, 1),
        ("timeout-after", httpx.ReadTimeout, 1),
        ("truncated-body", httpx.RemoteProtocolError, 1),
    ],
)
def test_the_wire_breaks(world, name, error, done):
    arm(world, name)
    with pytest.raises(error):
        create(world)
    assert made(world) == done
    assert create(world).status_code == 201


def test_an_answer_without_a_body_is_lost_as_a_whole(world):
    arm(world, "truncated-body")
    arm(world, "truncated-body", method="DELETE")
    with pytest.raises(httpx.RemoteProtocolError):
        world.http.get(CUSTOM)
    server = create(world).json()["id"]
    with pytest.raises(httpx.ReadError):
        world.call("DELETE", f"{CUSTOM}/{server}")
    assert made(world) == 0


@pytest.mark.parametrize(
    ("name", "status", "code", "done"),
    [
        ("error-500", 500, "E0000009", 0),
        ("error-500-after", 500, "E0000009", 1),
        ("error-503", 503, "E0000010", 0),
        ("rate-limited", 429, "E0000047", 0),
        ("misleading-404", 404, "E0000007", 0),
        ("not-subscribed", 401, "E0000015", 0),
        ("no-such-path", 404, "E0000008", 0),
    ],
)
def test_an_error_instead_of_an_answer(world, name, status, code, done):
    arm(world, name, path="*", times=1)
    answer = create(world)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)
    assert made(world) == done


def test_a_rate_limit_says_when_it_ends(world):
    arm(world, "rate-limited")
    headers = create(world).headers
    assert headers["X-Rate-Limit-Remaining"] == "0"
    assert int(headers["X-Rate-Limit-Reset"]) == int(world.clock.now) + 2


@pytest.mark.parametrize(("name", "done"), [("html", 0), ("html-after", 1)])
def test_a_page_instead_of_json(world, name, done):
    arm(world, name)
    answer = create(world)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert made(world) == done


def test_a_short_body_whose_length_agrees(world):
    arm(world, "short-json")
    answer = create(world)
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert made(world) == 1


def test_a_request_that_arrives_twice(world):
    arm(world, "duplicate-delivery", method="POST")
    assert create(world).status_code == 201
    assert made(world) == 2
    arm(world, "duplicate-delivery", method="POST", path=SERVERS)
    answer = world.register("https://twice.test/mcp", discoveryType="MANUAL")
    assert answer.status_code == 409, "the second of them finds the first"


@pytest.mark.parametrize(("name", "hours"), [("date-ahead", 1), ("date-behind", -1)])
def test_a_date_that_is_an_hour_off(world, name, hours):
    arm(world, name)
    moment = parsedate_to_datetime(world.http.get(CUSTOM).headers["Date"]).timestamp()
    assert moment == world.clock.now + 3600 * hours


def test_a_slow_answer_takes_the_time_of_the_clock(world):
    before = world.clock.now
    arm(world, "slow", seconds=5)
    assert create(world).status_code == 201
    assert world.clock.now == before + 5


def test_a_cursor_that_expires(world):
    for _ in range(3):
        create(world)
    arm(world, "expired-cursor")
    first = world.http.get(CUSTOM, params={"limit": 2})
    second = world.http.get(first.links["next"]["url"])
    assert (second.status_code, second.json()["errorCauses"][0]["location"]) == (400, "after")
    assert world.http.get(first.links["next"]["url"]).status_code == 200


def test_stale_reads_last_until_three_seconds_after_the_operation(world):
    server = world.inactive(displayName="Old")
    arm(world, "stale-reads")
    assert world.http.get(SERVERS).json()["data"][0]["status"] == "INACTIVE"
    world.server(server)
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/activate"))
    world.clock.advance(2.9)
    assert world.status(server) == "INACTIVE"
    assert world.http.get(SERVERS).json()["data"][0]["status"] == "INACTIVE"
    world.clock.advance(0.2)
    assert world.status(server) == "ACTIVE"
    assert world.http.get(SERVERS).json()["data"][0]["status"] == "ACTIVE"


def test_stale_reads_after_a_write_that_is_done_at_once(world):
    arm(world, "stale-reads")
    assert len(world.http.get(CUSTOM).json()) == 1
    create(world)
    assert len(world.http.get(CUSTOM).json()) == 1
    world.clock.advance(3)
    assert len(world.http.get(CUSTOM).json()) == 2


def test_a_register_that_is_refused_without_a_word_is_done_nevertheless(world):
    arm(world, "empty-400")
    answer = world.register(discoveryType="MANUAL")
    assert (answer.status_code, answer.content) == (400, b"")
    assert len(world.http.get(SERVERS).json()["data"]) == 1


def test_a_register_that_is_done_at_once(world):
    arm(world, "register-201")
    answer = world.register(discoveryType="MANUAL")
    assert (answer.status_code, answer.json()["status"]) == (201, "PENDING")
    arm(world, "register-201")
    assert world.register("not a url").status_code == 400


def test_names_at_the_top_level(world):
    server = world.manual(displayName="Tools", description="For tools")
    arm(world, "top-level-names")
    for said in (world.server(server), world.http.get(SERVERS).json()["data"][0]):
        assert (said["displayName"], said["description"]) == ("Tools", "For tools")
        assert "metadata" not in said


def test_a_list_without_its_envelope(world):
    server = world.inactive()
    arm(world, "bare-list")
    assert [one["id"] for one in world.http.get(SERVERS).json()] == [server]
    assert world.server(server)["id"] == server


def test_a_self_link_at_the_base_url(world):
    server = world.inactive()
    arm(world, "base-self-link")
    said = world.http.get(f"{SERVERS}/{server}/authorization-servers").json()
    assert said["_links"]["self"]["href"] == "https://emulated.okta.test/"


def test_a_firewall_that_knows_python(world):
    arm(world, "firewall")
    assert world.http.get(CUSTOM).status_code == 403
    assert world.http.get(CUSTOM, headers={"User-Agent": "a-script/1.0"}).status_code == 200


def test_links_without_the_s(world):
    agent = world.agent()
    arm(world, "misspelled-links")
    href = world.http.get(f"{AGENTS}/{agent}").json()["_links"]["self"]["href"]
    assert "/workload-principal/api" in href


def test_an_agent_without_its_orn(world):
    agent = world.agent()
    arm(world, "agent-without-orn")
    assert "orn" not in world.http.get(f"{AGENTS}/{agent}").json()
    assert "orn" not in world.http.get(AGENTS).json()["data"][0]


def test_pending_never_ends(world):
    server = world.inactive()
    arm(world, "pending-forever")
    world.clock.advance(100_000)
    assert world.status(server) == "PENDING"
    assert world.rows(server)[0]["status"] == "ACTIVE", "only the server"


def test_the_wire_breaks_over_a_socket_as_well():
    broken = {
        "reset-before": (httpx.ReadError, 0),
        "reset-after": (httpx.ReadError, 1),
        "timeout-after": (httpx.RemoteProtocolError, 1),  # whoever waits long enough sees the connection end
        "truncated-body": (httpx.RemoteProtocolError, 1),
    }
    with process() as (child, base), client(base) as http:
        for name, (error, done) in broken.items():
            http.post("/_emulator/reset")
            http.post(FAULT_PATH, json={"name": name, "method": "POST", "path": CUSTOM, "seconds": 0.5})
            with pytest.raises(error):
                http.post(CUSTOM, json=BODY, timeout=60)
            assert [one["name"] for one in http.get(CUSTOM).json()].count("Faulty") == done, name
            assert http.post(CUSTOM, json=BODY).status_code == 201
        child.terminate()
        assert child.stderr.read() == ""
