"""Changing by hand what is remembered: under the lock, as every writer, and in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from reconciler.core.address import Address
from reconciler.ledger import lease, memory
from reconciler.ledger.lease import Claim
from reconciler.ledger.runs import taken
from reconciler.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Hand:
    """What can be looked up and changed while the lock is held."""

    connection: Connection
    organisation: str

    def record(self, address: Address) -> str | None:
        """The live object that is remembered of an address; None when nothing is."""
        return memory.record(self.connection, self.organisation, address)

    def rename(self, old: Address, new: Address) -> None:
        """Remember under another name what is remembered of an address."""
        memory.rename(self.connection, self.organisation, old, new)

    def forget(self, address: Address) -> bool:
        """Forget an address without touching its live object; False when nothing was known of it."""
        return memory.forget(self.connection, self.organisation, address)


@contextmanager
def by_hand(ledger: Ledger, claim: Claim) -> Iterator[Hand]:
    """Take the lock, let something be changed, and give it back: all of it or nothing. Raises LockHeld.

    The fence is raised, so that a run which was held up beyond its lease, and which knows nothing of the change, is
    found out.
    """
    with ledger.transaction() as connection:
        fence, _ = taken(connection, ledger, claim)
        yield Hand(connection, ledger.organisation)
        lease.give_back(connection, (ledger.organisation, fence))
