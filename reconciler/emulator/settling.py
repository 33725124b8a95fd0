"""Time passes when somebody looks: due operations are performed, due refreshes are made, once each.

Work that asks the network is claimed first, done outside of any transaction, and written down in a second
one. A claim dies with its process or after a lease, so that a killed process loses nothing.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import discovery, effects, operations, refreshing, servers
from .discovery import Errand, Evidence
from .refreshing import Session

if TYPE_CHECKING:
    from .operations import Operation
    from .organisation import Organisation

_LEASE_SECONDS = 120.0
_BATCH = 200
"""Operations in one transaction, so that others get their turn in between."""
_MOST_REFRESHES = 8
"""Of one look: whoever looks pays for it, so it is bounded."""
_MOST_AT_ONCE = 8
_OWNER = f"{os.getpid()}-{secrets.token_hex(8)}"
"""This process and no other, also not a later one that is given the same number."""
_FREE = "(claim_owner IS NULL OR claim_owner<>? OR claim_until<?)"


@dataclass(frozen=True, slots=True)
class _Job:
    """Claimed work: an operation, or the refresh of a server."""

    operation_id: str | None
    server_id: str
    errand: Errand


def settle(org: Organisation) -> None:
    """Everything that is due, within bounds; called before a request is answered."""
    now = org.now()
    with org.store.read() as db:
        due = _due_operations(db, now)
        refreshes = _due_refreshes(db, now)
        gone = db.execute("SELECT 1 FROM mcp_servers WHERE gone_at<=? LIMIT 1", (now,)).fetchone()
    if gone is not None:
        with org.store.write() as db:
            db.execute("DELETE FROM mcp_servers WHERE gone_at<=?", (now,))
    for start in range(0, len(due), _BATCH):
        _work_off(org, due[start : start + _BATCH], [])
    if refreshes:
        _work_off(org, [], refreshes)


def settle_operation(org: Organisation, operation_id: str) -> None:
    """One operation, if it is due: what a poll does."""
    with org.store.read() as db:
        found = operations.seek(db, operation_id)
    if found is not None and found.completed is None and found.due_at <= org.now():
        _work_off(org, [operation_id], [])


def settle_server(org: Organisation, server_id: str) -> None:
    """The timed refresh of one server, if it is due: what looking at it does."""
    with org.store.read() as db:
        server = servers.seek(db, server_id)
    if server is not None and server.refresh_due is not None and server.refresh_due <= org.now():
        _work_off(org, [], [server_id])


def finish_now(org: Organisation, operation: Operation) -> Operation:
    """Perform an operation that this request has just made and claimed, without waiting for its time."""
    with org.store.read() as db:
        errand = effects.errand(Session(org, db), operation)
    _complete(org, _Job(operation.id, operation.resource_id, errand), _ask(org, errand))
    with org.store.read() as db:
        found = operations.seek(db, operation.id)
    assert found is not None
    return found


def refresh_now(org: Organisation, server_id: str, *, by_system: bool = False) -> None:
    """Ask again and take over what is found, whether it is time or not."""
    with org.store.read() as db:
        server = servers.seek(db, server_id)
        errand = Errand() if server is None else refreshing.errand(db, server)
    evidence = _ask(org, errand)
    with org.store.write() as db:
        _refresh(Session(org, db, by_system), server_id, evidence)


def claim(db: sqlite3.Connection, operation_id: str) -> bool:
    """Whether the operation is now ours alone."""
    row = db.execute(
        "SELECT completed, claim_owner, claim_until FROM operations WHERE id=?", (operation_id,)
    ).fetchone()
    if row is None or row["completed"] is not None or _is_held(row):
        return False
    db.execute("UPDATE operations SET claim_owner=?, claim_until=? WHERE id=?", (*_lease(), operation_id))
    return True


def _due_operations(db: sqlite3.Connection, now: float) -> list[str]:
    rows = db.execute(
        f"SELECT id FROM operations WHERE completed IS NULL AND due_at<=? AND {_FREE} ORDER BY due_at, rowid",  # noqa: S608
        (now, *_free()),
    )
    return [row["id"] for row in rows]


def _due_refreshes(db: sqlite3.Connection, now: float) -> list[str]:
    rows = db.execute(
        f"SELECT id FROM mcp_servers WHERE refresh_due<=? AND {_FREE} ORDER BY refresh_due LIMIT ?",  # noqa: S608
        (now, *_free(), _MOST_REFRESHES),
    )
    return [row["id"] for row in rows]


def _work_off(org: Organisation, operation_ids: Sequence[str], server_ids: Sequence[str]) -> None:
    """Perform at once what needs no network; claim, ask for and complete the rest."""
    with org.store.write() as db:
        jobs = [job for one in operation_ids if (job := _begin(org, db, one)) is not None]
        jobs += [job for one in server_ids if (job := _begin_refresh(org, db, one)) is not None]
    if len(jobs) == 1:
        _complete(org, jobs[0], _ask(org, jobs[0].errand))
    elif jobs:
        with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, len(jobs))) as pool:
            list(pool.map(lambda job: _complete(org, job, _ask(org, job.errand)), jobs))


def _begin(org: Organisation, db: sqlite3.Connection, operation_id: str) -> _Job | None:
    operation = operations.seek(db, operation_id)
    if operation is None or not claim(db, operation_id):
        return None
    session = Session(org, db)
    errand = effects.errand(session, operation)
    if errand.is_idle():
        _perform(session, operation, Evidence())
        return None
    return _Job(operation_id, operation.resource_id, errand)


def _begin_refresh(org: Organisation, db: sqlite3.Connection, server_id: str) -> _Job | None:
    """Asks again whether it is due: another thread may have made it since we looked."""
    row = db.execute("SELECT claim_owner, claim_until FROM mcp_servers WHERE id=?", (server_id,)).fetchone()
    server = servers.seek(db, server_id)
    if server is None or server.refresh_due is None or server.refresh_due > org.now() or _is_held(row):
        return None
    db.execute("UPDATE mcp_servers SET claim_owner=?, claim_until=? WHERE id=?", (*_lease(), server_id))
    return _Job(None, server_id, refreshing.errand(db, server))


def _ask(org: Organisation, errand: Errand) -> Evidence:
    if errand.is_idle():
        return Evidence()
    try:
        return discovery.run(org, errand)
    except Exception:  # noqa: BLE001  # a stranger's document must not be able to stop the emulator
        traceback.print_exc(file=sys.stderr)
        return Evidence(errand.resource_url is not None, None, dict.fromkeys(errand.issuers))


def _complete(org: Organisation, job: _Job, evidence: Evidence) -> None:
    with org.store.write() as db:
        session = Session(org, db, by_system=job.operation_id is None)
        if job.operation_id is None:
            _refresh(session, job.server_id, evidence)
            return
        operation = operations.seek(db, job.operation_id)
        if operation is not None and operation.completed is None:
            _perform(session, operation, evidence)


def _perform(session: Session, operation: Operation, evidence: Evidence) -> None:
    """One operation; a defect of ours fails it instead of every request that comes after."""
    session.db.execute("SAVEPOINT operation")
    try:
        effects.perform(session, operation, evidence)
    except Exception:  # noqa: BLE001  # see above
        traceback.print_exc(file=sys.stderr)
        session.db.execute("ROLLBACK TO operation")
        outcome = operations.failed("Internal Server Error", "E0000009")
        operations.finish(session.db, operation.id, session.now(), outcome)
    session.db.execute("RELEASE operation")


def _refresh(session: Session, server_id: str, evidence: Evidence) -> None:
    """Also gives the claim back and sets the timer again."""
    server = servers.seek(session.db, server_id)
    if server is None or server.gone_at is not None:
        return
    session.db.execute("UPDATE mcp_servers SET claim_owner=NULL WHERE id=?", (server_id,))
    server = replace(server, refresh_due=refreshing.next_due(session.org))
    servers.save(session.db, server)
    refreshing.apply(session, server, evidence)


def _lease() -> tuple[str, float]:
    """Wall time, not the clock of the organisation: it is about real processes."""
    return _OWNER, time.time() + _LEASE_SECONDS


def _free() -> tuple[str, float]:
    """Values for the condition that skips what another thread of this process is working on."""
    return _OWNER, time.time()


def _is_held(row: sqlite3.Row) -> bool:
    owner, until = row["claim_owner"], row["claim_until"]
    return owner is not None and until > time.time() and _is_alive(owner)


def _is_alive(owner: str) -> bool:
    """Whether the owner of a claim still runs; where that cannot be asked, the lease decides."""
    number = int(owner.partition("-")[0])
    if number == os.getpid():
        return owner == _OWNER
    if os.name != "posix":
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
