"""Documents for what is there already: for a person at a terminal, and for machines."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.adoption import Adopted, Proposal
from reconciler.core.document import Json
from reconciler.core.quantity import counted
from reconciler.render import machine
from reconciler.render.answers import Adoption, Described
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.words import plain

_NOTHING = "Nothing to import: a manifest describes everything that was asked for."
_PLACES = ("fromEnv", "fromFile")


def render(proposal: Proposal, palette: Palette = PLAIN, *, written: bool) -> str:
    """Give what was imported, or would be, object by object, and what the next plan makes of it."""
    return "\n".join(_lines(proposal, palette, written=written)) + "\n"


def _lines(proposal: Proposal, palette: Palette, *, written: bool) -> Iterator[str]:
    if not proposal.documents:
        yield _NOTHING
        return
    width = max(len(str(each.address)) for each in proposal.documents)
    for each in proposal.documents:
        what = plain(each.record.id) if each.record else "(no object of its own)"
        place = palette.paint(f"{what:<22}  {plain(proposal.files.get(each.address, ''))}", Tone.FAINT)
        yield f"{palette.paint('=', Tone.ADD)} {each.address!s:<{width}}  {place}".rstrip()
    yield ""
    yield from (palette.paint(line, Tone.CAUTION) for line in _secrets(proposal))
    verb = "Imported" if written else "Would import"
    files = counted(len(set(proposal.files.values())), "file")
    documents = counted(len(proposal.documents), "document")
    yield palette.paint(f"{verb} {counted(proposal.objects, 'object')}: {documents} in {files}.", Tone.STRONG)
    yield from _next(proposal)


def _next(proposal: Proposal) -> Iterator[str]:
    """What the plan will say: best of all nothing."""
    if proposal.plan is None:
        return
    moving = proposal.plan.effective
    if not moving:
        yield "The next plan has nothing to do for them."
        return
    told = ", ".join(f"{change.action} {change.address}" for change in moving)
    yield f"The next plan proposes, since these are not as a manifest can wish them: {told}."


def _secrets(proposal: Proposal) -> Iterator[str]:
    """The secrets that documents refer to and that nobody can read back: somebody has to put them there."""
    for each in proposal.documents:
        for place in _references(each.spec):
            yield f"{each.address} needs its secret in {plain(place)} before the next apply."


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{key} {value[key]}" for key in _PLACES if isinstance(value.get(key), str))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _references(item)


def to_answer(proposal: Proposal, *, written: bool) -> Adoption:
    """Give the same for machines."""
    return Adoption(
        written,
        [_described(each, proposal.files) for each in proposal.documents],
        list(_secrets(proposal)),
        [machine.fault(note) for note in proposal.notes],
        len(proposal.plan.effective) if proposal.plan else None,
    )


def _described(each: Adopted, files: Mapping[Any, str]) -> Described:
    return Described(str(each.address), each.spec, each.record.id if each.record else None, files.get(each.address))
