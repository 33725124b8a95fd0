"""The page that says which test covers what of the contract; made from the inventories in tests/emulator/contract."""

import ast
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
INVENTORIES = ("endpoints", "fields", "moves", "errors", "access", "quirks", "switches", "further", "transport")


class Uncovered(Exception):
    """Something of the contract without a test that exists, and without a reason why there is none."""


def page(folder: Path) -> Iterator[str]:
    """Give the page line by line; Uncovered lists every fault of the inventories at once."""
    found = {name: yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in INVENTORIES}
    faults = [f"{name}: {fault}" for name, inventory in found.items() for fault in _faults(inventory)]
    if faults:
        raise Uncovered("\n".join(faults))
    yield "# What of the contract is covered"
    yield ""
    yield "Every endpoint, field, move, error, quirk and open question of the contract, and what breaks on the wire,"
    yield "with the test that covers it. Made by `make generate` from `tests/emulator/contract/`; it fails for an entry"
    yield "without a test that exists. That the inventories are whole, and agree with what the emulator offers,"
    yield "is checked by `tests/emulator/test_contract.py`."
    yield ""
    yield "| part | entries | covered | left out, with a reason |"
    yield "|---|---|---|---|"
    for inventory in found.values():
        rows = inventory["rows"]
        outside = sum("outside" in row for row in rows)
        yield f"| {inventory['title']} ({inventory['source']}) | {len(rows)} | {len(rows) - outside} | {outside} |"
    for inventory in found.values():
        yield ""
        yield f"## {inventory['title']}"
        yield ""
        yield from _table(inventory["rows"])


def _table(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    is_shown = any("shown" in row for row in rows)
    yield "| § | what |" + (" in the emulator |" if is_shown else "") + " test |"
    yield "|---|---|" + ("---|" if is_shown else "") + "---|"
    for row in rows:
        tests = "<br>".join(f"`{test}`" for test in row.get("tests", ())) or f"left out: {row['outside']}"
        shown = f" {row.get('shown', '')} |" if is_shown else ""
        yield f"| {row['id']} | {row['what']} |{shown} {tests} |"


def _faults(inventory: Mapping[str, Any]) -> Iterator[str]:
    for row in inventory["rows"]:
        if bool(row.get("tests")) == bool(row.get("outside")):
            yield f"{row['id']} {row['what']}: it needs a test, or a reason why there is none"
        for test in row.get("tests", ()):
            path, _, name = test.partition("::")
            if name not in _names(path):
                yield f"{row['id']} {row['what']}: there is no test {test}"
    wanted = inventory.get("count")
    numbers = [row["id"].partition(".")[2] for row in inventory["rows"]]
    if wanted is not None and numbers != [str(number) for number in range(1, wanted + 1)]:
        yield f"the rows are not numbered from 1 to {wanted}"


@functools.cache
def _names(path: str) -> frozenset[str]:
    """The tests in a file below tests/."""
    where = ROOT / "tests" / path
    if not where.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(where.read_text(encoding="utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
