"""Many clients at once, in one process and over a real server: nothing twice, nothing lost."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"
CLIENTS = 20


def in_parallel(work, items):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, items))


def test_one_url_registered_by_twenty_is_registered_once(organisation, tmp_path):
    world = organisation(state=tmp_path / "state.db")
    body = {"resourceUrl": "https://a.test/", "discoveryType": "MANUAL"}
    answers = in_parallel(lambda _: world.call("POST", SERVERS, body).status_code, range(CLIENTS))
    assert sorted(answers) == [202] + [409] * (CLIENTS - 1)


def test_twenty_clients_register_two_hundred_servers(organisation, tmp_path):
    world = organisation(state=tmp_path / "state.db", delay=0.0, max_servers="0")

    def register(number):
        answer = world.call("POST", SERVERS, {"resourceUrl": f"https://{number}.test/", "discoveryType": "MANUAL"})
        return world.http.get(answer.headers["Location"]).json()["resource"]["id"]

    ids = in_parallel(register, range(200))
    assert len(set(ids)) == 200
    listed = world.http.get(f"{SERVERS}?limit=200").json()["data"]
    assert {server["id"] for server in listed} == set(ids)
    assert world.event_types().count("resource_servers.mcp_server.register") == 200


def test_limits_hold_under_concurrency(organisation):
    world = organisation(max_servers="5")
    answers = in_parallel(lambda n: world.register(f"https://{n}.test/", discoveryType="MANUAL").status_code, range(20))
    assert answers.count(202) == 5


def test_a_discovery_is_made_once_however_many_look(world, site):
    location = world.register(site.protect(site.issue())).headers["Location"]
    world.clock.advance(1)
    in_parallel(lambda n: world.http.get(location if n % 2 else SERVERS).status_code, range(CLIENTS))
    assert world.http.get(location).json()["status"] == "COMPLETED"
    assert len(site.asked) == 2, "one document of the resource, one of the issuer"
    assert world.event_types().count("resource_servers.mcp_server.register") == 1


def test_a_timed_refresh_is_made_once_however_many_look(world, site):
    server = world.settle(world.register(site.protect(site.issue())))["resource"]["id"]
    site.asked.clear()
    world.clock.advance(86400)
    in_parallel(lambda _: world.status(server), range(CLIENTS))
    assert len(site.asked) == 2


def test_one_of_many_activations_wins(world):
    server = world.inactive()
    path = f"{SERVERS}/{server}/lifecycle/activate"
    answers = in_parallel(lambda _: world.call("POST", path), range(CLIENTS))
    assert {answer.status_code for answer in answers} == {202}
    ended = [world.settle(answer)["status"] for answer in answers]
    assert sorted(ended) == ["COMPLETED"] + ["FAILED"] * (CLIENTS - 1)


def test_slow_discovery_holds_up_nobody_else(world, site):
    """Whoever performs it waits; the state is not locked meanwhile."""
    import threading

    asked, release = threading.Event(), threading.Event()

    def wait():
        asked.set()
        release.wait(10)
        return 404, {}, b""

    url = site.protect(site.issue())
    site.documents["/.well-known/oauth-protected-resource/mcp"] = wait
    location = world.register(url).headers["Location"]
    world.clock.advance(1)
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(world.http.get, location)
        assert asked.wait(10)
        assert world.http.get(location).json()["status"] == "IN_PROGRESS"
        assert world.settle(world.register(discoveryType="MANUAL"))["status"] == "COMPLETED"
        release.set()
        assert poll.result().json()["status"] == "FAILED"


@pytest.fixture
def served(organisation):
    """A real waitress server in a thread; a client of it."""
    import threading

    import waitress

    world = organisation(delay=0.0, max_servers="0")
    server = waitress.create_server(world.app, host="127.0.0.1", port=0, threads=16)
    thread = threading.Thread(target=server.run)
    thread.start()
    base = f"http://127.0.0.1:{server.effective_port}"
    limits = httpx.Limits(max_connections=CLIENTS)
    with httpx.Client(
        base_url=base, headers=dict(world.http.headers), limits=limits, trust_env=False, timeout=60
    ) as client:
        yield client
    server.trigger.pull_trigger(server.close)
    thread.join(0.01)
    server.asyncore.close_all(server._map, ignore_all=True)
    server.task_dispatcher.shutdown()
    thread.join()


def test_over_a_real_server(served):
    def register(number):
        answer = served.post(SERVERS, json={"resourceUrl": f"https://{number}.test/", "discoveryType": "MANUAL"})
        assert answer.status_code == 202
        return served.get(httpx.URL(answer.headers["Location"]).raw_path.decode()).json()["status"]

    assert set(in_parallel(register, range(100))) == {"COMPLETED"}
    assert len(served.get(f"{SERVERS}?limit=200").json()["data"]) == 100
