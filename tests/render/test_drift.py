"""What a person reads about drift, and what a machine gets."""

from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from reconciler.core import drift_file
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.drift import (
    Acceptance,
    Actor,
    Category,
    Cause,
    Coverage,
    Difference,
    Direction,
    Drift,
    Judged,
    Look,
    Standing,
)
from reconciler.core.evidence import Assessment
from reconciler.render import report
from reconciler.render.drift import render
from tests.support.build import TARGET

JIRA = Address("McpServer", "jira")
RENAMED = Difference(
    "McpServer.jira.displayName",
    Category.FIELD,
    Direction.DIFFERS,
    "McpServer",
    "ems1",
    JIRA,
    "Tracker\x1b[31m",
    "Jira",
    Cause.ORGANISATION,
    Source("registry.d/jira.yaml", 3, 1),
)
GONE = Difference("McpServer.wiki", Category.OBJECT, Direction.LACKS, "McpServer", None, wished="ACTIVE")
STRAY = Difference("McpServer/ems9", Category.UNMANAGED, Direction.EXTRA, "McpServer", "ems9", live="https://x.test")
ENTRY = Acceptance(RENAMED.path, "test", "collab@example.com", "an incident", date(2027, 6, 30), "Jira (old)")
EMPTY = Drift(TARGET, "2026-11-25T10:00:00Z", date(2026, 11, 25), ())


def found(*judged, **more):
    return replace(EMPTY, found=judged, **more)


def test_no_drift_is_one_line_with_the_coverage_and_the_look_before():
    said = render(
        found(coverage={"McpServer": Coverage(3, 4)}, previous=Look("2026-11-25T09:00:00Z", clean=True, in_a_row=12))
    )
    assert said == (
        "Environment test, organisation memory:test\n"
        "\n"
        "Under management: McpServer 3 of 4.\n"
        "Last look: 2026-11-25T09:00:00Z, clean 12 times in a row.\n"
        "No drift.\n"
    )


def test_an_alarm_says_what_which_side_who_and_how_long():
    judged = Judged(
        replace(RENAMED, cause=Cause.BOTH),
        Standing.EXPIRED,
        ENTRY,
        3,
        "2026-11-25T08:00:00Z",
        Actor("ann@example.com", "2026-11-25T07:00:00Z", "resource_servers.mcp_server.update"),
    )
    assert render(found(judged)).splitlines()[2:-1] == [
        "! McpServer.jira.displayName  accepted, expired: the two differ, and the manifest changed too",
        '    live      "Tracker\\u001b[31m"',
        '    manifest  "Jira"  registry.d/jira.yaml:3:1',
        '    accepted  "Jira (old)" until 2027-06-30 by collab@example.com: an incident',
        "    by        ann@example.com at 2026-11-25T07:00:00Z, resource_servers.mcp_server.update",
        "    seen      3 times in a row since 2026-11-25T08:00:00Z",
        "",
    ]
    assert render(found(judged)).endswith("Drift: 1 difference to look at.\n")


def test_what_is_not_there_is_told_in_words():
    text = render(found(Judged(GONE, Standing.NEW)))
    assert "! McpServer.wiki  new: the organisation lacks it\n    live      (not there)\n    manifest  ACTIVE\n" in text
    assert "    memory    nothing is remembered of it" in text


def test_what_is_let_pass_is_counted_and_named():
    text = render(
        found(
            Judged(RENAMED, Standing.ACCEPTED, ENTRY),
            Judged(GONE, Standing.UNCONFIRMED, sightings=2),
            Judged(replace(GONE, path="McpServer.new"), Standing.PENDING),
            Judged(STRAY, Standing.NOTED),
            previous=Look("2026-11-25T09:00:00Z", clean=False, in_a_row=1),
        )
    )
    assert "accepted McpServer.jira.displayName  until 2027-06-30 by collab@example.com: an incident\n" in text
    assert "seen 2 times in a row, not often enough to alarm: McpServer.wiki\n" in text
    assert "1 change of the manifests waits for an apply; see `reconciler plan`.\n" in text
    assert "Not managed here: McpServer/ems9 (https://x.test).\n" in text
    assert "with drift once" in text
    assert text.endswith("No drift; 1 accepted, 1 unconfirmed, 1 pending.\n")


def test_an_unmanaged_object_that_alarms_has_no_manifest_line():
    text = render(found(Judged(STRAY, Standing.NEW)))
    assert "    live      https://x.test\n" in text
    assert "manifest" not in text.replace("manifests", "")


def test_the_page_names_an_unmanaged_object_by_more_than_its_id():
    page = report.of_drift(found(Judged(STRAY, Standing.NOTED)))
    assert '<span class="name">McpServer/ems9 (https://x.test)</span>' in page


def test_many_unmanaged_objects_are_cut():
    strays = [Judged(replace(STRAY, path=f"McpServer/ems{number}"), Standing.NOTED) for number in range(13)]
    assert " and 3 more." in render(found(*strays))
    pending = [Judged(replace(GONE, path=f"McpServer.x{number}"), Standing.PENDING) for number in range(2)]
    assert "2 changes of the manifests wait for an apply" in render(found(*pending))


def test_a_look_that_was_not_whole_never_says_that_there_is_no_drift():
    problem = Diagnostic("PLN005", "A kind could not be read", "McpServer: x")
    text = render(found(problems=(problem,)))
    assert "PLN005 A kind could not be read. McpServer: x\n" in text
    assert text.endswith("The look was not whole: 1 problem.\n")


@pytest.mark.parametrize(
    "each",
    [
        EMPTY,
        found(
            Judged(RENAMED, Standing.EXPIRED, ENTRY, 3, "x", Actor("a", "b", "c")),
            Judged(GONE, Standing.NEW),
            coverage={"McpServer": Coverage(1, 2)},
            problems=(Diagnostic("A", "b", "c"),),
            unused=(ENTRY,),
            previous=Look("x", clean=True, in_a_row=2),
            assessments={JIRA: Assessment(None, "x")},
        ),
    ],
)
def test_the_json_fits_its_published_schema_and_says_the_verdict(each):
    body = drift_file.to_document(each)
    jsonschema.Draft202012Validator(drift_file.schema()).validate(body)
    assert body["clean"] is each.clean
    assert body["alarms"] == len(each.alarms)
