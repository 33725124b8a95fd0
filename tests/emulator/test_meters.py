"""Rate limits and counts, in virtual time."""

import threading

import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"


def rate(answer):
    return tuple(int(answer.headers[f"X-Rate-Limit-{name}"]) for name in ("Limit", "Remaining", "Reset"))


def test_the_bucket_of_a_family_empties_and_fills_again(organisation):
    world = organisation(rate_limit="3")
    start = int(world.clock.now)
    seen = []
    for _ in range(4):
        answer = world.http.get(SERVERS)
        seen.append((answer.status_code, rate(answer)))
        world.clock.advance(1)
    assert seen == [
        (200, (3, 2, start + 60)),
        (200, (3, 1, start + 60)),
        (200, (3, 0, start + 60)),
        (429, (3, 0, start + 60)),
    ]
    body = answer.json()
    assert body["errorCode"] == "E0000047"
    assert "Date" in answer.headers
    assert "Retry-After" not in answer.headers
    world.clock.now = start + 59.9
    assert world.http.get(SERVERS).status_code == 429
    world.clock.now = start + 60
    assert (world.http.get(SERVERS).status_code) == 200


def test_a_window_begins_with_its_first_request_and_not_with_the_minute(organisation):
    world = organisation(rate_limit="1")
    world.clock.now = 1_760_000_037.5
    assert rate(world.http.get(SERVERS))[2] == 1_760_000_098
    world.clock.advance(200)
    assert rate(world.http.get(SERVERS))[2] == 1_760_000_298


def test_families_have_buckets_of_their_own(organisation):
    world = organisation(rate_limit="1")
    assert world.http.get(SERVERS).status_code == 200
    assert world.http.get(SERVERS).status_code == 429
    assert world.http.get("/api/v1/authorizationServers").status_code == 200
    assert world.http.get("/api/v1/logs").status_code == 200
    assert world.http.get("/resource-servers/api/v1/operations/op-1").status_code == 404
    assert world.http.get("/nowhere").status_code == 404
    assert world.http.get("/nowhere").status_code == 429


def test_errors_carry_the_headers_and_count_too(organisation):
    world = organisation(rate_limit="2")
    assert rate(world.http.get(SERVERS, headers={"Authorization": ""}))[1] == 1
    assert rate(world.http.get(f"{SERVERS}/emsX"))[1] == 0


def test_metadata_and_control_are_never_limited(organisation):
    world = organisation(rate_limit="1")
    for path in ("/oauth2/default/.well-known/oauth-authorization-server", "/_emulator/health", "/openapi.json"):
        for _ in range(3):
            answer = world.http.get(path)
            assert answer.status_code == 200
            assert "X-Rate-Limit-Limit" not in answer.headers


def test_a_refused_request_does_nothing(organisation):
    world = organisation(rate_limit="1")
    world.http.get(SERVERS)
    assert world.register(discoveryType="MANUAL").status_code == 429
    with world.app.organisation.store.read() as db:
        assert db.execute("SELECT count(*) FROM mcp_servers").fetchone()[0] == 0


def test_without_a_limit_the_headers_are_there_all_the_same(world):
    limit, remaining, _ = rate(world.http.get(SERVERS))
    assert limit - remaining == 1


def test_too_many_in_flight_get_429_with_nothing_remaining(organisation, site):
    """One request waits inside of a fetch while another comes."""
    world = organisation(concurrency_limit="1", register_failure="synchronous-400")
    asked, release = threading.Event(), threading.Event()

    def wait():
        asked.set()
        release.wait(10)
        return 404, {}, b""

    site.documents["/.well-known/oauth-protected-resource/mcp"] = wait
    waiting = threading.Thread(target=world.register, args=(f"{site.base}/mcp",))
    waiting.start()
    assert asked.wait(10)
    answer = world.http.get(SERVERS)
    assert (answer.status_code, answer.json()["errorCode"]) == (429, "E0000047")
    assert rate(answer)[:2] == (0, 0)
    assert world.http.get("/_emulator/health").status_code == 200
    release.set()
    waiting.join()
    assert world.http.get(SERVERS).status_code == 200


@pytest.mark.parametrize("backwards", [3600, 1])
def test_a_clock_that_is_set_back_opens_a_new_window(organisation, backwards):
    world = organisation(rate_limit="1")
    world.http.get(SERVERS)
    world.clock.advance(-backwards)
    assert world.http.get(SERVERS).status_code == 200
