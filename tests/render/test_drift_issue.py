"""Drift as an issue: what somebody has to decide, and nothing that acts."""

from dataclasses import replace
from datetime import date

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.drift import Acceptance, Actor, Category, Difference, Direction, Drift, Judged, Standing
from reconciler.render.drift_issue import body, title
from tests.support.build import TARGET

FIELD = Difference("McpServer.jira.displayName", Category.FIELD, Direction.DIFFERS, "McpServer", "ems1", live="<b>@all")
STRAY = Difference("McpServer/ems9", Category.UNMANAGED, Direction.EXTRA, "McpServer", "ems9", live="https://x.test")
GONE = Difference("McpServer.wiki", Category.OBJECT, Direction.LACKS, "McpServer", None, wished="ACTIVE")
EMPTY = Drift(TARGET, "2026-11-25T10:00:00Z", date(2026, 11, 25), ())


def found(*judged, **more):
    return replace(EMPTY, found=judged, **more)


def test_an_alarm_says_what_is_there_what_is_wished_who_did_it_and_what_to_do():
    entry = Acceptance(FIELD.path, "test", "collab@example.com", "an incident", date(2026, 6, 30), "Jira")
    actor = Actor("Ada @home", "2026-11-25T02:00:00Z", "mcp.update")
    text = body(found(Judged(FIELD, Standing.EXPIRED, entry, actor=actor)))
    assert '- live: `"<b>@all"`' in text
    assert "- manifest: not there" in text
    assert "accepted until 2026-06-30 by `collab@example.com`" in text
    assert "- by `Ada @home`" in text
    assert "reconciler drift accept" in text


def test_the_title_counts_what_alarms_and_what_kept_the_look_from_being_whole():
    assert title(found()) == "Drift in test: none"
    assert title(found(Judged(GONE, Standing.NEW))) == "Drift in test: 1 difference"
    assert title(found(problems=(Diagnostic("PLN005", "s", "d"),))) == "Drift in test: 1 problem"


def test_what_nobody_manages_has_no_manifest_and_what_is_accepted_is_not_listed():
    text = body(found(Judged(STRAY, Standing.NEW), Judged(FIELD, Standing.ACCEPTED)))
    assert "- live: `https://x.test`" in text
    assert "manifest:" not in text
    assert "displayName" not in text


def test_a_look_that_was_not_whole_says_why():
    text = body(found(problems=(Diagnostic("PLN005", "Not readable", "403 <script>"),)))
    assert "**PLN005** Not readable: `403 <script>`" in text
    assert "drift accept" not in text


def test_thousands_of_differences_fit_and_the_rest_is_counted():
    many = [Judged(replace(GONE, path=f"McpServer.s{number}"), Standing.NEW) for number in range(5000)]
    text = body(found(*many))
    assert len(text.encode()) < 65_000
    assert "more, left out here" in text


def test_the_text_stays_the_same_from_look_to_look():
    one = found(Judged(GONE, Standing.NEW, sightings=1, first_seen="2026-11-25T01:00:00Z"))
    later = found(Judged(GONE, Standing.NEW, sightings=9, first_seen="2026-11-25T01:00:00Z"), at="2026-11-26T10:00:00Z")
    assert body(one) == body(later)
