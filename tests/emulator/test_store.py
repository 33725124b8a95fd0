"""What survives a restart, what two processes may do to one file, and files that are not ours."""

import sqlite3

import pytest

from reconciler.emulator.store import StateError, Store

SERVERS = "/resource-servers/api/v1/mcp-servers"


def test_everything_survives_a_restart(organisation, tmp_path):
    state = tmp_path / "deep" / "state.db"
    first = organisation(state=state)
    custom = first.custom()
    server = first.active(displayName="Acme")
    said, rows, events = first.server(server), first.rows(server), first.events()
    org = first.app.organisation.id
    first.app.close()
    second = organisation(state=state)
    assert second.app.organisation.id == org
    assert (second.server(server), second.rows(server), second.events()) == (said, rows, events)
    assert second.http.get(f"/api/v1/authorizationServers/{custom['id']}").json() == custom
    names = [one["name"] for one in second.http.get("/api/v1/authorizationServers").json()]
    assert names == ["default", "Tools"]


def test_the_state_is_for_its_owner_alone_also_where_it_was_not(organisation, tmp_path):
    state = tmp_path / "state.db"
    state.touch(mode=0o644)
    world = organisation(state=state)
    world.register()
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("state.db*")}
    assert modes == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm"), 0o600)


def test_a_state_that_cannot_be_kept_is_a_fault_of_the_state(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(StateError, match=r"cannot use .*taken/state\.db as the state of an emulator"):
        Store(tmp_path / "taken" / "state.db")


def test_a_default_server_that_was_deleted_stays_deleted(organisation, tmp_path):
    first = organisation(state=tmp_path / "state.db")
    first.call("DELETE", "/api/v1/authorizationServers/default")
    first.app.close()
    assert organisation(state=tmp_path / "state.db").http.get("/api/v1/authorizationServers").json() == []


def test_operations_in_flight_end_after_a_restart(organisation, tmp_path, site):
    first = organisation(state=tmp_path / "state.db")
    manual = first.register(discoveryType="MANUAL").headers["Location"]
    discovered = first.register(site.protect(site.issue())).headers["Location"]
    first.app.close()
    first.clock.advance(5)
    second = organisation(state=tmp_path / "state.db")
    assert second.http.get(manual).json()["status"] == "COMPLETED"
    assert second.http.get(discovered).json()["resource"]["status"] == "INACTIVE"


@pytest.mark.parametrize("owner", ["999999999-dead", "{pid}-an earlier process with our number"])
def test_the_claim_of_a_dead_process_is_taken_over(organisation, tmp_path, owner, site):
    import os
    import time

    world = organisation(state=tmp_path / "state.db")
    location = world.register(site.protect(site.issue())).headers["Location"]
    with world.app.organisation.store.write() as db:
        held = (owner.format(pid=os.getpid()), time.time() + 1000)
        db.execute("UPDATE operations SET claim_owner=?, claim_until=?", held)
    world.clock.advance(1)
    assert world.http.get(location).json()["status"] == "COMPLETED"


def test_the_claim_of_a_living_process_is_respected_until_its_lease_ends(organisation, site):
    import os
    import time

    world = organisation()
    location = world.register(site.protect(site.issue())).headers["Location"]
    world.clock.advance(1)
    for lease, status in ((1000, "IN_PROGRESS"), (-1, "COMPLETED")):
        with world.app.organisation.store.write() as db:
            held = (f"{os.getppid()}-parent", time.time() + lease)
            db.execute("UPDATE operations SET claim_owner=?, claim_until=?", held)
        world.http.get(SERVERS)
        assert world.http.get(location).json()["status"] == status


def test_two_applications_share_one_file(organisation, tmp_path):
    first, second = organisation(state=tmp_path / "state.db"), organisation(state=tmp_path / "state.db")
    location = first.register("https://a.test/", discoveryType="MANUAL").headers["Location"]
    assert second.register("https://a.test/", discoveryType="MANUAL").status_code == 409
    second.clock.advance(1)
    assert second.http.get(location).json() == first.http.get(location).json()
    assert len(second.http.get(SERVERS).json()["data"]) == 1


def test_a_failed_transaction_leaves_nothing():
    store = Store(None)
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        db.executemany("INSERT INTO facts VALUES(?, 'b')", [("a",), ("a",)])
    with store.read() as db:
        assert db.execute("SELECT count(*) FROM facts").fetchone()[0] == 0


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "state.db"
    path.write_text("not a database, but long enough to be looked at " * 20)
    with pytest.raises(StateError, match=r"state\.db"):
        Store(path)


def test_a_database_of_another_version_is_refused(tmp_path):
    path = tmp_path / "state.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StateError, match="version 99"):
        Store(path)


def test_somebody_elses_database_is_refused_and_untouched(tmp_path):
    path = tmp_path / "state.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE precious(x)")
    db.commit()
    db.close()
    with pytest.raises(StateError, match="holds something else"):
        Store(path)
    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("precious",)]
    db.close()


def test_calls_on_ten_thousand_servers_use_indexes(organisation):
    """Time is no test; the query plan is."""
    world = organisation()
    queries = {
        "SELECT * FROM mcp_servers WHERE seq>? ORDER BY seq LIMIT ?": 2,
        "SELECT * FROM mcp_servers WHERE id=?": 1,
        "SELECT * FROM mcp_servers WHERE resource_url=?": 1,
        "SELECT * FROM mcp_servers WHERE seq>? AND status=? ORDER BY seq LIMIT ?": 3,
        "SELECT * FROM attachments WHERE server_id=? AND seq>? ORDER BY seq LIMIT ?": 3,
        "SELECT * FROM attachments WHERE id=?": 1,
        "SELECT * FROM operations WHERE completed IS NULL AND due_at<=?": 1,
        "SELECT * FROM mcp_servers WHERE refresh_due<=?": 1,
        "SELECT * FROM mcp_servers WHERE gone_at<=?": 1,
        "SELECT * FROM parts WHERE parent_id=? AND kind=? ORDER BY priority, seq": 2,
    }
    with world.app.organisation.store.read() as db:
        for query, values in queries.items():
            plan = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", (1,) * values)]
            assert [step for step in plan if not step.startswith("SEARCH")] == [], query
