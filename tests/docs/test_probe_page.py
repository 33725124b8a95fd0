"""The page about `reconciler probe` shows what the command prints, in the quickstart's world."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import httpx
import pytest

from reconciler.cli import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "probe.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ reconciler (probe[^\n]*)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def place(defects):
    with defects.served() as (_, found):
        yield found


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_the_command_prints_what_the_page_shows(defects, place, tmp_path: Path, command: str, shown: str):
    command, _, broken = command.partition("# broken: ")
    defects.project(tmp_path, place, None)

    def here(text: str) -> str:
        found = text.replace("http://127.0.0.1:9101/mcp", place.mcp).replace("http://127.0.0.1:9102", place.issuer)
        return found.replace("—", "-")  # what is not a terminal need not know the dash

    def become(state) -> None:
        httpx.post(place.control, json={"broken": state}, trust_env=False, timeout=60).raise_for_status()

    told = io.StringIO()
    become(broken or False)
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            run(["probe", "--chdir", str(tmp_path), *shlex.split(here(command))[1:]])
    finally:
        become(state=False)
    lines = [line.rstrip() for line in told.getvalue().splitlines()]
    assert [line for line in here(shown).splitlines() if line.strip() and line not in lines] == []


def test_every_check_and_file_that_the_page_names_exists():
    from reconciler.oauth import CHECKS

    assert set(re.findall(r"\b[A-Z]{3}\d{3}\b", PAGE)) <= CHECKS.keys()
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    assert len(SESSIONS) >= 6
