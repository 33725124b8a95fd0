"""`make bench`: measure everything, ours and peers, and write benchmarks/RESULTS.md."""

import argparse
import datetime as dt
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

import peers
import probe
import render
import sections
import study
import table
import warm
from measure import RECONCILER, Job, once
from study import Row, Scale

_FULL = Scale(sizes=(100, 1000, 4000, 10_000), terraform=(100, 1000, 2000, 4000), octodns=(100, 1000, 4000))
_QUICK = Scale(sizes=(20, 60), terraform=(20, 60), octodns=(20, 60), rounds=1, apply_up_to=20)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, write."""
    chosen = _options(arguments)
    scale = _scale(chosen)
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        rows = _measure(Path(folder), scale)
    page = table.report(rows, _machine(), _packages(scale))
    if chosen.output is None:
        print(page)
    else:
        before = chosen.output.read_text(encoding="utf-8") if chosen.output.exists() else ""
        chosen.output.write_text(
            sections.carried(before, page, (probe.TITLE, warm.TITLE, render.TITLE)), encoding="utf-8"
        )
        print(f"Wrote {chosen.output}.")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works; prints, writes nothing")
    parser.add_argument("--sizes", type=_numbers, help="numbers of MCP servers, for example 100,1000")
    parser.add_argument("--peers", default="terraform,octodns", help="which peers; none for none")
    parser.add_argument("--rounds", type=int, help="how often each command runs; small sizes run twice more")
    parser.add_argument("--apply-up-to", type=int, help="largest size that is really applied")
    parser.add_argument("--terraform-apply-up-to", type=int, help="the same for Terraform, which is quadratic")
    parser.add_argument(
        "--output", type=Path, help="file to write; default: benchmarks/RESULTS.md, with --quick stdout"
    )
    chosen = parser.parse_args(arguments)
    if chosen.output is None and not chosen.quick:
        chosen.output = sections.RESULTS
    return chosen


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


def _scale(chosen: argparse.Namespace) -> Scale:
    base = _QUICK if chosen.quick else _FULL
    wanted = set(chosen.peers.split(",")) & peers.installed().keys()
    return Scale(
        sizes=chosen.sizes or base.sizes,
        terraform=(chosen.sizes or base.terraform) if "terraform" in wanted else (),
        octodns=(chosen.sizes or base.octodns) if "octodns" in wanted else (),
        rounds=chosen.rounds or base.rounds,
        apply_up_to=chosen.apply_up_to or base.apply_up_to,
        terraform_apply_up_to=chosen.terraform_apply_up_to or base.terraform_apply_up_to,
    )


def _measure(folder: Path, scale: Scale) -> list[Row]:
    once(Job((*RECONCILER, "version"), folder))  # writes the bytecode that later runs find
    rows = [_told(row) for row in study.start_up(folder, 2 * scale.rounds + 1)]
    for size in sorted({*scale.sizes, *scale.terraform}):
        place = folder / str(size)
        place.mkdir()
        measured = study.study(place, size, scale) if size in scale.sizes else study.terraform_alone(place, size, scale)
        rows += [_told(row) for row in measured]
    return rows


def _told(row: Row) -> Row:
    print(
        f"{row.tool:<10}  {row.what:<38} {row.size:>6}  {row.spent.cpu:8.2f} s CPU  {row.spent.wall:8.2f} s", flush=True
    )
    return row


def _machine() -> str:
    today = dt.datetime.now(tz=dt.UTC).date()
    system = f"{os.cpu_count()} cores (load {os.getloadavg()[2]:.1f}), {platform.machine()}, {platform.system()}"
    return f"{today}; {system}; Python {platform.python_version()}."


def _packages(scale: Scale) -> str:
    measured = {"terraform": scale.terraform, "octodns": scale.octodns}
    found = [version for peer, version in peers.installed().items() if measured[peer]]
    return f"Peers: {', '.join(found)}." if found else "No peers were measured."


if __name__ == "__main__":
    main()
