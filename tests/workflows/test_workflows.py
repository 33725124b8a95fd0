"""The workflows that users take over, run step by step: the action's own scripts, a real API, a real ledger."""

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

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "workflows.md"
WHOLE = bool(os.environ.get("WHOLE") or os.environ.get("ACCEPT"))
"""Everything of the page; without it, one scenario of each sort."""
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
            process.kill()


@pytest.fixture(scope="module")
def town(tmp_path_factory, organisation) -> Iterator[Town]:
    """Everything has happened once; the tests look at what came of it."""
    folder = tmp_path_factory.mktemp("town")
    with hub() as github, cluster() as database, client(folder) as tool:
        made = Town(folder, github, organisation, database.fresh(), tool, WHOLE)
        made.begin(ROOT)
        play(made)
        yield made


def rows(town: Town) -> list[str]:
    return [f"| {flow} | {scenario} | {outcome} |" for flow, scenario, outcome in town.rows]


def test_every_scenario_comes_out_as_the_page_says(town):
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    shown, _, after = rest.partition(END)
    head = ["| workflow | what happens | what comes of it |", "|---|---|---|"]
    if os.environ.get("ACCEPT"):
        shown = "".join(f"{row}\n" for row in (*head, *rows(town)))
        PAGE.write_text(before + START + shown + END + after, encoding="utf-8")
    assert [row for row in rows(town) if row not in shown.splitlines()] == []
    if WHOLE:
        assert shown.splitlines() == [*head, *rows(town)]


def test_a_fork_gets_no_secret_writes_no_comment_and_nobody_is_asked(town):
    ended = town.ended["a fork that changes reconciler.yaml"]
    assert ended.secrets_seen == set()
    assert town.sent["a fork that changes reconciler.yaml"] == 0
    assert [each for each in town.hub.comments if each["pull"] == 4] == []
    assert "McpServer.wishes" in ended.summary
    assert "Compared with the base branch" in ended.summary


def test_the_summary_of_a_job_and_its_artifact_show_the_plan(town):
    ended = town.ended["another commit"]
    assert "Tools for all" in ended.summary
    assert "Tools for all" in ended.artifacts["plan"]
    assert ended.outputs["changes"] == "true"
    assert ended.outputs["digest"] in ended.summary


def test_a_pull_request_has_one_comment_and_it_is_about_the_last_commit(town):
    [comment] = [each for each in town.hub.comments if each["pull"] == 2]
    assert town.ended["another commit"].outputs["digest"] in comment["body"].splitlines()[0]


def test_what_was_reviewed_is_what_is_there_and_a_resumed_run_did_nothing_twice(town):
    expected = {"first", "Tools for all", "alpha", "beta"}
    assert expected <= town.servers.keys()
    assert {town.servers[name] for name in expected} == {"ACTIVE"}
    assert town.writes["an apply that fails half-way"] + town.writes["the failed job is run again"] == 6


def test_drift_has_one_issue_from_the_first_look_to_the_last(town):
    first, *_ = town.hub.issues
    assert first["state"] == "closed"
    assert first["labels"] == ["reconciler-drift"]
    assert "No drift" in first["body"]


def test_all_that_was_said_to_github_and_by_it_is_as_github_describes_it(town):
    assert town.hub.strayed == []


def test_no_secret_and_no_token_is_in_what_a_job_leaves_behind(town):
    for ended in town.ended.values():
        left = "".join((ended.log, ended.summary, *ended.artifacts.values()))
        assert [secret for secret in (CREDENTIAL, town.ledger, *town.hub.tokens) if secret in left] == []
