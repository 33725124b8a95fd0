"""`reconciler import`: manifests for what is there already."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside
from reconciler.cli.options import common
from reconciler.cli.output import palette, progress, remark, say, say_answer

if TYPE_CHECKING:
    from reconciler.app.adopting import Prepared, Wish
    from reconciler.core.adoption import Named

_LIKE_AN_ADDRESS = re.compile(r"[A-Z][A-Za-z]*\.[a-z0-9-]*")


@click.command("import")
@click.argument("objects", nargs=-1, metavar="[KIND.NAME ID | ID]...")
@click.option("--all", "everything", is_flag=True, help="Everything that no manifest describes.")
@click.option(
    "--select",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="What no manifest describes and whose id, name or URL fits, for example '*jira*'; may be repeated.",
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Of --all and --select, only this kind.")
@click.option(
    "--layout",
    type=click.Choice(["object", "kind", "one"]),
    default="object",
    show_default=True,
    help="A file for each object, for each kind, or one for all.",
)
@click.option("--into", default="", metavar="FOLDER", help="Folder below the registry. Default: its first folder.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, as a diff, and write nothing.")
@common
def command(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common,
    objects: tuple[str, ...],
    *,
    everything: bool,
    patterns: tuple[str, ...],
    kinds: tuple[str, ...],
    layout: str,
    into: str,
    dry_run: bool,
) -> int:
    """Write manifests for objects that are there already: the given ones, a selection, or all.

    A manifest says no more than what differs from a default, so that the next plan is empty. Files that exist are
    added to, and not a byte of them changes; what a manifest describes already is left alone. Nothing is written to
    the organisation: commit the files, and the apply after their review takes the objects over.
    """
    from reconciler import app
    from reconciler.app import adopting
    from reconciler.render import adoption

    wish = _wish(objects, everything=everything, patterns=patterns, kinds=kinds)
    workspace = app.open_workspace(chosen.root, chosen.environment)
    with progress("Reading the organisation"):
        prepared = adopting.propose(workspace, wish, adopting.Placing(into, adopting.layout(layout)))
    report_aside(prepared.proposal.notes)
    if not dry_run:
        adopting.write(workspace, prepared)
    if chosen.json:
        say_answer(adoption.to_answer(prepared.proposal, written=not dry_run))
        return 0
    if dry_run and prepared.texts:
        say("".join(_diff(prepared)))
    say(adoption.render(prepared.proposal, palette(), written=not dry_run))
    if prepared.texts and not dry_run:
        remark("Next: review and commit the files; the apply after the review takes the objects over.")
    return 0


def _wish(objects: Sequence[str], *, everything: bool, patterns: tuple[str, ...], kinds: tuple[str, ...]) -> "Wish":
    from reconciler.app import adopting

    adopting.demand_kinds(kinds)
    broad = everything or patterns
    if bool(objects) == bool(broad):
        raise click.UsageError("Say what to import: ids, or --all, or --select PATTERN; not both and not nothing.")
    if objects and kinds:
        raise click.UsageError("--kind narrows --all and --select; objects given by id need none.")
    return adopting.Wish(tuple(_named(objects)), everything, patterns, kinds)


def _named(objects: Sequence[str]) -> "Iterator[Named]":
    """Objects, each with the address before it, if there is one."""
    from reconciler.app import adopting
    from reconciler.core.adoption import Named

    words = iter(objects)
    for word in words:
        if not _LIKE_AN_ADDRESS.fullmatch(word):
            yield Named(word)
            continue
        address = adopting.address(word)
        record = next(words, None)
        if record is None or _LIKE_AN_ADDRESS.fullmatch(record):
            raise click.UsageError(f"After {word} the id of the object is missing.")
        yield Named(record, address)


def _diff(prepared: "Prepared") -> Iterator[str]:
    for file in prepared.texts:
        before = (file.before or "").splitlines(keepends=True)
        old = f"a/{file.name}" if file.before is not None else "/dev/null"
        yield from difflib.unified_diff(before, file.after.splitlines(keepends=True), old, f"b/{file.name}")
