"""What a refresh does: runtime validation in both directions, rows that come and go, the timer."""

import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"
PRM = "/.well-known/oauth-protected-resource/mcp"
DAY = 86400


@pytest.fixture
def live(world, site):
    """A discoverable server that is ACTIVE; its id."""
    url = site.protect(site.issue("/one"), resource_name="Acme")
    server = world.settle(world.register(url))["resource"]["id"]
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/activate"))
    site.asked.clear()
    return server


def statuses(world, server):
    return world.status(server), [row["status"] for row in world.rows(server)]


def test_a_refresh_that_fails_makes_it_invalid_and_one_that_passes_inactive_never_active(world, site, live):
    kept = site.documents.pop(PRM)
    assert world.refresh(live)["status"] == "INVALID"
    assert world.status(live) == "INVALID"
    site.documents[PRM] = kept
    assert world.refresh(live)["status"] == "INACTIVE"
    assert world.refresh(live)["status"] == "INACTIVE"


def test_an_inactive_server_becomes_invalid_too(world, site, live):
    world.settle(world.call("POST", f"{SERVERS}/{live}/lifecycle/deactivate"))
    site.documents.pop(PRM)
    assert world.refresh(live)["status"] == "INVALID"


def test_bad_issuer_metadata_makes_row_and_server_invalid_and_back(world, site, live):
    site.issue("/one", issuer="https://other.test")
    world.refresh(live)
    assert statuses(world, live) == ("INVALID", ["INVALID"])
    site.issue("/one")
    world.refresh(live)
    assert statuses(world, live) == ("INACTIVE", ["ACTIVE"])


def test_a_good_refresh_of_an_active_server_changes_only_the_time_of_it(world, live):
    before, events = world.server(live), len(world.events())
    world.clock.advance(60)
    after = world.refresh(live)
    assert after["detectedMetadata"].pop("lastRefreshedAt") > before["detectedMetadata"].pop("lastRefreshedAt")
    assert after == before
    assert len(world.events()) == events


def test_lifecycle_calls_and_reads_do_not_refresh(world, site, live):
    world.settle(world.call("POST", f"{SERVERS}/{live}/lifecycle/deactivate"))
    world.settle(world.call("POST", f"{SERVERS}/{live}/lifecycle/activate"))
    world.rows(live)
    assert site.asked == []


def test_the_timer_refreshes_after_a_day_when_somebody_looks(world, site, live):
    site.documents.pop(PRM)
    world.clock.advance(DAY - 10)
    assert world.status(live) == "ACTIVE"
    world.clock.advance(10)
    assert world.status(live) == "INVALID"
    assert world.events()[-1]["actor"]["type"] == "SystemPrincipal"
    site.asked.clear()
    assert world.status(live) == "INVALID"
    assert site.asked == [], "once a day"
    site.protect(site.base + "/one")
    world.clock.advance(DAY)
    listed = world.http.get(SERVERS).json()["data"]
    assert [server["status"] for server in listed] == ["INACTIVE"], "a list looks, too"


def test_a_patch_of_a_row_makes_the_server_look_again(world, site, live):
    [row] = world.rows(live)
    site.issue("/one", token_endpoint=f"{site.base}/new")
    path = f"{SERVERS}/{live}/authorization-servers/{row['id']}"
    answer = world.call("PATCH", path, {})
    assert answer.json()["tokenEndpoint"] == f"{site.base}/new"
    answer = world.call("PATCH", path, {"tokenEndpoint": "https://a.test"})
    assert answer.json()["errorCode"] == "E0000001", "what was discovered cannot be overruled"


def test_a_new_issuer_becomes_a_row_and_a_dropped_one_goes_inactive(world, site, live):
    site.protect(site.issue("/two"))
    world.refresh(live)
    assert [(row["issuer"][-4:], row["status"]) for row in world.rows(live)] == [
        ("/one", "INACTIVE"),
        ("/two", "ACTIVE"),
    ]
    assert world.server(live)["authorizationServerCount"] == 2
    world.refresh(live)
    assert world.rows(live)[0]["status"] == "INACTIVE"
    site.protect(site.base + "/one", site.base + "/two")
    world.refresh(live)
    assert statuses(world, live) == ("ACTIVE", ["ACTIVE", "ACTIVE"])


def test_a_row_attached_by_request_survives_a_refresh_that_does_not_list_it(world, live):
    world.settle(world.external(live))
    world.refresh(live)
    assert [row["status"] for row in world.rows(live)] == ["ACTIVE", "ACTIVE"]


def test_a_detached_row_that_is_still_listed_comes_back(world, live):
    [row] = world.rows(live)
    world.settle(world.call("DELETE", f"{SERVERS}/{live}/authorization-servers/{row['id']}"))
    assert world.status(live) == "INVALID"
    world.refresh(live)
    assert statuses(world, live) == ("INACTIVE", ["ACTIVE"])


def test_a_custom_server_that_is_dropped_stays_inactive_when_it_is_switched_on(world, site, live):
    custom = world.custom()
    site.protect(custom["issuer"], site.base + "/one")
    world.refresh(live)
    site.protect(site.base + "/one")
    world.refresh(live)
    for verb in ("deactivate", "activate"):
        world.call("POST", f"/api/v1/authorizationServers/{custom['id']}/lifecycle/{verb}")
    assert [row["status"] for row in world.rows(live)] == ["ACTIVE", "INACTIVE"]


def test_refreshing_everything(world, site, live):
    world.manual()
    site.documents.pop(PRM)
    answer = world.call("POST", "/_emulator/refresh")
    assert [server["status"] for server in answer.json()["data"]] == ["INVALID", "PENDING"]
    assert world.call("POST", "/_emulator/refresh", {"id": "emsX"}).status_code == 404
    assert world.call("POST", "/_emulator/refresh", {"name": "x"}).status_code == 400


def test_what_changed_is_in_the_log(world, site, live):
    site.protect(site.base + "/one", resource_name="Renamed")
    world.refresh(live)
    [change] = world.events()[-1]["target"]
    assert change["changeDetails"]["to"]["detectedMetadata"]["resourceName"] == "Renamed"
