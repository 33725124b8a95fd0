"""The inventories of the contract are whole, agree with what the emulator offers, and cannot name what is not there."""

import functools
import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from reconciler.emulator.errors import SUMMARIES
from reconciler.emulator.faults import FAULTS
from reconciler.emulator.routes import ROUTES
from reconciler.emulator.schemas import SCHEMAS
from reconciler.emulator.switches import SWITCHES

ROOT = Path(__file__).parents[2]
CONTRACT = Path(__file__).parent / "contract"
SHOWN = [
    "McpServer",
    "Attached",
    "Operation",
    "ClientAuthSettings",
    "App",
    "Secret",
    "ClientKey",
    "CustomServer",
    "Scope",
    "Claim",
    "Policy",
    "Rule",
    "Agent",
    "Connection",
    "DelegationLink",
]


@pytest.mark.parametrize("number", range(3))
def test_the_examples_of_the_page_run(number):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    if "\nrun(" in blocks[number]:
        compile(blocks[number], "docs/emulator.md", "exec")  # it serves until it is told to stop
        return
    names = {}
    exec(blocks[1], names)
    exec(blocks[number], names)
    assert names["client"].get("/openapi.json").status_code == 200
    names["client"].close()
    names["app"].close()


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


coverage = load(ROOT / "docs" / "okta_coverage.py")


@functools.cache
def rows(name):
    return yaml.safe_load((CONTRACT / f"{name}.yaml").read_text(encoding="utf-8"))["rows"]


def offered(route):
    path = re.sub(r"<(\w+)>", r"{\1}", route.path)
    return f"{route.method} {path}"


def test_every_call_is_in_the_inventory_and_every_entry_is_a_call():
    listed = [row["what"] for row in rows("endpoints") if "outside" not in row]
    assert sorted(listed) == sorted(offered(route) for route in ROUTES if route.family != "emulator")


def test_what_is_left_out_is_really_not_there():
    for row in rows("endpoints"):
        if "outside" in row:
            assert not [route for route in ROUTES if route.path.startswith(row["what"])], row["what"]


def test_every_field_that_is_shown_is_in_the_inventory():
    fields = {".".join(row["what"].split(".")[:2]) for row in rows("fields")}
    shown = {f"{name}.{field}" for name in SHOWN for field in SCHEMAS[name]["properties"]}
    assert shown - fields == set()


def test_every_field_of_the_inventory_is_in_the_description():
    for row in rows("fields"):
        if ":" in row["what"]:
            continue  # a field whose name nobody knows
        name, *path = row["what"].split(".")
        schema = SCHEMAS[name]
        for part in path:
            assert part in schema["properties"], row["what"]
            schema = schema["properties"][part]


def test_every_code_that_can_be_answered_is_in_the_inventory():
    listed = {row["what"].split(" ")[0] for row in rows("errors")}
    assert {code for code in SUMMARIES if code != "E0000038"} <= listed, "E0000038 is the alternative of a switch"


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.name)
def test_every_switch_stands_at_the_question_that_it_answers(switch):
    entries = [row for name in ("quirks", "switches", "further") for row in rows(name)]
    assert any(row["id"] == switch.row and f"`{switch.name}`" in row.get("shown", "") for row in entries)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.origin != "wire"], ids=lambda fault: fault.name)
def test_every_oddity_that_was_seen_stands_at_its_quirk(fault):
    entries = {row["id"]: row.get("shown", "") for name in ("quirks", "switches") for row in rows(name)}
    if fault.origin in entries:
        assert f"fault `{fault.name}`" in entries[fault.origin]
    else:
        assert fault.origin.startswith("2."), "seen where the inventory has no entry"


def test_every_fault_of_the_wire_is_in_the_inventory():
    shown = " ".join(row["shown"] for row in rows("transport"))
    assert [fault.name for fault in FAULTS if fault.origin == "wire" and f"`{fault.name}`" not in shown] == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"id": "5.1", "what": "x", "tests": ["emulator/test_app.py::test_nothing"]}, "there is no test"),
        ({"id": "5.1", "what": "x", "tests": ["emulator/nowhere.py::test_nothing"]}, "there is no test"),
        ({"id": "5.1", "what": "x", "tests": []}, "needs a test"),
        ({"id": "5.2", "what": "x", "outside": "because"}, "not numbered"),
    ],
)
def test_the_page_cannot_be_made_with_an_entry_that_nothing_covers(tmp_path, row, fault):
    for name in coverage.INVENTORIES:
        (tmp_path / f"{name}.yaml").write_text((CONTRACT / f"{name}.yaml").read_text(encoding="utf-8"))
    broken = {"title": "Quirks", "source": "", "count": 1, "rows": [row]}
    (tmp_path / "quirks.yaml").write_text(yaml.safe_dump(broken))
    with pytest.raises(coverage.Uncovered, match=fault):
        list(coverage.page(tmp_path))
