"""What only the emulator has."""

SERVERS = "/resource-servers/api/v1/mcp-servers"


def test_health_names_the_organisation(world):
    assert world.http.get("/_emulator/health").json() == {"status": "ok", "organisation": world.app.organisation.id}
    assert world.app.organisation.id.startswith("00o")


def test_switches_with_values(organisation):
    world = organisation(landing_state="ACTIVE")
    found = {one["name"]: one for one in world.http.get("/_emulator/switches").json()}
    assert found["landing-state"]["value"] == "ACTIVE"
    assert found["landing-state"]["default"] == "INACTIVE"
    assert found["landing-state"]["values"] == ["INACTIVE", "ACTIVE"]
    assert found["max-servers"]["value"] == "100"


def test_requests_are_counted_by_family_and_method(world):
    world.http.get(SERVERS)
    world.http.get(f"{SERVERS}/emsX")
    world.register()
    world.custom()
    world.http.get("/nowhere")
    world.http.get("/oauth2/default/.well-known/oauth-authorization-server")
    world.http.get("/_emulator/health")
    assert world.http.get("/_emulator/requests").json() == {
        "total": 6,
        "reads": 4,
        "writes": 2,
        "families": {
            "authorizationServers": {"POST": 1},
            "mcp-servers": {"GET": 2, "POST": 1},
            "unknown": {"GET": 1},
            "well-known": {"GET": 1},
        },
    }
    assert world.call("DELETE", "/_emulator/requests").status_code == 204
    assert world.http.get("/_emulator/requests").json()["total"] == 0


def test_reset_forgets_everything_but_the_organisation(organisation):
    world = organisation(rate_limit="50")
    before = world.app.organisation.id
    server = world.inactive()
    custom = world.custom()["id"]
    assert world.call("POST", "/_emulator/reset").status_code == 204
    assert world.http.get("/_emulator/requests").json()["total"] == 0
    assert world.http.get("/_emulator/health").json()["organisation"] == before
    answer = world.http.get(SERVERS)
    assert answer.json()["data"] == []
    assert answer.headers["X-Rate-Limit-Remaining"] == "49"
    assert world.http.get(f"{SERVERS}/{server}").status_code == 404
    assert world.http.get(f"/api/v1/authorizationServers/{custom}").status_code == 404
    assert world.http.get("/api/v1/authorizationServers/default").status_code == 200
    assert world.events() == []
