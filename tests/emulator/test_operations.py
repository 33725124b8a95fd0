"""Operations go SCHEDULED, IN_PROGRESS, COMPLETED or FAILED as time passes, and are forgotten after a day."""

import pytest

OPERATIONS = "/resource-servers/api/v1/operations"


def test_the_three_stages_of_an_operation(world):
    location = world.register(discoveryType="MANUAL").headers["Location"]
    scheduled = world.http.get(location).json()
    assert scheduled["status"] == "SCHEDULED"
    assert set(scheduled) == {"id", "type", "status", "created", "_links"}
    world.clock.advance(0.15)
    running = world.http.get(location).json()
    assert (running["status"], running["started"]) == ("IN_PROGRESS", "2025-10-09T08:53:20.100Z")
    assert "completed" not in running
    world.clock.advance(0.1)
    ended = world.http.get(location).json()
    assert (ended["status"], ended["completed"]) == ("COMPLETED", "2025-10-09T08:53:20.250Z")
    assert ended["type"] == "mcp-server:Register"
    assert set(ended["resource"]) == {"id", "type", "status", "_links"}
    assert (ended["resource"]["type"], ended["resource"]["status"]) == ("mcp_server", "PENDING")
    assert world.http.get(ended["resource"]["_links"]["self"]["href"]).json()["id"] == ended["resource"]["id"]
    assert world.http.get(location).json() == ended


def test_without_a_delay_the_first_poll_says_completed(organisation):
    world = organisation(delay=0.0)
    location = world.register(discoveryType="MANUAL").headers["Location"]
    assert world.http.get(location).json()["status"] == "COMPLETED"


def test_any_other_request_performs_what_is_due(world):
    server = world.inactive()
    world.call("POST", f"/resource-servers/api/v1/mcp-servers/{server}/lifecycle/activate")
    assert world.status(server) == "INACTIVE"
    world.clock.advance(1)
    assert world.status(server) == "ACTIVE"


def test_a_poll_performs_only_its_own_operation(world):
    first = world.register(discoveryType="MANUAL").headers["Location"]
    second = world.register(discoveryType="MANUAL").headers["Location"]
    world.clock.advance(1)
    world.http.get(second)
    world.clock.advance(1)
    assert world.http.get(second).json()["completed"] < world.http.get(first).json()["completed"]


@pytest.mark.parametrize("operation", ["op-00000000", "nonsense", "op-%00"])
def test_an_unknown_operation_is_404(world, operation):
    answer = world.http.get(f"{OPERATIONS}/{operation}")
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "E0000007")


def test_a_finished_operation_is_forgotten_after_a_day(world):
    location = world.register(discoveryType="MANUAL").headers["Location"]
    world.clock.advance(3 * 86400)
    assert world.http.get(location).json()["status"] == "COMPLETED", "retention begins when it ends"
    world.clock.advance(86400)
    assert world.http.get(location).status_code == 200
    world.clock.advance(1)
    assert world.http.get(location).json()["errorCode"] == "E0000007"
    world.manual()
    with world.app.organisation.store.read() as db:
        assert db.execute("SELECT count(*) FROM operations").fetchone()[0] == 1, "and its row is removed"


def test_a_defect_fails_the_operation_and_nothing_else(world, monkeypatch, capsys):
    from reconciler.emulator import refreshing

    def broken(*_args, **_more):
        raise RuntimeError("defect")

    location = world.register(discoveryType="MANUAL").headers["Location"]
    world.clock.advance(1)
    monkeypatch.setattr(refreshing, "apply", broken)
    ended = world.http.get(location).json()
    assert ended["errorDetails"] == {"code": "E0000009", "message": "Internal Server Error"}
    assert "RuntimeError: defect" in capsys.readouterr().err
    assert world.event_types() == [], "what the operation had written is undone"
    assert world.http.get("/resource-servers/api/v1/mcp-servers").status_code == 200
