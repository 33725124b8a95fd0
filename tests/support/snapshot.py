"""An organisation as a JSON file: raw objects by kind, and the kinds that could not be read."""

import json
from pathlib import Path

from reconciler.core.address import Address
from reconciler.core.errors import PermissionDenied
from reconciler.core.resources import Live
from reconciler.kinds import KINDS
from tests.support.build import records


def read_live(file: Path) -> Live:
    """Objects stand as the organisation gives them, so that reading a case shows how they are normalised."""
    said = json.loads(file.read_text(encoding="utf-8"))
    unreadable = {kind: PermissionDenied(detail).diagnostic for kind, detail in said.pop("unreadable", {}).items()}
    return Live({kind: records(kind, said.get(kind, [])) for kind in KINDS if kind not in unreadable}, unreadable)


def read_bindings(file: Path) -> dict[Address, str]:
    """Which object each address was, from earlier runs; no file, no memory."""
    said = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {Address.parse(address): record for address, record in said.items()}
