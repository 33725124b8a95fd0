"""Facts: what every decision of one planning run may look at."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field

from reconciler.core.address import Address
from reconciler.core.document import Document, Json, Ref, resolve
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Kind, Kinds
from reconciler.core.noun import dataclass
from reconciler.core.plan import place
from reconciler.core.recall import Children, Key
from reconciler.core.remembered import Applied, Remembered
from reconciler.core.resources import Desired, Live, Record, Resource, S
from reconciler.engine.budgets import Budgets
from reconciler.engine.holding import Holders
from reconciler.engine.moves import Moves
from reconciler.engine.readiness import Strictness
from reconciler.engine.scope import Scope, look_up_in


@dataclass(frozen=True, slots=True)
class Context:
    """What a plan takes into account besides wish and world: memory of earlier applies, what somebody decided about
    single paths, and readiness as observed. A path is `Kind.name.member`, dotted; it covers everything below it.
    """

    remembered: Remembered = field(default_factory=Remembered)
    accepted: frozenset[str] = frozenset()
    """Paths at which drift is accepted: it is left as it is."""
    taken: frozenset[str] = frozenset()
    """Conflicting paths at which the manifest wins (`--take-ownership`)."""
    moves: Moves = field(default_factory=dict)
    """Recorded renames, from the old address to the new one."""
    prune: bool = False
    """Whether objects are deleted whose documents are gone."""
    budgets: Budgets = field(default_factory=dict)
    assessments: Mapping[Address, Assessment] = field(default_factory=dict)
    bystanders: tuple[Record, ...] = ()
    """Live objects of any document or none that may hold on to what is to be deleted, read for that reason."""
    strictness: Strictness = field(default_factory=Strictness)


@dataclass(frozen=True, slots=True)
class Facts:
    """Wish, world, and what is known of both."""

    desired: Desired
    live: Live
    kinds: Kinds
    scope: Scope
    context: Context
    holders: Holders
    previous: Moves = field(default_factory=dict)
    """Which address a renamed object had, by the one that it has now."""
    leaners: Callable[[], Mapping[Address, tuple[Address, ...]]] = dict
    """The living documents that refer to an address."""
    made: set[Address] = field(default_factory=set)
    """Addresses that get a new object. Kinds are decided in their order, so this is known where it is asked for."""
    anew: set[Address] = field(default_factory=set)
    """Those of them whose old object goes before the new one comes."""
    settled: dict[Key, Children] = field(default_factory=dict)
    """What is remembered of objects that this plan has found settled, with a digest of what it went by."""
    lenders: dict[Address, str] = field(default_factory=dict)
    """That digest of the objects that others refer to, as far as it was asked for."""

    @property
    def managed(self) -> Counter[str]:
        """How many live objects of each kind are ours."""
        ours = (*self.scope.known, *self.scope.orphans.values())
        return Counter(record.kind for record in ours)

    def look_up(self, ref: Ref) -> Json:
        """The value behind a reference, or the reference itself while the object is still to be made."""
        return ref.to_json() if ref.address in self.made else look_up_in(self.scope.records)(ref)

    def document(self, kind: Kind[S], resource: Resource[S]) -> Document:
        """The desired document, references resolved as far as the objects are there."""
        document: Document = resolve(kind.document(resource, self.desired, self.kinds), self.look_up)
        return document

    def remembered(self, kind: Kind[S], address: Address, record: Record) -> Applied | None:
        """What was last applied to this very object, by a normaliser that would still say the same."""
        found = self.context.remembered.applied.get(address)
        return found if found and found.record == record.id and found.version == kind.version else None

    def applied(self, kind: Kind[S], address: Address, record: Record) -> Applied | None:
        """The same, references resolved as far as the objects are there."""
        found = self.remembered(kind, address, record)
        if found is None:
            return None
        document = resolve(found.document, self.look_up)
        return found if document is found.document else found.resolved(document)

    def protected(self, resource: Resource[S]) -> bool:
        """Whether an object may not be taken away: the manifest says so, or said so when it was last applied."""
        applied = self.context.remembered.applied.get(resource.address)
        return resource.outline.protected or (applied is not None and applied.protected)

    def accepts(self, address: Address, path: tuple[str, ...]) -> bool:
        """Whether drift at a path is accepted."""
        return bool(self.context.accepted) and covers(self.context.accepted, place(address, path))


def covers(given: frozenset[str], where: str) -> bool:
    """Whether one of the given paths is a place, or lies above it."""
    return where in given or any(where.startswith(f"{each}.") for each in given)
