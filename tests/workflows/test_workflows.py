"""The workflows that users take over, run step by step: the action's own scripts, a real organisation API, a real ledger."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.hub import hub
from tests.support.postgres import cluster
from tests.support.warm import client
from tests.workflows.story import CREDENTIAL, Town, play

pytestmark = pytest.mark.xdist_group("workflows")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "workflows.md"
START, END = "<!-- table: written by ACCEPT=1 pytest tests/workflows -->\n", "<!-- end of table -->\n"


@pytest.fixture(scope="module")
def organisation() -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "reconciler", "emulator", "serve", "--port", "0", "--operation-delay", "0"]
    command += ["--switch", "rate-limit=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        token = {"Authorization": f"SSWS {CREDENTIAL}"}
        try:
            with httpx.Client(base_url=url, headers=token, trust_env=False, timeout=60) as client:
                yield client
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def town(tmp_path_factory, organisation) -> Iterator[Town]:
    """Everything has happened once; the tests look at what came of it."""
    folder = tmp_path_factory.mktemp("town")
    with hub() as github, cluster() as database, client(folder) as tool:
        made = Town(folder, github, organisation, database.fresh(), tool)
        made.begin(ROOT)
        play(made)
        yield made


def table(town: Town) -> str:
    rows = ["| workflow | what happens | what comes of it |", "|---|---|---|"]
    rows += [f"| {flow} | {scenario} | {outcome} |" for flow, scenario, outcome in town.rows]
    return "".join(f"{row}\n" for row in rows)


def test_every_scenario_comes_out_as_the_page_says(town):
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    made = before + START + table(town) + END + rest.partition(END)[2]
    if os.environ.get("ACCEPT"):
        PAGE.write_text(made, encoding="utf-8")
        text = made
    assert made == text
