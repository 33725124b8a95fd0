"""A plan of 5,000 changes in every form: bytes, CPU, what stays visible in the comment, what it takes a browser.

Run it with `make bench-render`, or `python benchmarks/render.py`; with `--write` it writes its section of RESULTS.md.
The browser is Debian's Chromium, by Playwright; without one its lines are left out.
"""

import argparse
import os
import platform
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import sections
from playwright.sync_api import Browser, sync_playwright

from reconciler import app
from reconciler.core import plan_file
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.kind import Risk
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, FieldChange, Plan, Reason, Target, Transition, Update
from reconciler.core.risk import SCOPES_WIDENED
from reconciler.render import annotations, machine, pull_request, report, sarif, terminal
from reconciler.render.review import Review, review

TITLE = "## A plan of 5,000 changes, in every form"
UPDATES, CREATES, ACTIVATES, DELETES, HELD = 4_000, 500, 300, 150, 50
RUNS = 3
_DOCUMENT = {
    "resourceUrl": "https://mcp-{n}.example.com/mcp",
    "displayName": "Server {n}",
    "description": "Tickets, boards and everything around them",
}


def made() -> Plan:
    """The plan: mostly harmless, with every kind of danger in it."""
    changes = [
        *(_update(n) for n in range(UPDATES)),
        *(_create(n) for n in range(UPDATES, UPDATES + CREATES)),
        *(_activate(n) for n in range(UPDATES + CREATES, UPDATES + CREATES + ACTIVATES)),
        *(_delete(n) for n in range(DELETES)),
        *(Change(Address("McpServer", f"held-{n:04}"), Action.BLOCKED, Reason.PROTECTED) for n in range(HELD)),
    ]
    problems = [
        Diagnostic("PLN004", "The object is protected", "The plan would delete it.", "Unprotect it.", subject=str(each))
        for each in (change.address for change in changes[-HELD:])
    ]
    return Plan(Target("production", "okta", "https://acme.okta.com"), tuple(changes), tuple(problems))


def _update(n: int) -> Change:
    address = Address("McpServer", f"server-{n:04}")
    scopes = ["tickets:read", "tickets:write"]
    wider = FieldChange(("scopes",), "change", scopes, [*scopes, f"boards-{n}:admin"])
    said = FieldChange(("description",), "change", f"Tickets of team {n}", f"Tickets and boards of team {n}, for all")
    risky = n % 100 == 0
    return Change(
        address,
        Action.UPDATE,
        Reason.FIELDS_DIFFER,
        Risk.HIGH if risky else Risk.LOW,
        f"ems{n:017}",
        State.ACTIVE,
        State.ACTIVE,
        (wider, said) if risky else (said,),
        (Update(f"{address}/update", address, f"ems{n:017}", {"description": said.after}),),
        source=Source(f"registry.d/team-{n % 40}/server-{n:04}.yaml", 3, 1),
        hazards=(SCOPES_WIDENED.at("scopes", f"boards-{n}:admin comes."),) if risky else (),
    )


def _create(n: int) -> Change:
    address = Address("McpServer", f"server-{n:04}")
    document = {key: text.format(n=n) for key, text in _DOCUMENT.items()}
    fields = tuple(FieldChange((key,), "add", after=text) for key, text in document.items())
    make = Create(f"{address}/create", address, document, State.ACTIVE)
    raise_ = Transition(
        f"{address}/activate", address, None, "activate", State.INACTIVE, State.ACTIVE, after=(make.id,)
    )
    return Change(
        address, Action.CREATE, Reason.MISSING, Risk.MEDIUM, goal=State.ACTIVE, fields=fields, steps=(make, raise_)
    )


def _activate(n: int) -> Change:
    address = Address("McpServer", f"server-{n:04}")
    step = Transition(f"{address}/activate", address, f"ems{n:017}", "activate", State.INACTIVE, State.ACTIVE)
    return Change(address, Action.ACTIVATE, Reason.STATE_DIFFERS, Risk.MEDIUM, f"ems{n:017}", steps=(step,))


def _delete(n: int) -> Change:
    address = Address("McpServer", f"gone-{n:04}")
    down = Transition(f"{address}/deactivate", address, f"ems9{n:016}", "deactivate", State.ACTIVE, State.INACTIVE)
    gone = Transition(
        f"{address}/delete", address, f"ems9{n:016}", "delete", State.INACTIVE, State.DELETED, after=(down.id,)
    )
    return Change(address, Action.DELETE, Reason.TOMBSTONE, Risk.HIGH, f"ems9{n:016}", State.ACTIVE, steps=(down, gone))


# -- measuring -----------------------------------------------------------------------------------------------------


def measured() -> Iterator[str]:
    """The section, line by line."""
    plan = made()
    seen = review(plan)
    rules = app.rules()
    forms: dict[str, Callable[[], str]] = {
        "terminal, compact": lambda: terminal.render(plan),
        "terminal, `--detail`": lambda: terminal.render(plan, detail=True),
        "Markdown": lambda: pull_request.render(seen),
        "HTML": lambda: report.render(seen),
        "JSON (with digest and checksum)": lambda: plan_file.dump(plan),
        "SARIF": lambda: _sarif(seen, rules),
        "GitHub annotations": lambda: annotations.review(seen),
    }
    yield TITLE
    yield ""
    yield f"Written by `make bench-render`; {platform.machine()}, Python {platform.python_version()}. {_what()}"
    yield "CPU of one rendering, median of three; the review that all forms read is computed once and is not in them"
    yield "(the terminal computes its own)."
    yield ""
    yield "| form | bytes | CPU ms |"
    yield "| --- | ---: | ---: |"
    yield f"| the review | | {_cpu(lambda: str(len(review(plan).rows)))[1]:.0f} |"
    for name, form in forms.items():
        text, cpu = _cpu(form)
        yield f"| {name} | {len(text.encode()):,} | {cpu:.0f} |"
    yield ""
    yield _visible(pull_request.render(seen))
    yield from _browser(report.render(seen))


def _what() -> str:
    parts = (f"{UPDATES:,} updates", f"{CREATES} creates", f"{ACTIVATES} activations", f"{DELETES} deletes")
    return f"{', '.join(parts)} and {HELD} blocked changes."


def _sarif(seen: Review, rules: Mapping[str, Rule]) -> str:
    return machine.dump(sarif.diagnostics(seen.findings, rules, sarif.Scan("bench")))


def _cpu(form: Callable[[], str]) -> tuple[str, float]:
    """What a form gives, and the milliseconds of CPU that it takes."""
    text, taken = form(), []
    for _ in range(RUNS):
        start = time.process_time()
        text = form()
        taken.append(1000 * (time.process_time() - start))
    return text, statistics.median(taken)


def _visible(text: str) -> str:
    gone = len(set(re.findall(r"McpServer\.gone-\d{4}", text)))
    held = len(set(re.findall(r"McpServer\.held-\d{4}", text)))
    risky = len({n for n in re.findall(r"McpServer\.server-(\d{4})", text) if int(n) < UPDATES and int(n) % 100 == 0})
    left = sum(int(number.replace(",", "")) for number in re.findall(r"- (\d+) more, left out here", text))
    return (
        f"In the comment of at most {pull_request.LIMIT:,} bytes: {gone} of {DELETES} deletes, {held} of {HELD} "
        f"blocked changes and {risky} of {UPDATES // 100} updates of high risk are named; {left:,} changes are left "
        "out, and counted."
    )


def _browser(page: str) -> Iterator[str]:
    """What it takes Chromium to show the page, and to filter it: CPU of all of its processes, and wall time."""
    found = shutil.which("chromium")
    if found is None:
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        file.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=found, args=list(_QUIET))
        figures = [_opened(browser, file) for _ in range(RUNS)]
        browser.close()
    opening, wall, filtering = (statistics.median(column) for column in zip(*figures, strict=True))
    yield ""
    yield (
        f"Chromium opens the HTML in {opening:.2f} s of CPU in all its processes ({wall:.2f} s of wall time on a "
        f"machine with a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores), until the script has run and the "
        f"page is laid out, and filters the rows by text in {filtering:.2f} s of CPU (medians of three)."
    )


def _opened(browser: Browser, file: Path) -> tuple[float, float, float]:
    tab = browser.new_page()
    before, start = _spent(), time.perf_counter()
    tab.goto(file.as_uri())
    tab.evaluate("document.body.offsetHeight")
    opened, wall = _spent(), time.perf_counter() - start
    tab.evaluate(_FILTER)
    filtered = _spent()
    tab.close()
    return opened - before, wall, filtered - opened


def _spent() -> float:
    """CPU seconds of all processes under this one."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
            spent[int(stat.parent.name)] = int(fields[11]) + int(fields[12])
    mine, grown = {os.getpid()}, True
    while grown:
        more = {process for process, parent in parents.items() if parent in mine} - mine
        mine, grown = mine | more, bool(more)
    return sum(spent.get(process, 0) for process in mine - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_FILTER = """() => {
  const form = document.querySelector("form.filter");
  form.elements.text.value = "server-0042";
  form.dispatchEvent(new Event("input"));
  return document.body.offsetHeight;
}"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    chosen = arguments.parse_args()
    text = "\n".join(measured()) + "\n"
    print(text)
    if chosen.write:
        sections.write(text)


if __name__ == "__main__":
    main()
