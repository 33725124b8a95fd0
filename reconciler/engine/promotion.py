"""Promotion: whether manifests are, object by object, what was last applied in an environment. Asks memory only."""

from collections.abc import Iterator

from reconciler.core.address import Address
from reconciler.core.document import Json, Ref, resolve
from reconciler.core.kind import Kind, Kinds
from reconciler.core.plan import place
from reconciler.core.remembered import Applied, Remembered
from reconciler.core.resources import Desired, Resource, S
from reconciler.engine.diff import between

_UNKNOWN = "(known to the organisation only)"


def unapplied(desired: Desired, remembered: Remembered, kinds: Kinds) -> Iterator[str]:
    """Name everything by which manifests are not what was last applied, one sentence each.

    What memory cannot tell is named too: nothing is taken for equal that is not known to be.
    """
    wished = {
        address: resource
        for address, resource in desired.items()
        if not resource.absent and resource.outline.stands_alone
    }
    for address in sorted({*wished, *remembered.applied}):
        applied = remembered.applied.get(address)
        if address not in wished:
            yield f"{address} was applied, and no document wishes for it."
        elif applied is None:
            yield f"{address} was not applied."
        else:
            kind = kinds[address.kind]
            document = kind.document(wished[address], desired, kinds)
            yield from _differences(
                kind, wished[address], resolve(document, lambda ref: _look_up(ref, remembered)), applied
            )


def _look_up(ref: Ref, remembered: Remembered) -> Json:
    known = remembered.bindings.get(ref.address)
    return known if known is not None and ref.attribute == "id" else _UNKNOWN


def _differences(kind: Kind[S], resource: Resource[S], document: Json, applied: Applied) -> Iterator[str]:
    address: Address = resource.address
    if applied.version != kind.version:
        yield f"{address} was applied by another version of this program; what it wrote cannot be compared."
        return
    for field in between(applied.document, document):
        where = place(address, field.path)
        if field.after == _UNKNOWN:
            yield f"{where}: from memory alone it cannot be told whether {field.before!r} is what is wished for."
        else:
            yield f"{where} was applied as {field.before!r}, and is {field.after!r}."
    if applied.goal is not resource.outline.goal:
        yield f"{address} was applied as {applied.goal}, and is to be {resource.outline.goal}."
    if applied.protected is not resource.outline.protected:
        yield f"{address} was applied {'with' if applied.protected else 'without'} protection, and no longer is."
