"""Write everything in the repository that is made from code; with --check, say what is stale and exit with 1."""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import blocks
import click
import lock
import models
import okta_coverage

from reconciler import app
from reconciler.cli import group
from reconciler.core.diagnostic import Rule
from reconciler.emulator.access import NEEDS, scopes
from reconciler.emulator.faults import FAULTS
from reconciler.emulator.routes import ROUTES
from reconciler.emulator.switches import SWITCHES
from reconciler.kinds import KINDS
from reconciler.oauth import CHECKS
from reconciler.oauth.page import covered_by, page

ROOT = Path(__file__).resolve().parent.parent

CONTRACT = ROOT / "tests" / "emulator" / "contract"
EMULATOR_PAGE = ROOT / "docs" / "emulator.md"


def generated() -> Mapping[Path, str]:
    """Give every generated file with the text that it should have."""
    files = {
        ROOT / "schemas" / name: json.dumps(body, indent=2, ensure_ascii=False) + "\n"
        for name, body in app.schemas().items()
    }
    reference = ROOT / "docs" / "reference"
    schemas, examples = app.schemas(), ROOT / "examples"
    settings = models.configuration(schemas, group, examples / "multi-environment" / "reconciler.yaml")
    files[reference / "configuration.md"] = "\n".join(settings) + "\n"
    files[reference / "kinds.md"] = (
        "\n".join(models.kinds(schemas, KINDS, sorted(examples.glob("*/registry.d/**/*.yaml")))) + "\n"
    )
    files[reference / "codes.md"] = "\n".join(_codes(app.rules())) + "\n"
    files[ROOT / "docs" / "checks.md"] = _checks()
    files[reference / "commands.md"] = "\n".join(_commands()) + "\n"
    files[EMULATOR_PAGE] = _emulator_page(EMULATOR_PAGE.read_text(encoding="utf-8"))
    files[ROOT / "docs" / "okta-coverage.md"] = "\n".join(okta_coverage.page(CONTRACT)) + "\n"
    files[ROOT / ".github" / "actions" / "reconciler" / "requirements.txt"] = lock.text(ROOT)
    files[ROOT / "docs" / "adr" / "README.md"] = "\n".join(_decisions()) + "\n"
    return files


def _codes(rules: Mapping[str, Rule]) -> Iterator[str]:
    yield "# Diagnostic codes"
    yield ""
    yield "Made by `make generate` from the rules in the source. `reconciler explain CODE` prints the same. Readiness"
    yield "checks have [a page of their own](../checks.md)."
    yield ""
    yield "| code | severity | what |"
    yield "|---|---|---|"
    for rule in rules.values():
        link = blocks.anchor(f"{rule.code}: {rule.summary}")
        yield f"| [{rule.code}](#{link}) | {rule.severity} | {rule.summary} |"
    for rule in rules.values():
        yield ""
        yield f"## {rule.code}: {rule.summary}"
        yield ""
        yield f"Severity: {rule.severity}. {rule.why}"
        yield ""
        yield "```text"
        yield rule.example
        yield "```"
        yield ""
        yield f"**Fix.** {rule.fix}"


def _checks() -> str:
    """The page of readiness checks; a check without a test stops everything."""
    places = sorted((ROOT / "tests" / "oauth" / "checks").glob("test_*.py"))
    texts = {place.relative_to(ROOT).as_posix(): place.read_text(encoding="utf-8") for place in places}
    tests = covered_by(CHECKS.values(), texts)
    if untested := CHECKS.keys() - tests.keys():
        sys.exit(f"No test spoils a world for {', '.join(sorted(untested))}.")
    return page(CHECKS, tests)


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Made by `make generate` from `--help`. What each exit code means stands at the end of the first; each option"
    yield "has [an environment variable](configuration.md#for-one-run)."
    yield from _help(group, "reconciler", None)


def _help(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, terminal_width=100)
    yield ""
    yield f"## `{path}`"
    yield ""
    yield "```text"
    yield from (line.rstrip() for line in command.get_help(context).splitlines())
    yield "```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _help(child, f"{path} {name}", context)


def _emulator_page(text: str) -> str:
    """The page as it is written, with its tables made anew between their marks."""
    for name, lines in {
        "endpoints": _endpoints(),
        "needs": _needs(),
        "switches": _switches(),
        "faults": _faults(),
    }.items():
        start, end = f"<!-- {name}: made by `make generate` -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = text.partition(start)
        text = before + start + "".join(f"{line}\n" for line in lines) + end + rest.partition(end)[2]
    return text


def _endpoints() -> Iterator[str]:
    yield "| call | success | bucket | what it does |"
    yield "|---|---|---|---|"
    for route in ROUTES:
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)
        codes = ", ".join(str(code) for code in route.success)
        yield f"| `{route.method} {path}` | {codes} | {route.family} | {route.summary} |"


def _needs() -> Iterator[str]:
    yield "| bucket | read scope | write scope | roles, one of |"
    yield "|---|---|---|---|"
    for family, need in NEEDS.items():
        read, write = (" or ".join(f"`{scope}`" for scope in scopes(family, method)) for method in ("GET", "POST"))
        is_written = any(route.family == family and route.method != "GET" for route in ROUTES)
        yield f"| {family} | {read} | {write if is_written else ''} | {', '.join(need.roles)} |"


def _switches() -> Iterator[str]:
    yield "| switch | default | alternatives | row | what it decides |"
    yield "|---|---|---|---|---|"
    for switch in SWITCHES:
        others = ", ".join(f"`{value}`" for value in switch.values if value != switch.default) or "a whole number"
        yield f"| `{switch.name}` | `{switch.default}` | {others} | {switch.row} | {switch.description} |"


def _faults() -> Iterator[str]:
    yield "| fault | usual requests | lasts | seen in | what happens |"
    yield "|---|---|---|---|---|"
    for fault in FAULTS:
        lasts = "until disarmed" if fault.lasts else "one request"
        yield f"| `{fault.name}` | `{fault.method} {fault.path}` | {lasts} | {fault.origin} | {fault.description} |"


def _decisions() -> Iterator[str]:
    yield "# Decisions"
    yield ""
    yield "Made by `make generate` from the titles. Each is half a page: context, decision, consequences, alternatives."
    yield ""
    for path in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        yield f"- [{title}]({path.name})"


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a file is stale")
    check = parser.parse_args().check
    try:
        wanted = generated()
    except okta_coverage.Uncovered as error:
        sys.stdout.write(f"docs/okta-coverage.md cannot be made (tests/emulator/contract/):\n{error}\n")
        return 1
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    stray = [path for path in sorted((ROOT / "schemas").glob("*.json")) if path not in wanted]
    undone = list(blocks.faults(ROOT))
    for fault in undone:
        sys.stdout.write(f"{fault}\n")
    for path in () if check else stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in (*stale, *stray):
        sys.stdout.write(f"{'stale' if check or path in stray else 'wrote'} {path.relative_to(ROOT)}\n")
    return 1 if stray or undone or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
