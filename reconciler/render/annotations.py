"""Findings as workflow commands of GitHub Actions: a remark at its line of the pull request.

One finding is one line that begins with `::`. Inside it `%`, `:`, `,` and ends of lines are written by their numbers,
so that text from outside cannot begin a command of its own.
"""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.kind import Risk
from reconciler.core.quantity import counted
from reconciler.render.letter import Checks, Letter
from reconciler.render.probe import issue_words
from reconciler.render.review import Review, Row
from reconciler.render.words import plain

SHOWN = 10
"""So many annotations of one level GitHub shows of a step."""
_LEVELS = {"E": "error", "W": "warning", "I": "notice"}


def diagnostics(found: Iterable[Diagnostic], prefix: str = "") -> str:
    """Give one command a finding, errors first, and a last line with the counts for the log.

    `prefix` is where the project lies in its repository (`sub/folder/`), for the names of files.
    """
    ordered = sorted(found, key=lambda each: not each.is_error)
    lines = [_of_diagnostic(each, prefix) for each in ordered]
    errors = sum(each.is_error for each in ordered)
    return _text(lines, f"{counted(errors, 'error')}, {counted(len(ordered) - errors, 'warning')}.")


def review(seen: Review, prefix: str = "") -> str:
    """Give the findings of a plan, then each change that destroys or is of high risk; the headline last."""
    findings = sorted(seen.findings, key=lambda each: not each.is_error)
    lines = [_of_diagnostic(each, prefix) for each in findings]
    lines += [_of_row(row, prefix) for row in seen.rows if not row.stopped and (row.destroys or row.risk is Risk.HIGH)]
    return _text(lines, seen.headline)


def letters(found: Sequence[Letter], checks: Checks, last: str, prefix: str = "") -> str:
    """Give the failed checks of a probe; `last` closes the log."""
    issues = [(letter, issue) for letter in found for issue in letter.failures(checks)]
    ordered = sorted(issues, key=lambda each: each[1].order)
    lines = [
        _command(
            _LEVELS[issue.weight],
            _place(issue.source, prefix),
            f"{issue.check.id} {issue.check.name}",
            f"{', '.join(issue.subjects)}: {issue_words(issue).rstrip('.')}.\nFix: {issue.check.fix}",
        )
        for letter, issue in ordered
    ]
    faults = (_command("error", (), letter.subject, letter.fault) for letter in found if letter.fault)
    return _text([*faults, *lines], last)


def _of_diagnostic(found: Diagnostic, prefix: str) -> str:
    level = "error" if found.is_error else "warning"
    subject = f"{found.subject}: " if found.subject else ""
    fix = f"\nFix: {found.fix}" if found.fix else ""
    return _command(
        level, _place(found.source, prefix), f"{found.code} {found.summary}", f"{subject}{found.detail}{fix}"
    )


def _of_row(row: Row, prefix: str) -> str:
    paths = ", ".join(line.path for line in row.lines)
    cuts = f"\nCuts off {', '.join(row.cuts)}." if row.cuts else ""
    dangers = "".join(f"\n{each.code} {each.summary}. {each.detail}" for each in row.dangers)
    told = f"{row.address}: {row.reason}{f' ({paths})' if paths else ''}.{dangers}{cuts}"
    level = "warning" if row.destroys else "notice"
    return _command(level, _place(row.source, prefix), f"{row.action}, {row.risk} risk", told)


def _place(source: Source | None, prefix: str) -> tuple[tuple[str, str], ...]:
    if source is None:
        return ()
    file = ("file", f"{prefix}{source.file}")
    return (file, ("line", str(source.line)), ("col", str(source.column))) if source.line else (file,)


def _command(level: str, place: Iterable[tuple[str, str]], title: str, message: str) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in (*place, ("title", title)))
    told = "%0A".join(_data(line) for line in message.split("\n"))
    return f"::{level} {properties}::{told}"


def _data(text: str) -> str:
    """Text in a message: one line, and no escape but ours."""
    return plain(text).replace("%", "%25")


def _property(text: str) -> str:
    """Text in a property, which `:` and `,` would end."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _text(lines: Sequence[str], last: str) -> str:
    return "\n".join((*lines, *_more(lines), last)) + "\n"


def _more(lines: Sequence[str]) -> Iterator[str]:
    most = max((sum(line.startswith(f"::{level} ") for line in lines) for level in _LEVELS.values()), default=0)
    if most > SHOWN:
        yield f"GitHub shows the first {SHOWN} of each level; all of them are in this log."
