"""`reconciler drift`: how the organisation differs from the manifests; and `drift accept`, to live with some of it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside, report_recalled
from reconciler.cli.options import common, common_and, refresh_option
from reconciler.cli.output import palette, progress, say, say_answer, say_json
from reconciler.core.refresh import Refresh

if TYPE_CHECKING:
    from reconciler.core.drift import Drift

_BASELINE = "reconciler.baseline.yaml"
READABLE = 0o644
"""For the collector, which is another user."""


class Day(click.ParamType[date]):
    """A day: a date, or so many days from today (UTC)."""

    name = "day"
    _DAYS = re.compile(r"([0-9]{1,5})d")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        days = self._DAYS.fullmatch(value)
        try:
            if days:
                return datetime.now(UTC).date() + timedelta(days=int(days[1]))
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write YYYY-MM-DD, or 90d for ninety days from today.", param, ctx)


baseline_option = click.option(
    "--baseline", "file", default=_BASELINE, show_default=True, metavar="FILE", help="Accepted drift, in the project."
)


@click.group("drift", invoke_without_command=True)
@click.option(
    "--min-sightings",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Alarm only about what was seen in so many looks in a row.",
)
@click.option("--alarm-unmanaged", is_flag=True, help="Alarm about objects that no manifest describes, too.")
@click.option("--no-actors", is_flag=True, help="Do not ask the System Log who made the changes.")
@click.option("--probe", is_flag=True, help="Ask the endpoints of ACTIVE servers whether they are ready, too.")
@click.option(
    "--as-of",
    type=Day(),
    metavar="DAY",
    help="Judge accepted drift as of this day, for example 30d from today: what alarms then? Default: today (UTC).",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report too, repeatable: *.html for a browser, else Markdown.",
)
@click.option(
    "--metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was found as Prometheus metrics, for a textfile collector (*.prom).",
)
@baseline_option
@refresh_option
@common_and("markdown", "html")
def command(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common,
    *,
    min_sightings: int,
    alarm_unmanaged: bool,
    no_actors: bool,
    probe: bool,
    as_of: date | None,
    reports: tuple[Path, ...],
    metrics: Path | None,
    file: str,
    refresh: Refresh | None,
) -> int:
    """Show how the organisation differs from the manifests. Structurally read-only: nothing can be written to it.

    Exit code 2 when there is drift that is new, or that was accepted and has changed or expired; 0 when there is none.
    """
    from reconciler import app
    from reconciler.app import drifting

    if click.get_current_context().invoked_subcommand is not None:
        return 0
    looking = drifting.Looking(min_sightings, alarm_unmanaged, not no_actors, probe, as_of, file, refresh)
    with progress("Looking at the organisation"):
        found = drifting.look(app.open_workspace(chosen.root, chosen.environment), looking)
    report_aside(found.warnings)
    report_recalled(found.recalled)
    _tell(found, chosen, reports, metrics)
    return drifting.exit_code(found)


def _tell(found: "Drift", chosen: Common, reports: Sequence[Path], metrics: Path | None) -> None:
    """Show what was found as it was asked for, and write its files."""
    from reconciler.cli.files import write_text
    from reconciler.core import drift_file
    from reconciler.render import drift
    from reconciler.render import metrics as series

    match chosen.output:
        case "json":
            say_json(drift_file.to_document(found))
        case "human":
            say(drift.render(found, palette()))
        case form:
            say(_form(form, found))
    for file in reports:
        write_text(file, _form("html" if file.suffix.lower() == ".html" else "markdown", found))
    if metrics is not None:
        write_text(metrics, series.render(found), READABLE)


def _form(form: str, found: "Drift") -> str:
    from reconciler.render import drift_comment, report

    return report.of_drift(found) if form == "html" else drift_comment.render(found)


@command.command("accept")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option(
    "--expires", type=Day(), required=True, metavar="DAY", help="The last day: YYYY-MM-DD, or 90d from today."
)
@baseline_option
@common
def accept(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common, paths: tuple[str, ...], *, owner: str, reason: str, expires: date, file: str
) -> int:
    """Accept differences, at the value that they have now: write them into the baseline, to be reviewed and committed.

    PATH is a difference as `reconciler drift` names it. Until the last day it does not alarm, and a plan leaves it as
    it is; then, or when the live value changes, it alarms again.
    """
    from reconciler import app
    from reconciler.app import drifting
    from reconciler.render.answers import Accepted

    terms = drifting.Terms(owner.strip(), reason.strip(), expires)
    if not terms.owner or not terms.reason:
        raise click.UsageError("--owner and --reason must say something.")
    with progress("Looking at the organisation"):
        entries = drifting.accept(app.open_workspace(chosen.root, chosen.environment), paths, terms, file)
    if chosen.json:
        say_answer(Accepted([each.path for each in entries], file, expires.isoformat()))
    else:
        for each in entries:
            say(f"Accepted until {expires.isoformat()}: {each.path}")
        say(f"Written to {file}; commit it.")
    return 0
