"""Changing what is remembered by hand: an object goes on under another address, or is let go of. Nothing is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.app import locking
from reconciler.app.memory import actor
from reconciler.app.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.errors import UsageError
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.ledger.hand import Hand


def move(workspace: Workspace, old: str, new: str, lock_timeout: float = 0.0) -> None:
    """Carry what is remembered of one address over to another one, of which nothing is remembered yet."""
    source, target = _address(old), _address(new)
    if source.kind != target.kind:
        raise UsageError(f"{source} cannot become {target}: it is of another kind.")
    with _hand(workspace, "state mv", lock_timeout) as hand:
        _record(workspace, hand, source)
        if hand.record(target) is not None:
            raise UsageError(f"{target} is remembered as another object.", fix=f"reconciler state forget {target}")
        hand.rename(source, target)


def forget(workspace: Workspace, address: str, lock_timeout: float = 0.0) -> str:
    """Let go of an object: it lives on and is nobody's. Give its id. A document of it would adopt it again."""
    chosen = _address(address)
    with _hand(workspace, "state forget", lock_timeout) as hand:
        record = _record(workspace, hand, chosen)
        hand.forget(chosen)
    return record


def _address(text: str) -> Address:
    try:
        address = Address.parse(text)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    if address.kind not in KINDS:
        raise UsageError(f"There is no kind {address.kind}.", fix=f"Kinds are {', '.join(KINDS)}.")
    return address


def _record(workspace: Workspace, hand: "Hand", address: Address) -> str:
    record = hand.record(address)
    if record is None:
        raise UsageError(
            f"Nothing is remembered of {address} in the environment {workspace.environment}.",
            fix="Check kind and name, and --env.",
        )
    return record


@contextmanager
def _hand(workspace: Workspace, operation: str, lock_timeout: float) -> "Iterator[Hand]":
    from reconciler.ledger.hand import by_hand
    from reconciler.ledger.lease import Claim

    with locking.open_ledger(workspace) as ledger:
        claim = Claim(actor(), operation)
        with locking.patiently(lock_timeout, lambda: by_hand(ledger, claim)) as hand:
            yield hand
