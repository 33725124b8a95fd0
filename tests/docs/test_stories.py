"""The stories of the documentation happen as they are told: every command is run, every line of output compared."""

from pathlib import Path

import pytest

from tests.support.story import Stage, free_port

DOCS = Path(__file__).parents[2] / "docs"
STORIES = {"drift.md": 12, "adoption.md": 12, "policies.md": 14, "promotion.md": 5, "howto/everyday.md": 12}
"""The documents, and how many commands each has at least: a story that nobody finds is no story."""


@pytest.mark.parametrize("name", STORIES)
def test_a_story_happens_as_it_is_told(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    stage = Stage(tmp_path, {"8080": str(free_port())})
    try:
        stage.play((DOCS / name).read_text(encoding="utf-8"))
    finally:
        stage.close()
    assert stage.commands >= STORIES[name]
