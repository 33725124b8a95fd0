"""The report: rows in, Markdown out."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import study
from measure import ratio
from study import OCTODNS, OURS, TERRAFORM, Row

Rows = Mapping[tuple[str, str], Mapping[int, Row]]
"""Rows by tool and command, then by size."""

_LARGE = 1000
_LIKENESSES = tuple(
    (what, peer) for peer in (TERRAFORM, OCTODNS) for what in (study.PLAN_NONE, study.PLAN_ALL, study.APPLY)
)
_NOTES = """\
- Absolute figures are noise: they belong to one machine and one hour. Ratios are the message: the commands of one
  size and situation ran in turns in the same rounds, and a ratio is the median over rounds of our CPU seconds by the
  peer's.
- CPU is user plus system of the whole process, start-up and imports included. The emulated organisation is a process
  of its own and not counted; its speed shows in our wall time. Terraform uses several cores, hence CPU and not wall.
- The load in the first line says how busy the machine was with other things during the run; above 1 the absolute
  figures are too high for both sides.
- A figure is the median of its runs, after a warm-up; what can run only once, an apply, says so.
- Requests were counted by the organisation. A full refresh lists 200 servers a page and asks for the authorization
  servers of each: the management API gives them in no other way. Terraform's `terraform_data` and octoDNS from YAML
  to YAML touch no network at all.
- Growth is the slope of CPU seconds over size on logarithmic scales, by least squares, from 1,000 on where there are
  two such sizes: 1 is linear, 2 is quadratic. Terraform's plan without changes starts from a state file that the
  benchmark wrote in the form that an apply leaves; its apply is measured up to 2,000 because of its growth.
- Beyond the largest size that was applied, the organisation is filled by copying rows in the emulator's state; that
  the plan then finds nothing to do proves the copy."""


def report(rows: Sequence[Row], machine: str, packages: str) -> str:
    """Give the whole page."""
    table: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        table.setdefault((row.tool, row.what), {})[row.size] = row
    parts = [
        "# Benchmarks",
        f"Written by `make bench`; do not edit.\n\n{machine}  \n{packages}",
        "## Targets",
        _grid(("target", "measured", "met"), _targets(table)),
        "## Against peers, in the same rounds",
        _grid(("command", "peer", "size", "ours, CPU s", "peer, CPU s", "ours / peer", "peak MiB"), _ratios(table)),
        "## Every figure",
        _grid(
            ("tool", "command", "size", "CPU s", "CPU ms each", "wall s", "peak MiB", "reads", "writes", "runs"),
            (_figures(row) for row in rows),
        ),
        "## Growth",
        _grid(("tool", "command", "sizes", "exponent"), _growth(table)),
        "## Notes",
        _NOTES,
    ]
    return "\n\n".join(parts) + "\n"


def _grid(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _figures(row: Row) -> tuple[str, ...]:
    spent, asked = row.spent, row.requests
    each = f"{1000 * spent.cpu / row.size:.2f}" if row.size else ""
    counts = (f"{asked.reads:,}", f"{asked.writes:,}") if asked else ("", "")
    runs = str(len(row.runs)) if len(row.runs) > 1 else "once"
    size = f"{row.size:,}" if row.size else ""
    return (row.tool, row.what, size, f"{spent.cpu:.2f}", each, f"{spent.wall:.2f}", f"{spent.peak:.0f}", *counts, runs)


def _ratios(table: Rows) -> Iterator[tuple[str, ...]]:
    for what, peer in _LIKENESSES:
        for size, theirs in table.get((peer, what), {}).items():
            ours = table[OURS, what].get(size)
            if ours is None:
                continue
            seconds = (f"{ours.spent.cpu:.2f}", f"{theirs.spent.cpu:.2f}")
            peaks = f"{ours.spent.peak:.0f} / {theirs.spent.peak:.0f}"
            yield (what, peer, f"{size:,}", *seconds, f"**{ratio(ours.runs, theirs.runs):.2f}**", peaks)


def _growth(table: Rows) -> Iterator[tuple[str, ...]]:
    for (tool, what), by_size in table.items():
        slope = exponent(by_size)
        if slope is not None:
            yield (tool, what, ", ".join(f"{size:,}" for size in _regarded(by_size)), f"{slope:.2f}")


def _regarded(by_size: Mapping[int, Row]) -> list[int]:
    large = [size for size in sorted(by_size) if size >= _LARGE]
    return large if len(large) > 1 else sorted(by_size)


def exponent(by_size: Mapping[int, Row]) -> float | None:
    """Give the slope of CPU seconds over size on logarithmic scales; None for fewer than two sizes."""
    sizes = _regarded(by_size)
    if len(sizes) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    points = [(math.log(size), math.log(by_size[size].spent.cpu)) for size in sizes]
    middle = [sum(axis) / len(points) for axis in zip(*points, strict=True)]
    rise: float = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    run: float = sum((x - middle[0]) ** 2 for x, _ in points)
    return rise / run


def _targets(table: Rows) -> Iterator[tuple[str, ...]]:
    """What was promised, and where it stands; a target whose size was not measured is left out."""
    for size, row in table[OURS, study.VALIDATE].items():
        if size >= 10 * _LARGE:
            scaled = row.spent.cpu / size * 10 * _LARGE
            text = f"{row.spent.cpu:.2f} s for {size:,}, {scaled:.2f} s for 10,000"
            yield ("`validate` of 10,000 documents under 2 s of CPU", text, _met(scaled < 2))  # noqa: PLR2004
    yield from _against_terraform(table)
    ours, theirs = (exponent(table.get((tool, study.APPLY), {})) for tool in (OURS, TERRAFORM))
    if ours is not None:
        text = f"{ours:.2f}" + (f"; Terraform {theirs:.2f}" if theirs is not None else "")
        yield ("CPU time of `apply` grows linearly: exponent at most 1.1", text, _met(ours <= 1.1))  # noqa: PLR2004
    wall = table[OURS, study.HELP][0].spent.wall
    yield ("`reconciler --help` under 0.15 s", f"{wall:.3f} s", _met(wall < 0.15))  # noqa: PLR2004


def _against_terraform(table: Rows) -> Iterator[tuple[str, ...]]:
    for size in (_LARGE, 4 * _LARGE):
        ours = table[OURS, study.PLAN_NONE].get(size)
        settled = table.get((TERRAFORM, study.PLAN_NONE), {}).get(size)
        cold = table.get((TERRAFORM, study.PLAN_ALL), {}).get(size)
        if not ours or not settled or not cold:
            continue
        by_settled, by_cold = ratio(ours.runs, settled.runs), ours.spent.cpu / cold.spent.cpu
        text = f"{by_settled:.2f} of its plan without changes, {by_cold:.2f} of its plan that creates all"
        words = f"`plan`, full refresh over HTTP, nothing to do: at most Terraform's CPU, {size:,}"
        yield (words, text, _met(max(by_settled, by_cold) <= 1))


def _met(yes: bool) -> str:  # noqa: FBT001 - a verdict in, a word out
    return "yes" if yes else "**no**"
