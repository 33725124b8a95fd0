"""Drift as Markdown: what alarms first, and whole within its budget."""

import re
from dataclasses import replace

import pytest

from reconciler.core.drift import Judged, Standing
from reconciler.render import drift_comment
from tests.support import spoilt


def test_what_alarms_comes_before_what_is_let_pass_which_is_folded_away():
    text = drift_comment.render(spoilt.drift())
    titles = ["What kept the look", "To look at: 2", "Accepted: 1", "Not seen often", "Waiting for", "Not managed"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert text.count("<details>") == text.count("</details>") == 4
    assert "  - accepted until 2027-06-30 by `Tickets`: `Tickets`" in text


def test_an_object_that_nobody_describes_has_no_side_of_a_manifest():
    stray = replace(spoilt.drift().found[-1], standing=Standing.NEW)
    text = drift_comment.render(replace(spoilt.drift(), found=(stray,), problems=()))
    assert "- `McpServer/Tickets` new: the organisation has more\n  - live `Tickets`\n" in text
    assert "manifest" not in text


def test_a_clean_look_is_two_lines():
    clean = replace(spoilt.drift(), found=(), problems=(), coverage={})
    assert drift_comment.render(clean) == "**No drift.**\nEnvironment `Tickets`, organisation `Tickets`\n"


@pytest.mark.parametrize("limit", [2_000, 65_000])
def test_a_flood_fits_any_budget_and_what_was_left_out_is_counted(limit):
    alarm = spoilt.drift().found[0]
    flood = tuple(
        Judged(replace(alarm.difference, path=f"McpServer.s{number:04}.ü"), standing)
        for standing in (Standing.NEW, Standing.PENDING)
        for number in range(2_000)
    )
    text = drift_comment.render(replace(spoilt.drift(), found=flood), limit)
    assert len(text.encode()) <= limit
    left = [int(number) for number in re.findall(r"- (\d+) more, left out here", text)]
    assert len(re.findall(r"(?m)^- `McpServer", text)) + sum(left) == 4_000
    assert text.count("<details>") == text.count("</details>") == 1
