"""Staleness: whether the objects that a saved plan touches or leans on are still as they were."""

from collections.abc import Callable, Iterator

from reconciler.core.document import fingerprint
from reconciler.core.plan import Plan, Witness
from reconciler.core.resources import Record
from reconciler.engine.diff import between


def moved(plan: Plan, find: Callable[[Witness], Record | None]) -> Iterator[str]:
    """Name everything that moved since the plan was made, one sentence each; nothing when the plan still holds."""
    for witness in plan.witnesses:
        record = find(witness)
        if record is None:
            yield f"{witness.address}: the object {witness.id} is gone."
            continue
        content = {"id": record.id, "state": record.state, "document": record.document}
        if fingerprint(content) != witness.fingerprint:
            yield from list(_named(witness, record)) or [f"{witness.address}: it is not as it was."]


def _named(witness: Witness, record: Record) -> Iterator[str]:
    if record.state != witness.state:
        yield f"{witness.address}: status was {witness.state}, is {record.state}."
    for change in between(witness.document, record.document):
        yield f"{witness.address}: {'.'.join(change.path)} was {change.before!r}, is {change.after!r}."
