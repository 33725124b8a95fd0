"""Looking back, for readers: who may write, which runs there were, what they did, and whether the chain still holds."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.core.document import Document
from reconciler.core.errors import RunUnknown
from reconciler.core.history import Line, Lock, Run, line
from reconciler.ledger.chain import Head, faults, sealed, unlike
from reconciler.ledger.door import Door, opened
from reconciler.ledger.place import Place, at
from reconciler.ledger.revisions import MEMORY


def fence(where: Place | Path, organisation: str) -> int:
    """The number of the last lock that was taken; 0 when there was none. While it is the same, nobody has applied."""
    query = "SELECT fence FROM writer WHERE organisation = ?"
    with opened(at(where)) as door:
        rows = door.rows(query, organisation, since=MEMORY) if door else []
    return int(rows[0][0]) if rows else 0


def locks(where: Place | Path) -> Sequence[Lock]:
    """Every lock that is held, of all organisations; also those whose holder has not shown a sign of life in time."""
    query = (
        "SELECT organisation, fence, holder, operation, run, acquired, heartbeat, expires FROM writer "
        "WHERE expires > 0 ORDER BY organisation"
    )
    with opened(at(where)) as door:
        return [Lock(*row) for row in (door.rows(query, since=MEMORY) if door else [])]


def runs(where: Place | Path, organisation: str) -> Sequence[Run]:
    """Every run of an organisation, the last one first."""
    query = (
        "SELECT id, environment, digest, revision, actor, tool, started, ended, outcome, plan_id FROM run "
        "WHERE organisation = ? ORDER BY id DESC"
    )
    with opened(at(where)) as door:
        return [Run(*row) for row in (door.rows(query, organisation, since=MEMORY) if door else [])]


def run(where: Place | Path, organisation: str, number: int) -> tuple[Run, Sequence[Line], str]:
    """One run, its lines in their order, and its plan. Raises RunUnknown."""
    found = [each for each in runs(where, organisation) if each.id == number]
    if not found:
        raise RunUnknown(f"There is no run {number}.")
    mine = (organisation, number)
    with opened(at(where)) as door:
        assert door is not None, "it was there a moment ago"
        plans = door.rows("SELECT plan FROM run WHERE organisation = ? AND id = ?", *mine, since=MEMORY)
        bodies = door.rows(
            "SELECT body FROM journal WHERE organisation = ? AND run = ? ORDER BY seq", *mine, since=MEMORY
        )
    return found[0], [line(json.loads(body)) for (body,) in bodies], plans[0][0]


def by_hand(where: Place | Path, organisation: str) -> Sequence[Line]:
    """The lines of the journal that belong to no run: what people have changed by hand, the last first."""
    query = "SELECT body FROM journal WHERE organisation = ? AND run = 0 ORDER BY seq DESC"
    with opened(at(where)) as door:
        return [line(json.loads(body)) for (body,) in (door.rows(query, organisation, since=MEMORY) if door else [])]


def verify(where: Place | Path, organisation: str) -> tuple[int, Sequence[str]]:
    """Give how many lines the journal of an organisation has, and what does not hold of them.

    Where all of them hold, the list of runs is held against them.
    """
    with opened(at(where)) as door:
        if door is None:
            return 0, []
        query = "SELECT seq, run, body, hash FROM journal WHERE organisation = ? ORDER BY seq"
        lines = door.rows(query, organisation, since=MEMORY)
        heads = door.rows("SELECT seq, head FROM writer WHERE organisation = ?", organisation, since=MEMORY)
        head = Head(*heads[0]) if heads else Head()
        found = list(faults([(seq, number, body, said) for seq, number, body, said in lines], head))
        if not found:
            found = list(unlike((json.loads(body) for _, _, body, _ in lines), _listed(door, organisation)))
    return len(lines), found


def _listed(door: Door, organisation: str) -> Mapping[int, Document]:
    """What the list of runs says of each, and the seal of its plan; one plan at a time, for they may be long."""
    names = ("environment", "digest", "plan_id", "actor", "revision", "tool", "outcome")
    query = "SELECT id, environment, digest, plan_id, actor, revision, tool, outcome FROM run WHERE organisation = ?"
    plan = "SELECT plan FROM run WHERE organisation = ? AND id = ?"
    rows = {run: dict(zip(names, rest, strict=True)) for run, *rest in door.rows(query, organisation, since=MEMORY)}
    for run, row in rows.items():
        row["sealed"] = sealed(door.rows(plan, organisation, run, since=MEMORY)[0][0])
    return rows
