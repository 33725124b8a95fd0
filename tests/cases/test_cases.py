"""A story is a folder: why.txt, desired/, live.json, bindings.json; ACCEPT=1 rewrites what is expected."""

import os
from pathlib import Path

import pytest

from reconciler import manifests
from reconciler.core import plan_file
from reconciler.engine.planner import make_plan
from reconciler.kinds import KINDS
from reconciler.render import pull_request, terminal
from reconciler.render.review import review
from tests.support.build import TARGET, knowing
from tests.support.snapshot import read_bindings, read_live

STORIES = sorted(each.parent for each in Path(__file__).parent.glob("*/live.json"))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_plan_is_the_one_that_was_accepted(story):
    loaded = manifests.load(story, ["desired"], {}, KINDS)
    assert not [each for each in loaded.diagnostics if each.is_error]
    bindings = read_bindings(story / "bindings.json")
    plan = make_plan(loaded.desired, read_live(story / "live.json"), KINDS, TARGET, knowing(bindings))
    shown = {
        "plan.txt": terminal.render(plan),
        "plan.md": pull_request.render(review(plan)),
        "plan.json": plan_file.dump(plan),
    }
    for name, text in shown.items():
        golden = story / name
        if os.environ.get("ACCEPT"):
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")
    assert plan_file.load((story / "plan.json").read_text(encoding="utf-8")) == plan


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_story_says_in_one_line_why_it_is_told(story):
    assert (story / "why.txt").read_text(encoding="utf-8").strip().count("\n") == 0
