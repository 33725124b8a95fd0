"""Adoption: documents that describe what is there already, as a value. It knows no file format."""

from collections.abc import Mapping
from dataclasses import field

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import Document
from reconciler.core.noun import dataclass
from reconciler.core.plan import Plan
from reconciler.core.resources import Record


@dataclass(frozen=True, slots=True)
class Named:
    """An object that somebody asked for by id or by what identifies it, and what its document is to be called."""

    text: str
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """A document to be written: its address, its spec as an author writes it, and the live object it describes.

    `record` is None for what has no object of its own, like an authorization server that is a row of others.
    """

    address: Address
    spec: Document
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Documents for live objects, where they would stand, and what was noticed on the way."""

    documents: tuple[Adopted, ...]
    notes: tuple[Diagnostic, ...] = ()
    files: Mapping[Address, str] = field(default_factory=dict)
    """Where each document would stand, relative to the project."""
    plan: Plan | None = None
    """What the next plan says about these documents; None where nobody asked."""

    @property
    def objects(self) -> int:
        """How many live objects are described."""
        return sum(each.record is not None for each in self.documents)
