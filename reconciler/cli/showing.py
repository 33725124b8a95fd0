"""The forms in which a plan is shown and written; every one is of the same review."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from reconciler.cli.common import Common
from reconciler.cli.output import palette, say, say_json_text
from reconciler.core.noun import dataclass

if TYPE_CHECKING:
    from reconciler.core.plan import Plan
    from reconciler.core.ruling import Ruling

P = ParamSpec("P")
R = TypeVar("R")
FORMATS = ("markdown", "html", "sarif", "github")
LEAST_REPORT, LONGEST_REPORT = 2_000, 65_000
_BY_SUFFIX = {".html": "html", ".sarif": "sarif", ".xml": "junit"}


@dataclass(frozen=True, slots=True)
class Reports:
    """The files that are written besides what is printed, and how long Markdown may be, in bytes."""

    files: Sequence[Path] = ()
    limit: int = LONGEST_REPORT
    command: str = ""
    """What applies exactly this plan."""
    detail: bool = False
    """Whether the text for a terminal says everything."""
    rulings: "Sequence[Ruling] | None" = None
    """What policies said of everything; a saved plan holds only what they found."""


def report_options(function: Callable[P, R]) -> Callable[P, R]:
    """Add the options of the files; the function gets them as `reports` and `report_limit`."""
    file = click.option(
        "--report",
        "reports",
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write a report too, repeatable: *.html for a browser, *.sarif for code scanning, *.xml (JUnit) "
        "of policies, else Markdown.",
    )
    limit = click.option(
        "--report-limit",
        type=click.IntRange(min=LEAST_REPORT),
        default=LONGEST_REPORT,
        show_default=True,
        help="Most bytes of the Markdown.",
    )
    return file(limit(function))


def show(plan: "Plan", chosen: Common, reports: Reports, document: "Callable[[], str]", after: str = "") -> None:
    """Print a plan as it was asked for, and write its reports. `document` gives its JSON, `after` follows the text."""
    from reconciler.cli.files import write_text
    from reconciler.render import terminal

    match chosen.output:
        case "json":
            say_json_text(document())
        case "human":
            say(terminal.render(plan, palette(), detail=reports.detail) + after)
        case "sarif":
            say_json_text(_form(plan, "sarif", chosen, reports))
        case form:
            say(_form(plan, form, chosen, reports))
    for file in reports.files:
        write_text(file, _form(plan, _BY_SUFFIX.get(file.suffix.lower(), "markdown"), chosen, reports))


def _form(plan: "Plan", form: str, chosen: Common, reports: Reports) -> str:
    from reconciler import __version__, app
    from reconciler.render import annotations, junit, machine, pull_request, report, sarif
    from reconciler.render.review import review

    seen = review(plan)
    match form:
        case "html":
            return report.render(seen)
        case "sarif":
            scan = sarif.Scan(__version__, app.below(chosen.root))
            return machine.dump(sarif.diagnostics(seen.findings, app.rules(), scan))
        case "junit":
            if reports.rulings is None:
                raise click.UsageError(
                    "A saved plan holds what policies found, not what held; `plan --report` has both."
                )
            return junit.rulings(reports.rulings)
        case "github":
            return annotations.review(seen, app.below(chosen.root))
        case _:
            return pull_request.render(seen, reports.command, reports.limit)
