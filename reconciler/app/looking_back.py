"""Looking back: what is remembered, who may write, which runs there were; and taking a lock away."""

import time
from collections.abc import Mapping, Sequence

from reconciler import ledger
from reconciler.app import locking, memory
from reconciler.app.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.errors import HistoryBroken, UsageError
from reconciler.core.history import Line, Lock, Run
from reconciler.core.remembered import Remembered
from reconciler.ledger import history


def remembered(workspace: Workspace) -> Mapping[str, Document]:
    """Give what is remembered of each address, by its name: the object, and what was last applied to it."""
    found = ledger.read(workspace.ledger, workspace.target.organisation)
    return {str(address): _told(found, address) for address in sorted(found.bindings.keys() | found.applied.keys())}


def of_address(workspace: Workspace, text: str) -> Document:
    """Give what is remembered of one address. Raises UsageError when nothing is."""
    found = remembered(workspace)
    if text not in found:
        raise UsageError(f"Nothing is remembered of {text!r}.", fix="See `reconciler state list`.")
    return found[text]


def _told(found: Remembered, address: Address) -> Document:
    told: Document = {"record": found.bindings.get(address, "")}
    applied = found.applied.get(address)
    if applied is not None:
        told |= {"goal": str(applied.goal), "protected": applied.protected, "document": applied.document}
        told |= {"record": told["record"] or applied.record, "secrets": dict(applied.secrets)}
    return told


def locks(workspace: Workspace) -> Sequence[Lock]:
    """Give every lock of the ledger that is held."""
    return history.locks(workspace.ledger)


def now() -> float:
    """The time by which locks are shown as run out."""
    return time.time()


def unlock(workspace: Workspace, fence: int) -> None:
    """Take a lock away by its number; its holder can write no more. Raises UsageError when it is not held."""
    from reconciler.ledger.hand import take_away
    from reconciler.ledger.lease import Claim

    with locking.open_ledger(workspace) as book:
        if not take_away(book, Claim(memory.actor(), "state unlock"), fence):
            raise UsageError(f"Nobody holds lock {fence} of this organisation.", fix="See `reconciler state locks`.")


def runs(workspace: Workspace) -> Sequence[Run]:
    """Give every run of the organisation, the last one first."""
    return history.runs(workspace.ledger, workspace.target.organisation)


def by_hand(workspace: Workspace) -> Sequence[Line]:
    """Give what people have changed by hand, the last first."""
    return history.by_hand(workspace.ledger, workspace.target.organisation)


def run(workspace: Workspace, number: int) -> tuple[Run, Sequence[Line]]:
    """Give one run and its lines. Raises RunUnknown."""
    found, lines, _ = history.run(workspace.ledger, workspace.target.organisation, number)
    return found, lines


def verify(workspace: Workspace) -> int:
    """Give how many lines the journal has. Raises HistoryBroken, naming every line that does not hold."""
    lines, faults = history.verify(workspace.ledger, workspace.target.organisation)
    if faults:
        raise HistoryBroken(" ".join(faults))
    return lines
