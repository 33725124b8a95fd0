"""Drafts: documents that a machine has written, judged like those of people; what nobody may write is left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source
from reconciler.core.document import Document, Json, canonical
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.resources import Desired, Resource
from reconciler.manifests.checks import among
from reconciler.manifests.compose import RawDocument
from reconciler.manifests.envelope import API_VERSION
from reconciler.manifests.shape import Shaper
from reconciler.manifests.strict import UNENCODABLE

LEFT_OUT = Rule(
    code="ADP010",
    summary="Part of a live object cannot stand in a manifest",
    why="The organisation holds a value that a manifest may not say. What a manifest does not say is left as it is, so "
    "the plan stays empty, and nobody manages that part.",
    example="an access rule with a grant that this tool does not know",
    fix="Correct the value at the organisation and add it to the document, or leave it unmanaged.",
    severity=Severity.WARNING,
)
NOT_DESCRIBABLE = Rule(
    code="ADP011",
    summary="A live object cannot be described by a manifest",
    why="A manifest that `validate` refuses would stop every plan.",
    example="an active MCP server without any authorization server",
    fix="Mend the object at the organisation, then import it.",
)
RULES = (LEFT_OUT, NOT_DESCRIBABLE)

_ROUNDS = 3
"""How often a draft is judged anew after parts were left out; each round can only make it smaller."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as far as it may be written.

    `resource` is None when it may not be at all; `notes` say what was left out, or why it is none.
    """

    address: Address
    spec: Document
    resource: Resource[Any] | None = None
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    drafts: Mapping[Address, Draft] = field(default_factory=dict)
    faults: Mapping[Address, Sequence[Diagnostic]] = field(default_factory=dict)


def draft(specs: Mapping[Address, Document], described: Desired, kinds: Kinds) -> Mapping[Address, Draft]:
    """Judge new documents beside those that are there. Top-level members of a spec that are at fault are left out.

    A draft whose remains are still at fault is no document: its first faults say why.
    """
    shaper = Shaper(kinds, {})
    drafts = {address: _encodable(Draft(address, spec)) for address, spec in specs.items()}
    for _ in range(_ROUNDS):
        judged = _judge(drafts, described, kinds, shaper)
        drafts = {address: _without(each, judged.faults[address]) for address, each in drafts.items()}
        drafts.update(judged.drafts)
        if not any(judged.faults.values()):
            return drafts
    return {address: each if each.resource else _refused(each) for address, each in drafts.items()}


def _judge(drafts: Mapping[Address, Draft], described: Desired, kinds: Kinds, shaper: Shaper) -> _Judged:
    shaped = {address: shaper.shape(_raw(each)) for address, each in drafts.items()}
    resources = {address: each.resource for address, each in shaped.items() if each.resource and not each.faults}
    desired = {**described, **resources}
    faults = {address: list(each.faults) for address, each in shaped.items()}
    for address, resource in resources.items():
        faults[address] += [f for f in kinds[address.kind].check(resource, desired, kinds) if f.is_error]
    for resource, fault in among(desired, kinds):
        if resource.address in resources and fault.is_error:
            faults[resource.address].append(fault)
    sound = {a: replace(drafts[a], resource=resource) for a, resource in resources.items() if not faults[a]}
    return _Judged(sound, faults)


def _encodable(each: Draft) -> Draft:
    """The draft less what no file can hold: halves of characters, which JSON lets through."""
    faults = []
    for key, value in each.spec.items():
        try:
            canonical(value).encode()
        except UnicodeEncodeError:
            faults.append(UNENCODABLE.found("It holds half a character.", path=("spec", key)))
    return _without(each, faults)


def _raw(each: Draft) -> RawDocument:
    metadata = {"name": each.address.name}
    value = {"apiVersion": API_VERSION, "kind": each.address.kind, "metadata": metadata, "spec": _escaped(each.spec)}
    return RawDocument(value, Source(str(each.address)))


def _escaped(value: Json) -> Json:
    """The value as it stands in a file, where `${` would begin a variable."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def _without(each: Draft, faults: Iterable[Diagnostic]) -> Draft:
    """The draft less the members that are at fault."""
    faults = tuple(faults)
    if not faults:
        return each
    guilty = {fault.path[1] for fault in faults if len(fault.path) > 1 and fault.path[0] == "spec"}
    spec = {key: value for key, value in each.spec.items() if key not in guilty}
    return replace(each, spec=spec, resource=None, notes=(*each.notes, *(_note(each.address, f) for f in faults)))


def _note(address: Address, fault: Diagnostic) -> Diagnostic:
    place = ".".join(map(str, fault.path))
    return LEFT_OUT.found(f"{place or 'spec'}: {fault.detail} ({fault.code})", subject=str(address))


def _refused(each: Draft) -> Draft:
    reasons = [NOT_DESCRIBABLE.found(note.detail, subject=str(each.address)) for note in each.notes[:1]]
    return replace(each, notes=tuple(reasons))
