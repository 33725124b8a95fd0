"""Runs, locks and what is remembered, as text for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from reconciler.core.document import Document, pretty
from reconciler.core.history import Line, Lock, Run
from reconciler.core.journal import Phase
from reconciler.core.quantity import counted
from reconciler.render.words import plain


def moment(seconds: float | None) -> str:
    """A time as people read it, in UTC; a dash where there is none."""
    return "-" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns that are as wide as their longest word; the last one is not filled up."""
    lines = [tuple(map(plain, row)) for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def runs(found: Sequence[Run], by_hand: Sequence[Line] = ()) -> str:
    """One line a run; below them, one line for each change by hand."""
    return "\n\n".join((_runs(found), *([_by_hand(by_hand)] if by_hand else [])))


def _runs(found: Sequence[Run]) -> str:
    if not found:
        return "There has been no run yet."
    rows = [
        (str(run.id), moment(run.started), moment(run.ended), run.outcome, run.revision[:12] or "-", run.actor)
        for run in found
    ]
    return table(("RUN", "STARTED (UTC)", "ENDED", "OUTCOME", "COMMIT", "BY"), rows)


def _by_hand(lines: Sequence[Line]) -> str:
    rows = [
        (moment(line.at), str(line.said["operation"]), _changed(line.said), str(line.said["actor"])) for line in lines
    ]
    return table(("BY HAND (UTC)", "COMMAND", "CHANGED", "BY"), rows)


def _changed(said: Document) -> str:
    if "lock" in said:
        run = f" of run {said['of']}" if said["of"] else ""
        return f"lock {said['lock']}{run}, held by {said['holder']}"
    to = f" is {said['to']}" if "to" in said else ""
    return f"{said['address']}{to} ({said['record']})"


def run(found: Run, lines: Sequence[Line]) -> str:
    """One run: what it was, then what it did line by line."""
    return "\n".join((*_about(found), "", *(_line(line) for line in lines)))


def _about(run: Run) -> Iterator[str]:
    yield f"Run {run.id} of environment {plain(run.environment)}: {plain(run.outcome)}"
    yield f"  by       {plain(run.actor)}"
    yield f"  commit   {plain(run.revision) or '-'}"
    yield f"  digest   {plain(run.digest)}"
    yield f"  tool     {plain(run.tool)}"
    yield f"  started  {moment(run.started)} UTC"
    yield f"  ended    {moment(run.ended)}"


_TOLD = ("method", "path", "status", "request", "operation", "record", "code", "actor", "outcome")


def _line(line: Line) -> str:
    refused = line.phase is Phase.ANSWERED and "status" not in line.said
    told = ["refused"] if refused else []
    told += [str(line.said[key]) for key in _TOLD if line.said.get(key) not in (None, "")]
    what = f"{moment(line.at)}  {line.phase:<8}  {line.step}"
    return plain(f"{what}  {' '.join(told)}".rstrip())


def locks(found: Sequence[Lock], now: float) -> str:
    """One line a lock; one whose lease has run out blocks nobody."""
    if not found:
        return "Nobody is writing."
    rows = [
        (
            str(lock.fence),
            lock.organisation,
            f"run {lock.run}",
            moment(lock.acquired),
            moment(lock.heartbeat),
            moment(lock.expires) if lock.expires > now else "run out",
            lock.holder,
        )
        for lock in found
    ]
    return table(("FENCE", "ORGANISATION", "FOR", "SINCE (UTC)", "LAST SIGN OF LIFE", "HOLDS UNTIL", "BY"), rows)


def remembered(addresses: Mapping[str, Mapping[str, object]]) -> str:
    """One line an address."""
    if not addresses:
        return "Nothing is remembered."
    rows = [
        (name, str(each["record"]), str(each.get("goal") or "-"), "protected" if each.get("protected") else "")
        for name, each in addresses.items()
    ]
    return table(("ADDRESS", "OBJECT", "APPLIED AS", ""), rows)


def one(name: str, each: Mapping[str, object]) -> str:
    """Everything that is remembered of one address."""
    return f"{plain(name)}\n{pretty(dict(each))}"


def verdict(lines: int) -> str:
    """That the journal holds."""
    return f"The history holds: {counted(lines, 'line')}, none altered, none missing."
