"""Changing what is remembered by hand: an object goes on under another address, or is let go of. Nothing is sent."""

from typing import TYPE_CHECKING

from reconciler import ledger
from reconciler.app.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.errors import UsageError
from reconciler.core.remembered import Remembered
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.ledger.store import Ledger


def move(workspace: Workspace, old: str, new: str) -> None:
    """Carry what is remembered of one address over to another one, of which nothing is remembered yet."""
    source, target = _address(old), _address(new)
    known = _known(workspace, source)
    if source.kind != target.kind:
        raise UsageError(f"{source} cannot become {target}: it is of another kind.")
    if target in known.bindings or target in known.applied:
        raise UsageError(f"{target} is remembered as another object.", fix=f"reconciler state forget {target}")
    with _ledger(workspace) as writable:
        writable.rename(source, target)


def forget(workspace: Workspace, address: str) -> str:
    """Let go of an object: it lives on and is nobody's. Give its id. A document of it would adopt it again."""
    chosen = _address(address)
    known = _known(workspace, chosen)
    with _ledger(workspace) as writable:
        writable.forget(chosen)
    return known.bindings.get(chosen, "")


def _address(text: str) -> Address:
    try:
        address = Address.parse(text)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    if address.kind not in KINDS:
        raise UsageError(f"There is no kind {address.kind}.", fix=f"Kinds are {', '.join(KINDS)}.")
    return address


def _known(workspace: Workspace, address: Address) -> Remembered:
    known = ledger.read(workspace.ledger, workspace.target.organisation)
    if address not in known.bindings and address not in known.applied:
        raise UsageError(
            f"Nothing is remembered of {address} in the environment {workspace.environment}.",
            fix="Check kind and name, and --env.",
        )
    return known


def _ledger(workspace: Workspace) -> "Ledger":
    from reconciler.ledger.store import Ledger

    return Ledger.open(workspace.ledger, workspace.target.organisation)
