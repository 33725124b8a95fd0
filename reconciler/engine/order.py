"""Order: which step waits for which. The one place that knows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.core.address import Address
from reconciler.core.document import Json
from reconciler.core.kind import Kinds
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Origin, Step, Transition
from reconciler.core.resources import Desired, Record
from reconciler.engine.facts import Facts


def addresses(desired: Desired, kinds: Kinds) -> list[Address]:
    """All addresses: kinds in the order of their table, names in alphabetical order."""
    rank = {name: place for place, name in enumerate(kinds)}
    return sorted(desired, key=lambda address: (rank[address.kind], address.name))


def in_order(changes: Iterable[Change], kinds: Kinds) -> list[Change]:
    """Changes in the order of their addresses."""
    rank = {name: place for place, name in enumerate(kinds)}
    return sorted(changes, key=lambda change: (rank[change.address.kind], change.address.name))


def with_edges(changes: Sequence[Change], facts: Facts) -> tuple[Change, ...]:
    """Give the changes with every step naming the steps it waits for.

    Within a change, each step waits for the one before. An object is made or changed after everything it refers to. An
    object is taken away (deactivated, then deleted) after everything of later kinds that leaned on it has let go of it.
    What prepares an object comes after it is made, and before it is activated.
    """
    moving = [change for change in changes if change.steps]
    needs, released = _needs(moving, facts), _releases(moving, facts)
    return tuple(
        replace(change, steps=tuple(_chain(change, needs, released.get(change.address, ()))))
        if change.steps
        else change
        for change in changes
    )


def _references(change: Change, facts: Facts) -> tuple[Address, ...]:
    resource = facts.desired.get(change.address)
    return resource.outline.references if resource else ()


def _needs(changes: Sequence[Change], facts: Facts) -> Mapping[str, set[str]]:
    """Which step has to wait for which because one object refers to another."""
    known = {change.address: change for change in changes if _last_write(change)}
    needs = defaultdict[str, set[str]](set)
    for change in known.values():
        first = next(step.id for step in change.steps if not _takes_away(change, step))
        needs[first].update(_prepared(change, known, facts))
        for other in (known[address] for address in _references(change, facts) if address in known):
            before, opening = _opening(other)
            if facts.kinds[change.address.kind].prepares and opening:
                needs[first] |= before
                needs[opening].add(str(_last_write(change)))
            else:
                needs[first].add(str(_last_write(other)))
    return needs


def _prepared(change: Change, known: Mapping[Address, Change], facts: Facts) -> Iterator[str]:
    """The activations of what the things prepare that a change refers to: they are of no use before."""
    for address in _references(change, facts):
        resource, kind = facts.desired.get(address), facts.kinds[address.kind]
        if resource and kind.prepares:
            openings = (_opening(known[each])[1] for each in resource.outline.references if each in known)
            yield from (step for step in openings if step)


def _opening(change: Change) -> tuple[set[str], str | None]:
    """The step that activates an object, and the write before it; None when nothing activates it."""
    own = [step for step in change.steps if not _takes_away(change, step)]
    for place, step in enumerate(own):
        if isinstance(step, Transition) and step.target is State.ACTIVE:
            return {each.id for each in own[max(place - 1, 0) : place]}, step.id
    return set(), None


def _chain(change: Change, needs: Mapping[str, set[str]], released: tuple[str, ...]) -> Iterator[Step]:
    previous: tuple[str, ...] = ()
    free = False
    for step in change.steps:
        waits = (*previous, *sorted(needs.get(step.id, ())))
        if _takes_away(change, step) and not free:
            waits += released
            free = True
        yield replace(step, after=waits)
        previous = (step.id,)


def _last_write(change: Change) -> str | None:
    """The step after which an object is fit to be referred to: the last that does not take something away."""
    return next((step.id for step in reversed(change.steps) if not _takes_away(change, step)), None)


def _takes_away(change: Change, step: Step) -> bool:
    """Whether a step is on the way of a live object to its deletion."""
    return change.action is Action.DELETE or (isinstance(step, Transition) and step.predecessor)


# -- letting go ----------------------------------------------------------------------------------------------------


def _releases(changes: Sequence[Change], facts: Facts) -> Mapping[Address, tuple[str, ...]]:
    """For each object that is taken away, the steps of later kinds after which nothing leans on it any more.

    Who leaned is read off the live objects and the documents. Waiting for every change of a later kind instead would be
    as safe, and quadratic where many objects of two kinds go in one plan.
    """
    going = [change for change in changes if any(_takes_away(change, step) for step in change.steps)]
    if not going:
        return {}
    rank = {name: place for place, name in enumerate(facts.kinds)}
    records = {(r.kind, r.id): r for r in (*facts.scope.known, *facts.scope.orphans.values())}
    owners = defaultdict[str | Address, set[Address]](set)
    for change in going:
        for token in _names(change, records):
            owners[token].add(change.address)
    waits = defaultdict[Address, set[str]](set)
    for change in (change for change in changes if _lets_go(change)):
        for token in _leans_on(change, records, facts):
            for address in owners.get(token, ()):
                if rank[change.address.kind] > rank[address.kind]:
                    waits[address].add(_release(change))
    return {address: tuple(sorted(steps)) for address, steps in waits.items()}


def _objects(change: Change, records: Mapping[tuple[str, str], Record]) -> Iterator[Record]:
    """The live objects that a change is about."""
    ids = {change.record, *(step.record for step in change.steps if isinstance(step, Transition))}
    found = (records.get((change.address.kind, each)) for each in ids if each)
    yield from (record for record in found if record)


def _names(change: Change, records: Mapping[tuple[str, str], Record]) -> Iterator[str | Address]:
    """What the objects of a change are called in those that lean on them."""
    yield change.address
    for record in _objects(change, records):
        yield record.id
        yield from (value for value in record.facts.values() if isinstance(value, str))


def _leans_on(change: Change, records: Mapping[tuple[str, str], Record], facts: Facts) -> Iterator[str | Address]:
    yield from _references(change, facts)
    holds = facts.kinds[change.address.kind].holds
    for record in _objects(change, records):
        yield record.id.rpartition("/")[0]  # what lives inside of another object
        yield from holds(record) if holds else ()
        yield from _texts(record.document)


def _texts(value: Json) -> Iterator[str]:
    """Every text in a JSON value, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _release(change: Change) -> str:
    """The step after which nothing of an object's old self leans on anything: its old object is gone, or is changed."""
    gone = [step.id for step in change.steps if _takes_away(change, step)]
    return gone[-1] if gone else change.steps[-1].id


def _lets_go(change: Change) -> bool:
    """Whether a change may end something's hold on an object of an earlier kind."""
    if change.action in {Action.DELETE, Action.REPLACE}:
        return True
    return any(field.op != "add" and field.origin is not Origin.ACCEPTED for field in change.fields)
