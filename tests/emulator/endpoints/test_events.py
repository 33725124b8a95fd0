"""The System Log as it is read."""

import pytest

LOGS = "/api/v1/logs"


@pytest.fixture
def busy(world):
    """Five custom servers, ten seconds apart, the last switched off; no id that is made looks like their names."""
    for number in range(5):
        made = world.custom(f"Name-{number}")
        world.clock.advance(10)
    world.call("POST", f"/api/v1/authorizationServers/{made['id']}/lifecycle/deactivate")
    return world


def names(events):
    return [event["target"][0]["displayName"] for event in events]


def test_shape_of_an_event(busy):
    event = busy.events()[0]
    assert event["published"] == "2025-10-09T08:53:20.000Z"
    assert event["eventType"] == "oauth2.as.created"
    assert event["outcome"] == {"result": "SUCCESS"}
    assert event["actor"]["type"] == "User"
    assert event["target"][0]["type"] == "AuthorizationServer"
    assert event["debugContext"]["debugData"]["requestUri"] == "/api/v1/authorizationServers"
    assert len({event["uuid"] for event in busy.events()}) == 6


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Name-0", "Name-1", "Name-2", "Name-3", "Name-4", "Name-4"]),
        ({"sortOrder": "DESCENDING"}, ["Name-4", "Name-4", "Name-3", "Name-2", "Name-1", "Name-0"]),
        ({"since": "2025-10-09T08:53:40.000Z"}, ["Name-2", "Name-3", "Name-4", "Name-4"]),
        ({"until": "2025-10-09T08:53:40.000Z"}, ["Name-0", "Name-1"]),
        ({"since": "2025-10-09T08:53:30Z", "until": "2025-10-09T08:53:50Z"}, ["Name-1", "Name-2"]),
        ({"since": "2025-10-09T10:53:40+02:00"}, ["Name-2", "Name-3", "Name-4", "Name-4"]),
        ({"filter": 'eventType eq "oauth2.as.deactivated"'}, ["Name-4"]),
        ({"filter": 'eventType eq "nothing"'}, []),
        ({"filter": 'eventType sw "oauth2.as.d" or eventType sw "nothing."'}, ["Name-4"]),
        (
            {"filter": 'eventType sw "oauth2.as.d" or eventType sw "oauth2."', "until": "2025-10-09T08:53:40Z"},
            ["Name-0", "Name-1"],
        ),
        ({"q": "name-3"}, ["Name-3"]),
        ({"q": "name-4 deactivated"}, ["Name-4"]),
    ],
)
def test_queries(busy, query, expected):
    assert names(busy.events(**query)) == expected


@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_pages(busy, order):
    found, url = [], f"{LOGS}?limit=4&sortOrder={order}"
    while url:
        answer = busy.http.get(url)
        found += answer.json()
        url = answer.links.get("next", {}).get("url")
    assert [event["uuid"] for event in found] == [event["uuid"] for event in busy.events(sortOrder=order)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"since": "yesterday"}, "E0000001"),
        ({"until": "2025-13-01"}, "E0000001"),
        ({"sortOrder": "RANDOM"}, "E0000001"),
        ({"limit": "1001"}, "E0000001"),
        ({"filter": 'eventType co "oauth2"'}, "E0000031"),
        ({"filter": 'eventType sw "oauth2" and eventType sw "oauth2"'}, "E0000031"),
        ({"filter": 'actor.id eq "x"'}, "E0000031"),
    ],
)
def test_refused_queries(world, query, code):
    answer = world.http.get(LOGS, params=query)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
