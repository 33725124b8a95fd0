"""Adopting: what an organisation holds in, documents that describe it out; written into the registry, or as a snapshot.

Nothing is written to the organisation or the ledger: the files are a proposal, and the apply that follows their review
binds the objects (docs/adr).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from reconciler import ledger, manifests
from reconciler.app import guarding, organisations
from reconciler.app.workspace import Workspace, has_errors, validate
from reconciler.core import errors
from reconciler.core.address import Address
from reconciler.core.adoption import Adopted, Named, Proposal
from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.kind import Kinds, with_homes
from reconciler.core.noun import dataclass
from reconciler.core.plan import Plan
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Desired, Live
from reconciler.engine import planner, scope
from reconciler.engine.adopt import Described, adopt
from reconciler.engine.choose import Choice, choose, choose_matching, matching
from reconciler.kinds import KINDS
from reconciler.manifests import draft as drafting

if TYPE_CHECKING:
    from reconciler.manifests.write import NewText

Layout = Literal["object", "kind", "one"]
LAYOUTS: tuple[Layout, ...] = ("object", "kind", "one")
_ONE_FILE = "imported.yaml"
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

UNREAD = Rule(
    code="ADP012",
    summary="Objects of a kind could not be read",
    why="What cannot be read is unknown, not empty: none of it was described.",
    example="an API token without the role for one kind",
    fix="Grant the role or scope that the detail names, then run the command again.",
    severity=Severity.WARNING,
)
LEANS = Rule(
    code="ADP013",
    summary="What a live object refers to cannot be described",
    why="A document refers to others by their names, and only what is live and can be described has a document.",
    example="a delegation link from the OAuth client of an MCP server that has no authorization server",
    fix="Mend or remove at the organisation what the detail names, or this object, then import it.",
)
RULES = (UNREAD, LEANS)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be described: objects one by one, or all that nobody describes, narrowed by patterns and kinds."""

    named: tuple[Named, ...] = ()
    everything: bool = False
    patterns: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placing:
    """Where documents go: the folder below the root, and how many of them share a file."""

    folder: str = ""
    layout: Layout = "object"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proposal, and the files that would say it."""

    proposal: Proposal
    texts: "tuple[NewText, ...]" = ()


def export(workspace: Workspace, kinds: Sequence[str] = ()) -> Proposal:
    """Describe everything that an organisation holds, without a look at the manifests that are there."""
    with organisations.look(workspace) as organisation:
        live = organisation.read(_written(), lambda _record: True)
    chosen = choose_matching(matching((), kinds), live, KINDS, Described())
    return _describe(chosen, live, Described())


def propose(workspace: Workspace, wish: Wish, placing: Placing) -> Prepared:
    """Describe what is wished for beside the manifests that are there; nothing is written.

    Raises NotAdopted with everything that is wrong with what was asked for one by one.
    """
    desired, remembered = _there(workspace), ledger.read(workspace.ledger, workspace.target.organisation)
    with organisations.look(workspace) as organisation:
        kinds = KINDS if wish.named else _written(scope.needed(desired, KINDS, remembered.bindings))
        live = organisation.read(kinds, lambda _record: True)
    known = scope.bind(desired, live, KINDS, remembered.bindings)
    described = Described(desired, known.records)
    choice = _choice(wish, live, described)
    if has_errors(choice.faults):
        raise errors.NotAdopted(choice.faults)
    choice = replace(choice, names={**_old_names(choice, known, desired), **choice.names})
    made = _describe(choice, live, described)
    if wish.named and any(note.is_error for note in made.notes):
        raise errors.NotAdopted(made.notes)
    made = replace(made, plan=_next_plan(workspace, made, live, desired, remembered))
    return _placed(workspace, made, placing)


def write(workspace: Workspace, prepared: Prepared) -> None:
    """Write the files of a proposal, one after the other, each whole or not at all."""
    from reconciler.manifests import write as writing

    for file in prepared.texts:
        writing.write(workspace.root, file)


def texts(made: Proposal, layout: Layout) -> Mapping[str, str]:
    """Give documents as files that hold nothing else: name below a folder, and text."""
    from reconciler.manifests import write as writing

    files: dict[str, list[str]] = defaultdict(list)
    for each in made.documents:
        files[_file(each.address, layout)].append(writing.text_of(each.address, each.spec))
    return {name: writing.joined(parts) for name, parts in files.items()}


def _written(more: Collection[str] = ()) -> Kinds:
    """The kinds of which manifests can be written, and some more, with those inside whose objects theirs live."""
    return with_homes({name for name, kind in KINDS.items() if kind.to_spec is not None or name in more}, KINDS)


# -- what is chosen ------------------------------------------------------------------------------------------------


def _there(workspace: Workspace) -> Desired:
    """What manifests say already; a registry that holds nothing yet is no fault here."""
    loaded = validate(workspace)
    if any(fault.is_error and fault.code != manifests.NO_DOCUMENTS.code for fault in loaded.diagnostics):
        raise errors.ConfigurationInvalid(loaded.diagnostics)
    return loaded.desired


def _choice(wish: Wish, live: Live, described: Described) -> Choice:
    if wish.named:
        return choose(wish.named, live, KINDS, described)
    return choose_matching(matching(wish.patterns, wish.kinds), live, KINDS, described)


def _old_names(choice: Choice, known: scope.Scope, desired: Desired) -> Mapping[tuple[str, str], str]:
    """The names under which orphans used to be described; their files are gone, what refers to them may not be."""
    chosen = {(record.kind, record.id) for record in choice.records}
    return {
        (each.kind, each.id): each.orphan_of.name
        for each in known.unmanaged
        if each.orphan_of and each.orphan_of not in desired and (each.kind, each.id) in chosen
    }


# -- documents -----------------------------------------------------------------------------------------------------


def _describe(choice: Choice, live: Live, described: Described) -> Proposal:
    """Write documents, leaving out objects of which no valid document can be made, and all that need these."""
    records, notes = {(record.kind, record.id): record for record in choice.records}, list(choice.faults)
    notes += [UNREAD.found(f"{kind}: {fault.detail}", fix=fault.fix) for kind, fault in sorted(live.unreadable.items())]
    while True:
        adopted = adopt(list(records.values()), live, KINDS, described, choice.names)
        drafts = drafting.draft({each.address: each.spec for each in adopted}, described.desired, KINDS)
        refused = {address for address, draft in drafts.items() if draft.resource is None}
        if not refused:
            told = [note for draft in drafts.values() for note in draft.notes]
            return Proposal(tuple(replace(e, spec=drafts[e.address].spec) for e in adopted), (*notes, *told))
        absent = {each.address for each in adopted if each.record is None and not each.spec}
        notes += [_weighed(note, choice) for address in sorted(refused - absent) for note in drafts[address].notes]
        lacking = _lacking(adopted, drafts, refused)
        notes += [_weighed(_leaning(address, of, absent), choice) for address, of in lacking.items()]
        unfit = refused | lacking.keys()
        gone = {(each.record.kind, each.record.id) for each in adopted if each.record and each.address in unfit}
        records = {place: record for place, record in records.items() if place not in gone}


def _lacking(
    adopted: Sequence[Adopted], drafts: Mapping[Address, drafting.Draft], refused: Collection[Address]
) -> dict[Address, list[Address]]:
    """The documents that refer to some that were refused, or that refer to others that do; and to which."""
    found: dict[Address, list[Address]] = {}
    for each in adopted:  # in the order of kinds, and a kind refers only to those above it
        resource = drafts[each.address].resource
        needs = () if resource is None else resource.outline.references
        if missing := [address for address in needs if address in refused or address in found]:
            found[each.address] = missing
    return found


def _leaning(address: Address, lacking: Sequence[Address], absent: Collection[Address]) -> Diagnostic:
    told = (f"{a.kind} {a.name} is not there or was not read" if a in absent else f"{a} is left out" for a in lacking)
    return LEANS.found(f"It needs what has no document: {', '.join(told)}.", subject=str(address))


def _weighed(note: Diagnostic, choice: Choice) -> Diagnostic:
    """An error about what was asked for by name, else a warning: of many, the others are still described."""
    return note if choice.names or len(choice.records) == 1 else replace(note, severity=Severity.WARNING)


def _next_plan(workspace: Workspace, made: Proposal, live: Live, desired: Desired, remembered: Remembered) -> Plan:
    """What a plan will say about the new documents, made of the same reading: best of all, nothing."""
    drafts = drafting.draft({each.address: each.spec for each in made.documents}, desired, KINDS)
    new = {address: draft.resource for address, draft in drafts.items() if draft.resource is not None}
    plan = planner.make_plan(
        {**desired, **new}, live, KINDS, workspace.target, guarding.context(workspace, remembered, ())
    )
    return replace(plan, changes=tuple(change for change in plan.changes if change.address in new))


# -- files ---------------------------------------------------------------------------------------------------------


def _placed(workspace: Workspace, made: Proposal, placing: Placing) -> Prepared:
    from reconciler.manifests import write as writing

    folder = _folder(workspace, placing.folder)
    files = {each.address: f"{folder}/{_file(each.address, placing.layout)}" for each in made.documents}
    parts: dict[str, list[str]] = defaultdict(list)
    for each in made.documents:
        parts[files[each.address]].append(writing.text_of(each.address, each.spec))
    new = []
    for name, documents in parts.items():
        before = writing.present(workspace.root, name)
        new.append(writing.NewText(name, before, writing.appended(before or "", documents)))
    return Prepared(replace(made, files=files), tuple(new))


def _folder(workspace: Workspace, asked: str) -> str:
    """Where new manifests belong: a folder that is asked for and read by plans, else the first of the registry."""
    folders = [name for name in workspace.config.registry if not name.endswith(manifests.SUFFIXES)]
    chosen = asked or next(iter(folders), "")
    inside = any(PurePosixPath(chosen).is_relative_to(PurePosixPath(name)) for name in folders)
    if not chosen or not inside or manifests.leaves_root(chosen):
        known = ", ".join(folders) or "none, only files"
        raise errors.UsageError(
            f"{chosen or 'The first entry'} is no folder of the registry ({known}).",
            fix="Choose a folder below one that `registry` in reconciler.yaml names.",
        )
    return str(PurePosixPath(chosen))


def _file(address: Address, layout: Layout) -> str:
    kind = _WORD.sub("-", address.kind).lower()
    by_layout: Mapping[Layout, Callable[[], str]] = {
        "object": lambda: f"{kind}/{address.name}.yaml",
        "kind": lambda: f"{kind}.yaml",
        "one": lambda: _ONE_FILE,
    }
    return by_layout[layout]()


# -- what a caller may ask for ---------------------------------------------------------------------------------------


def layout(word: str) -> Layout:
    """Give the layout that a word names."""
    return next(each for each in LAYOUTS if each == word)


def address(text: str) -> Address:
    """Give the address of a document to be; raise UsageError when it is none of a kind that there is."""
    try:
        found = Address.parse(text)
    except ValueError as error:
        raise errors.UsageError(f"{error}.") from error
    demand_kinds((found.kind,))
    return found


def demand_kinds(names: Sequence[str]) -> None:
    """Raise UsageError for kinds that there are not."""
    for name in names:
        if name not in KINDS:
            close = manifests.nearest(name, KINDS)
            fix = f"Did you mean {close}?" if close else f"There are {', '.join(KINDS)}."
            raise errors.UsageError(f"There is no kind {name!r}.", fix=fix)
