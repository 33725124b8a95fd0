"""The quickstart's real servers, broken by hand: the right check comes first, and its fix leads to the repair."""

import contextlib
import io
from pathlib import Path

import pytest

from reconciler.cli import run

ROOT = Path(__file__).parents[2]


PAGE = (ROOT / "docs" / "defects.md").read_text(encoding="utf-8")
LISTED = [line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| ") and "](" in line]


@pytest.fixture(scope="module")
def quickstart(defects):
    with defects.served() as found:
        yield found


def inside(folder: Path, arguments: tuple[str, ...]) -> tuple[int, str]:
    """The same command in this process, which costs a tenth; the page is made with the installed one."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(io.StringIO()):
        code = run(["probe", "--chdir", str(folder), *arguments])
    return code, told.getvalue()


@pytest.mark.parametrize("name", LISTED)
def test_a_defect_is_named_first_and_its_repair_makes_the_server_ready(defects, quickstart, name):
    [defect] = [defect for defect in defects.DEFECTS if defect.name == name]
    row = defects.examine(*quickstart, defect, inside)
    assert row.faults == []
    assert defects.line(row) in PAGE, "run python docs/defects.py"


def test_the_sound_quickstart_is_connectable_and_says_why(defects, quickstart, tmp_path):
    _, place = quickstart
    defects.project(tmp_path, place, None)
    code, told = inside(tmp_path, ("--active",))
    assert code == 0
    assert "Ready: connectable: AuthorizationServer.quickstart by STS (verified)" in told


def test_the_page_lists_every_defect_once_and_nothing_else(defects):
    assert [defect.name for defect in defects.DEFECTS] == LISTED
    assert len(LISTED) >= 20
