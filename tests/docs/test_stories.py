"""The stories of the documentation happen as they are told: every command is run, every line of output compared."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.story import Stage, free_port

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
from blocks import STORIES  # noqa: E402 - a program's module, not a package's


@pytest.mark.parametrize("page", STORIES)
def test_a_story_happens_as_it_is_told(page, tmp_path, monkeypatch):
    if page.startswith("examples/"):  # it happens in a copy of the example
        shutil.copytree(
            (ROOT / page).parent, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".reconciler")
        )
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    stage = Stage(tmp_path, {"8080": str(free_port())})
    try:
        stage.play((ROOT / page).read_text(encoding="utf-8"))
    finally:
        stage.close()
    assert stage.commands >= STORIES[page]
