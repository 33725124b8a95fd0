"""`reconciler github`: plan, apply and drift as jobs of GitHub Actions, with comment, issue, summary and outputs.

Each job is made of commands that a person could give, and prints them; what is added is what GitHub is told.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside
from reconciler.cli.options import common
from reconciler.cli.output import palette, say, veiled

if TYPE_CHECKING:
    from reconciler.app import Workspace
    from reconciler.core.drift import Drift
    from reconciler.core.plan import Plan
    from reconciler.github import Event

_CHANGES = 2
_FILES = ".reconciler/github"
_files_option = click.option(
    "--files",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(_FILES),
    show_default=True,
    help="Folder for what the job leaves behind.",
)


@click.group("github")
def command() -> None:
    """Plan, apply and drift as jobs of GitHub Actions. The action in .github/actions/reconciler calls these."""


@command.command("plan")
@click.option(
    "--base",
    type=click.Path(file_okay=False, path_type=Path),
    help="Check-out of the base branch. Its policies judge; the pull request of a stranger is compared with it alone.",
)
@click.option("--comment/--no-comment", "commenting", default=True, help="Write the comment on the pull request.")
@_files_option
@common
def plan(chosen: Common, *, base: Path | None, commenting: bool, files: Path) -> int:
    """Validate and plan a pull request: annotations, job summary, files, and one comment that is kept up to date.

    A pull request from a fork gets no secrets: it is compared with --base, and only hosts are asked that the base
    names. Outputs: exit-code, changes, digest, plan, report, page, comment.
    """
    from reconciler.app import hosting
    from reconciler.cli.files import write_text

    about = hosting.event(os.environ)
    files.mkdir(parents=True, exist_ok=True)
    code = _run(chosen, "validate", "--format", "github") or _plan(chosen, about, base, files)
    made, text = _made(files / "plan.json", about) if _is_plan(files, code) else (None, _no_plan(code))
    write_text(files / "plan.md", text)
    _tell_runner(
        text,
        {
            "exit-code": str(code),
            "changes": str(made is not None and bool(made.effective)).lower(),
            "digest": _digest(made),
            "plan": str(files / "plan.json") if made else "",
            "report": str(files / "plan.md"),
            "page": str(files / "plan.html") if made else "",
        },
    )
    if about.pull is not None and commenting and not about.stranger:
        written = hosting.comment(hosting.door(os.environ), about, _environment(chosen, made), made, text)
        say(f"Comment {written.how}. {written.url}".rstrip())
        _output({"comment": written.url})
    return code


def _plan(chosen: Common, about: "Event", base: Path | None, files: Path) -> int:
    out = ("--out", str(files / "plan.json"), "--report", str(files / "plan.html"))
    files.joinpath("plan.json").unlink(missing_ok=True)
    if not about.stranger:
        # A pull request that weakens a policy is judged by what stands in the base branch, and says that it differs.
        judged = ("--policies-from", str(base)) if base and base.joinpath("reconciler.yaml").is_file() else ()
        return _run(chosen, "plan", *judged, *out)
    if base is None:
        raise click.UsageError("The pull request is from a fork: give --base, a check-out of the base branch.")
    say("The pull request is from a fork: it is compared with the base branch, without secrets.")
    return _run(chosen, "plan", "--against", str(base), "--untrusted", *out)


def _is_plan(files: Path, code: int) -> bool:
    from reconciler.core.errors import ConfigurationInvalid

    return code != ConfigurationInvalid.exit_code and files.joinpath("plan.json").exists()


def _made(file: Path, about: "Event") -> "tuple[Plan, str]":
    """The plan that was saved, and its Markdown."""
    from reconciler.cli.files import read_plan
    from reconciler.core import plan_file
    from reconciler.render import pull_request
    from reconciler.render.review import review

    made = read_plan(file)
    apply = f"reconciler apply --expect-digest {plan_file.digest(made)}"
    text = pull_request.render(review(made), command=apply)
    if about.stranger:
        text += "\nCompared with the base branch, not with the organisation: jobs of forks get no secrets.\n"
    return made, text


def _no_plan(code: int) -> str:
    return f"## No plan\n\nThe manifests could not be planned (exit code {code}); the log of the job says why.\n"


def _digest(made: "Plan | None") -> str:
    from reconciler.core import plan_file

    return plan_file.digest(made) if made else ""


def _environment(chosen: Common, made: "Plan | None") -> str:
    if made is not None:
        return made.target.environment
    from reconciler import app

    return app.open_workspace(chosen.root, chosen.environment).environment


@command.command("apply")
@click.option("--digest", metavar="DIGEST", help="The digest of the plan that was reviewed. Default: the comment's.")
@click.option("--allow-delete", metavar="N", help="At most so many deletions.")
@_files_option
@common
def apply(chosen: Common, *, digest: str | None, allow_delete: str | None, files: Path) -> int:
    """Apply what was reviewed: the plan whose digest the comment on the merged pull request shows.

    A run of the same plan that did not end goes on from where it stood. Without a reviewed plan only an empty one
    passes. Outputs: exit-code, result.
    """
    from reconciler import app
    from reconciler.app import hosting

    workspace = app.open_workspace(chosen.root, chosen.environment)
    files.mkdir(parents=True, exist_ok=True)
    why = ""
    if not digest:
        found = hosting.reviewed(hosting.door(os.environ), hosting.event(os.environ), workspace.environment)
        digest, why = found.digest, found.why
    deletes = ("--allow-delete", allow_delete) if allow_delete else ()
    code = _applied(chosen, workspace, (digest, why, files / "plan.json"), deletes)
    result = _result(workspace, files / "result.json")
    _tell_runner(
        result or "Nothing was applied.\n",
        {"exit-code": str(code), "result": str(files / "result.json") if result else ""},
    )
    return code


def _applied(chosen: Common, workspace: "Workspace", wish: tuple[str, str, Path], deletes: tuple[str, ...]) -> int:
    """Go on with the run of the reviewed plan, or plan and apply exactly that."""
    from reconciler.app import hosting
    from reconciler.core.errors import NotReviewed

    digest, why, file = wish
    if digest and (run := hosting.unfinished(workspace, digest)):
        return _run(chosen, "apply", "--resume", str(run.id), *deletes)
    code = _run(chosen, "plan", "--detailed-exitcode", "--out", str(file))
    if code != _CHANGES:
        return code
    if not digest:
        raise NotReviewed(why)
    return _run(chosen, "apply", str(file), "--auto-approve", "--expect-digest", digest, *deletes)


def _result(workspace: "Workspace", file: Path) -> str:
    """Save what the last run of this commit did; give it as Markdown. Empty when there is none."""
    from reconciler.app import looking_back
    from reconciler.app.revision import commit
    from reconciler.cli.files import write_text
    from reconciler.render import answers, history, machine
    from reconciler.render.markup import fenced
    from reconciler.render.shapes import dumped

    last = next(iter(looking_back.runs(workspace)), None)
    if last is None or last.revision != commit(workspace.root):
        return ""
    found, lines = looking_back.run(workspace, last.id)
    write_text(file, machine.dump(dumped(answers.run_shown(found, lines))))
    return f"## Run {found.id}: {found.outcome}\n\n{fenced(history.run(found, lines).splitlines(), 'text')}\n"


@command.command("drift")
@click.option("--min-sightings", type=click.IntRange(1, 1000), default=1, show_default=True, help="Looks in a row.")
@click.option("--alarm-unmanaged", is_flag=True, help="Alarm about objects that no manifest describes, too.")
@click.option("--issue/--no-issue", "issuing", default=True, help="Open, update and close the issue.")
@_files_option
@common
def drift(chosen: Common, *, min_sightings: int, alarm_unmanaged: bool, issuing: bool, files: Path) -> int:
    """Look for drift, and keep one issue about it: opened, kept up to date, closed when there is none.

    Exit code 0 also when there is drift: the issue tells it. Outputs: drift, alarms, report, issue.
    """
    from reconciler import app
    from reconciler.app import drifting, hosting
    from reconciler.cli.files import write_text
    from reconciler.core import drift_file
    from reconciler.render import drift as terminal
    from reconciler.render import drift_issue, machine

    files.mkdir(parents=True, exist_ok=True)
    looking = drifting.Looking(min_sightings=min_sightings, alarm_unmanaged=alarm_unmanaged)
    found = drifting.look(app.open_workspace(chosen.root, chosen.environment), looking)
    report_aside(found.warnings)
    say(terminal.render(found, palette()))
    write_text(files / "drift.json", machine.dump(drift_file.to_document(found)))
    _tell_runner(f"## {drift_issue.title(found)}\n\n{drift_issue.body(found)}", _drift_outputs(found, files))
    if issuing:
        written = hosting.issue(hosting.door(os.environ), found)
        say(f"Issue {written.how}. {written.url}".rstrip())
        _output({"issue": written.url})
    code: int = drifting.exit_code(found)
    return 0 if code == _CHANGES else code


def _drift_outputs(found: "Drift", files: Path) -> Mapping[str, str]:
    return {
        "drift": str(bool(found.alarms)).lower(),
        "alarms": str(len(found.alarms)),
        "report": str(files / "drift.json"),
    }


# -- the runner ----------------------------------------------------------------------------------------------------


def _run(chosen: Common, *words: str) -> int:
    """Run a command of this program as a person would, and say which."""
    from reconciler import cli
    from reconciler.cli.output import speak_as

    where = ("--chdir", str(chosen.root)) if chosen.root != Path() else ()
    environment = ("--env", chosen.environment) if chosen.environment else ()
    arguments = [words[0], *where, *environment, *words[1:]]
    say(f"$ reconciler {shlex.join(arguments)}")
    code = cli.run(arguments)
    speak_as(chosen)
    return code


def _tell_runner(summary: str, outputs: Mapping[str, str]) -> None:
    """Append to the summary of the job, and set outputs of the step."""
    _append("GITHUB_STEP_SUMMARY", summary)
    _output(outputs)


def _output(outputs: Mapping[str, str]) -> None:
    lines = [f"{name}={''.join(value.splitlines())}\n" for name, value in outputs.items()]
    _append("GITHUB_OUTPUT", "".join(lines))


def _append(variable: str, text: str) -> None:
    file = os.environ.get(variable)
    if not file:
        return
    from reconciler.core.errors import ReconcilerError

    try:
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(veiled(text))
    except OSError as error:
        raise ReconcilerError(f"{file} ({variable}) cannot be written: {error.strerror}.") from error
