"""`reconciler export`: what an organisation holds, as manifests."""

from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside
from reconciler.cli.options import common
from reconciler.cli.output import progress, remark, say, say_answer
from reconciler.core.quantity import counted


@click.command("export")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write files into this folder, new or empty."
)
@click.option(
    "--layout",
    type=click.Choice(["object", "kind", "one"]),
    default="object",
    show_default=True,
    help="With --out: a file for each object, for each kind, or one for all.",
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only objects of this kind; may be repeated.")
@common
def command(chosen: Common, out: Path | None, layout: str, kinds: tuple[str, ...]) -> int:
    """Print everything that the organisation holds as manifests; a plan of them is empty.

    The manifests of this folder play no part, so that the snapshot depends on the organisation alone. Nothing is
    written to the organisation.
    """
    from reconciler import app
    from reconciler.app import adopting
    from reconciler.render import adoption

    adopting.demand_kinds(kinds)
    workspace = app.open_workspace(chosen.root, chosen.environment)
    if out is not None and out.exists() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty; an export would be mixed with what is there.")
    with progress("Reading the organisation"):
        snapshot = adopting.export(workspace, kinds)
    report_aside(snapshot.notes)
    if chosen.json:
        say_answer(adoption.to_answer(snapshot, written=out is not None))
    elif out is None:
        say("".join(adopting.texts(snapshot, "one").values()))
    if out is not None:
        _write(out, adopting.texts(snapshot, adopting.layout(layout)))
    return 0


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    from reconciler.cli.files import write_text

    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
        path.chmod(0o644)
    remark(f"Wrote {counted(len(texts), 'file')} into {folder}.")
