"""What kinds have to say about documents. Where an earlier run knows that it is nothing, nobody is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, NamedTuple

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.kind import Kinds
from reconciler.core.resources import Desired, Resource


class Checked(NamedTuple):
    """What kinds say, and about which documents they say nothing: by marks, with what that went by."""

    faults: tuple[Diagnostic, ...]
    silent: Mapping[str, str]


def check(desired: Desired, kinds: Kinds, silent: Mapping[str, str]) -> Checked:
    """Ask every kind about its documents, but for those that were `silent` in an earlier run and went by the same.

    A check goes by the document and by what that refers to, near and far (`Kind.check`): where all of their marks are
    what they were, so is what it says.
    """
    faults, now, around = list[Diagnostic](), dict[str, str](), _Surroundings(desired)
    for resource in desired.values():
        went_by = around.of(resource)
        if went_by is None or silent.get(resource.mark) != went_by:
            found = [placed(each, resource) for each in kinds[resource.address.kind].check(resource, desired, kinds)]
            faults += found
            went_by = None if found else went_by
        if went_by is not None:
            now[resource.mark] = went_by
    faults += [placed(fault, resource) for resource, fault in among(desired, kinds)]
    return Checked(tuple(faults), now)


def placed(fault: Diagnostic, resource: Resource[Any]) -> Diagnostic:
    """The fault with the address and the position of the document that it is in, unless it names them itself."""
    return replace(fault, subject=fault.subject or str(resource.address), source=fault.source or resource.source)


def among(desired: Desired, kinds: Kinds) -> Iterator[tuple[Resource[Any], Diagnostic]]:
    """What is wrong between documents of one kind, and with which of them."""
    for kind in kinds.values():
        if kind.check_all:
            yield from kind.check_all([each for address, each in desired.items() if address.kind == kind.name])


class _Surroundings:
    """What a document refers to, near and far, as one text; kinds refer to earlier ones, so nothing goes in circles."""

    def __init__(self, desired: Desired) -> None:
        self._desired = desired
        self._known: dict[Address, str | None] = {}

    def of(self, resource: Resource[Any]) -> str | None:
        """The marks of all of it; None where one of them, or that of the document itself, is not known."""
        parts = [self._with(address) for address in resource.outline.references] if resource.mark else [None]
        return None if None in parts else " ".join(map(str, parts))

    def _with(self, address: Address) -> str | None:
        """The same of a document and its surroundings; the first is asked for by very many."""
        if address not in self._known:
            resource = self._desired.get(address)
            around = self.of(resource) if resource else None
            self._known[address] = None if resource is None or around is None else _digest(resource.mark, around)
        return self._known[address]


def _digest(*texts: str) -> str:
    return blake2b(" ".join(texts).encode(), digest_size=16).hexdigest()
