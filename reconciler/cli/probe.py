"""`reconciler probe`: ask endpoints, without any credential, whether MCP servers are ready."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common_and
from reconciler.cli.output import palette, progress, remark, say, say_json_text
from reconciler.core.quantity import counted

if TYPE_CHECKING:
    from reconciler.app.readiness import Chosen
    from reconciler.oauth.probe import Probed
    from reconciler.render.letter import Letter

NOT_READY = 9
BUG = 1


@click.command("probe")
@click.argument("servers", nargs=-1, metavar="[ADDRESS|URL]...")
@click.option(
    "--tier",
    type=click.Choice(["0", "G", "P", "K"], case_sensitive=False),
    default="G",
    show_default=True,
    help="How far to go: 0 asks nothing, G sends GETs, P also POSTs without a credential, K as P, and reads Okta.",
)
@click.option("--active", is_flag=True, help="The same as --tier P: also open a session and try the token endpoint.")
@click.option("--select", "labels", multiple=True, metavar="LABEL=VALUE", help="Only servers with this label.")
@click.option("--explain-unknown", is_flag=True, help="List what could not be observed, and why.")
@click.option("--update-lock", is_flag=True, help="Approve what was seen: write it to reconciler.lock.json.")
@click.option("--untrusted", is_flag=True, help="The manifests are somebody else's: ask --allow-host only, tell less.")
@click.option(
    "--allow-host", "allow_hosts", multiple=True, metavar="HOST", help="A host that may be asked; repeatable."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report too, repeatable: *.html, *.sarif, *.xml (JUnit), *.json, else Markdown.",
)
@common_and("sarif", "junit", "markdown", "github", "html")
def command(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common,
    servers: tuple[str, ...],
    *,
    tier: str,
    active: bool,
    labels: tuple[str, ...],
    explain_unknown: bool,
    update_lock: bool,
    untrusted: bool,
    allow_hosts: tuple[str, ...],
    reports: tuple[Path, ...],
) -> int:
    """Ask endpoints whether MCP servers are ready for XAA or STS, and say exactly why not.

    Without arguments all servers of the manifests; a URL may be in no manifest at all. No credential is ever sent.
    Exit code 9 when an error stands for one of them; what could not be observed never fails.
    """
    from reconciler.app.readiness import letter, remember

    how = _how(tier, active=active, untrusted=untrusted, allow_hosts=allow_hosts)
    if untrusted and update_lock:
        raise click.UsageError("--update-lock approves what was seen; a run with --untrusted has nothing to approve.")
    results = _probe(chosen, servers, labels, how)
    _show([letter(each) for each in results], chosen, reports, explain_unknown=explain_unknown)
    if update_lock and remember(chosen.root, results):
        remark("reconciler.lock.json was updated; commit it with the change that it approves.")
    return _code(results)


def _how(tier: str, *, active: bool, untrusted: bool, allow_hosts: tuple[str, ...]) -> "Chosen":
    from reconciler.app.readiness import Chosen
    from reconciler.core.evidence import Tier

    wanted = Tier(tier.upper())
    if active and wanted in {Tier.OFFLINE, Tier.GET}:
        wanted = Tier.POST
    if untrusted and wanted in {Tier.POST, Tier.CONTROL}:
        raise click.UsageError("A run with --untrusted sends nothing but GETs; leave out --active and --tier P or K.")
    return Chosen(wanted, untrusted, allow_hosts)


def _probe(chosen: Common, servers: tuple[str, ...], labels: tuple[str, ...], how: "Chosen") -> "list[Probed]":
    from reconciler import app
    from reconciler.app import control, readiness, subjects
    from reconciler.core.evidence import Tier
    from reconciler.oauth.gate import hosts

    pairs = [label.partition("=") for label in labels]
    for label, equals, _ in pairs:
        if not label or not equals:
            raise click.UsageError(f"--select takes LABEL=VALUE, not {label!r}.")
    workspace = app.open_workspace(chosen.root, chosen.environment)
    wanted = subjects.Wanted(servers, tuple((label, value) for label, _, value in pairs))
    jobs = subjects.jobs(workspace, wanted, hosts(how.allow_hosts) if how.untrusted else None)
    if not jobs:
        remark("No MCP server is selected.")
    with progress(f"Asking {counted(len(jobs), 'server')}"):
        if how.tier is Tier.CONTROL:
            jobs = control.read(workspace, jobs)
        return list(readiness.run(workspace, jobs, how))


def _show(letters: "Sequence[Letter]", chosen: Common, reports: Sequence[Path], *, explain_unknown: bool) -> None:
    from reconciler.cli.files import write_text
    from reconciler.oauth import CHECKS
    from reconciler.render import probe

    match chosen.output:
        case "human":
            detail = probe.Detail(remarks=chosen.verbose, unknown=explain_unknown)
            say(probe.render(letters, CHECKS, palette(), detail))
        case "json" | "sarif":
            say_json_text(_form(chosen.output, letters, chosen, explain_unknown=explain_unknown))
        case form:
            say(_form(form, letters, chosen, explain_unknown=explain_unknown))
    for file in reports:
        form = _BY_SUFFIX.get(file.suffix.lower(), "markdown")
        write_text(file, _form(form, letters, chosen, explain_unknown=explain_unknown))


_BY_SUFFIX = {".html": "html", ".sarif": "sarif", ".xml": "junit", ".json": "json"}


def _form(form: str, letters: "Sequence[Letter]", chosen: Common, *, explain_unknown: bool) -> str:
    from reconciler import __version__, app
    from reconciler.oauth import CHECKS
    from reconciler.render import annotations, findings, junit, letter, machine, markdown, report, sarif

    match form:
        case "json":
            return machine.dump(findings.document(letters, CHECKS))
        case "sarif":
            scan = sarif.Scan(__version__, app.below(chosen.root))
            return machine.dump(sarif.document(letters, CHECKS, scan, explain_unknown=explain_unknown))
        case "github":
            return annotations.letters(letters, CHECKS, letter.summary(letters), app.below(chosen.root))
        case "junit":
            return junit.render(letters, CHECKS)
        case "html":
            return report.of_probe(letters, CHECKS)
        case _:
            return markdown.render(letters, CHECKS, explain_unknown=explain_unknown)


def _code(results: "Sequence[Probed]") -> int:
    from reconciler.app.readiness import letter
    from reconciler.oauth import CHECKS
    from reconciler.render.letter import has_errors

    if has_errors([letter(each) for each in results], CHECKS):
        return NOT_READY
    return BUG if any(each.fault for each in results) else 0
