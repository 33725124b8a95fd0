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


def test_moves_that_lost_a_race_fail(world):
    server = world.active()
    path = f"/resource-servers/api/v1/mcp-servers/{server}"
    first, second = (world.call("POST", f"{path}/lifecycle/deactivate") for _ in range(2))
    world.settle(first)
    assert world.settle(second)["errorDetails"]["message"] == "The MCP server is INACTIVE"
    activate, delete = world.call("POST", f"{path}/lifecycle/activate"), world.call("DELETE", path)
    world.settle(activate)
    assert world.settle(delete)["errorDetails"]["message"] == "The MCP server is ACTIVE"


def test_an_operation_id_is_never_given_twice(world, monkeypatch):
    from reconciler.emulator import identifiers

    ids = iter(["op-00000001", "op-00000001", "op-00000002"])
    monkeypatch.setattr(identifiers, "mint_operation", lambda: next(ids))
    assert world.register().headers["Location"].endswith("op-00000001")
    assert world.register().headers["Location"].endswith("op-00000002")


def test_many_due_discoveries_are_made_side_by_side(world, site):
    """Each waits for all the others: one after the other they would never end."""
    import threading

    together = threading.Barrier(4, timeout=10)

    def meet():
        together.wait()
        return 404, {}, b""

    for number in range(4):
        site.documents[f"/.well-known/oauth-protected-resource/{number}"] = meet
        world.register(f"{site.base}/{number}")
    world.clock.advance(1)
    assert world.http.get("/resource-servers/api/v1/mcp-servers").json()["data"] == []
    assert not together.broken


def test_a_defect_in_discovery_fails_the_operation_only(world, site, monkeypatch, capsys):
    from reconciler.emulator import discovery

    def broken(*_args):
        raise RuntimeError("defect")

    monkeypatch.setattr(discovery, "_resource", broken)
    ended = world.settle(world.register(site.protect(site.issue())))
    assert ended["errorDetails"]["message"] == "No authorization servers found"
    assert "RuntimeError: defect" in capsys.readouterr().err


def test_what_is_done_at_once_and_fails_is_refused(organisation, monkeypatch, capsys):
    from reconciler.emulator import effects, operations

    world = organisation(lifecycle_response="200", authorization_server_writes="sync")
    server = world.manual()
    world.external(server)

    def lost(session, operation, _evidence):
        operations.finish(session.db, operation.id, session.now(), operations.failed("lost a race"))

    monkeypatch.setattr(effects, "perform", lost)
    for path in (f"{server}/lifecycle/activate", f"{server}/authorization-servers"):
        body = {"type": "EXTERNAL", "issuer": "https://other.test"} if path.endswith("servers") else None
        answer = world.call("POST", f"/resource-servers/api/v1/mcp-servers/{path}", body)
        assert (answer.status_code, "lost a race" in answer.text) == (400, True)
