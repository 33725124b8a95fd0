"""Changing by hand what is remembered: under the lock, as every writer, in one transaction, and in the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from sqlalchemy.engine import Connection

from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.journal import Phase
from reconciler.core.noun import dataclass
from reconciler.ledger import lease, memory
from reconciler.ledger.lease import Claim
from reconciler.ledger.runs import line_down, taken
from reconciler.ledger.store import Ledger

_NO_RUN = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """What can be looked up and changed while the lock is held."""

    connection: Connection
    organisation: str
    done: list[Document] = field(default_factory=list)
    """What was changed, as the journal is to say it."""

    def record(self, address: Address) -> str | None:
        """The live object that is remembered of an address; None when nothing is."""
        return memory.record(self.connection, self.organisation, address)

    def rename(self, old: Address, new: Address) -> None:
        """Remember under another name what is remembered of an address."""
        self.done.append({"address": str(old), "to": str(new), "record": self.record(old)})
        memory.rename(self.connection, self.organisation, old, new)

    def forget(self, address: Address) -> bool:
        """Forget an address without touching its live object; False when nothing was known of it."""
        record = self.record(address)
        if record is None:
            return False
        self.done.append({"address": str(address), "record": record})
        return memory.forget(self.connection, self.organisation, address)


@contextmanager
def by_hand(ledger: Ledger, claim: Claim) -> Iterator[Hand]:
    """Take the lock, let something be changed, write down what it was, and give the lock back: all of it or nothing.

    Raises LockHeld. The fence is raised, so that a run which was held up beyond its lease, and which knows nothing of
    the change, is found out.
    """
    with ledger.transaction() as connection:
        fence, head = taken(connection, ledger, claim)
        hand = Hand(connection, ledger.organisation)
        yield hand
        for said in hand.done:
            head = line_down(connection, ledger, (_NO_RUN, fence), head, _line(claim, said))
        lease.give_back(connection, (ledger.organisation, fence))


def take_away(ledger: Ledger, claim: Claim, fence: int) -> bool:
    """Take a lock of this organisation away by its number, and write down from whom; False when nobody holds it."""
    with ledger.transaction() as connection:
        held = lease.holder(connection, ledger.organisation)
        freed = lease.take_away(connection, ledger.organisation, fence)
        if held is None or freed is None:
            return False
        said: Document = {"lock": fence, "of": held.run, "holder": held.holder}
        line_down(connection, ledger, (_NO_RUN, freed[0]), freed[1], _line(claim, said))
        return True


def _line(claim: Claim, said: Document) -> Document:
    return {"phase": Phase.BY_HAND, "operation": claim.operation, "actor": claim.holder, **said}
