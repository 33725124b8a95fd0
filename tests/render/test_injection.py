"""Text that anybody may have written, through every renderer: nothing active comes out of it.

The comment of a pull request has its own parser in `test_pull_request.py`, the pages are opened in `tests/browser`.
"""

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import pytest

from reconciler.core import event
from reconciler.core.document import pretty
from reconciler.render import (
    annotations,
    diagnostics,
    drift,
    findings,
    junit,
    machine,
    metrics,
    probe,
    report,
    sarif,
    terminal,
)
from reconciler.render.palette import Palette
from reconciler.render.review import review
from tests.support import spoilt
from tests.support.hostile import HOSTILE
from tests.support.judges import demand_junit, demand_published, demand_sarif, samples

SCAN = sarif.Scan("1.0", "sub/")
LINES: dict[str, Callable[[str], str]] = {
    "terminal": lambda said: terminal.render(spoilt.plan(said)),
    "diagnostics": lambda said: diagnostics.render(spoilt.diagnostics(said)),
    "drift": lambda said: drift.render(spoilt.drift(said)),
    "probe": lambda said: probe.render(
        spoilt.letters(said), spoilt.CHECKS, detail=probe.Detail(remarks=True, unknown=True)
    ),
    "steps": lambda said: "\n".join(terminal.render_step(step) for step in spoilt.result(said).steps),
    "annotations of diagnostics": lambda said: annotations.diagnostics(spoilt.diagnostics(said)),
    "annotations of a plan": lambda said: annotations.review(review(spoilt.plan(said))),
    "annotations of a probe": lambda said: annotations.letters(spoilt.letters(said), spoilt.CHECKS, "Said."),
    "metrics": lambda said: metrics.render(spoilt.drift(said)),
    "result as JSON": lambda said: pretty(machine.result(spoilt.result(said))),
    "probe as JSON": lambda said: pretty(findings.document(spoilt.letters(said), spoilt.CHECKS)),
}
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def each_trick(function):
    return pytest.mark.parametrize("trick", HOSTILE, ids=range(len(HOSTILE)))(function)


def of_runner(line):
    """The workflow command in a line of a log, as the runner of GitHub Actions looks for one: its name, or None.

    `::name properties::text` where a line begins, blanks aside; `##[name properties]text` anywhere.
    """
    found = re.match(r"\s*::([A-Za-z-]+)[^:]*::", line) or re.search(r"##\[([A-Za-z-]+)[^\]]*\]", line)
    return found[1] if found else None


def test_the_corpus_is_large():
    assert len(set(HOSTILE)) >= 60


@each_trick
def test_lines_hold_nothing_that_a_terminal_or_the_log_of_a_job_obeys(trick):
    quiet = {name: render("Tickets") for name, render in LINES.items()}
    for name, render in LINES.items():
        text = render(trick)
        assert not [ch for ch in text if ch != "\n" and unicodedata.category(ch) in INVISIBLE], name
        assert text.count("\n") == quiet[name].count("\n"), f"{name}: the text makes no line of its own"
        commands = [of_runner(line) for line in text.splitlines()]
        expected = [of_runner(line) for line in quiet[name].splitlines()]
        assert commands == expected, name


@each_trick
def test_sarif_stays_what_oasis_published_and_says_what_was_said(trick):
    logs = (
        sarif.diagnostics(spoilt.diagnostics(trick), {}, SCAN),
        sarif.diagnostics(review(spoilt.plan(trick)).findings, {}, SCAN),
        sarif.document(spoilt.letters(trick), spoilt.CHECKS, SCAN, explain_unknown=True),
    )
    for log in logs:
        demand_sarif(json.loads(pretty(log)))
        for result in log["runs"][0]["results"]:
            place = result["locations"][0].get("physicalLocation")
            assert not place or re.fullmatch(r"sub/[A-Za-z0-9_.~%/-]*", place["artifactLocation"]["uri"])


@each_trick
def test_junit_stays_what_jenkins_reads_and_has_no_element_of_its_own(trick):
    for text in (junit.render(spoilt.letters(trick), spoilt.CHECKS), junit.rulings(spoilt.rulings(trick))):
        demand_junit(text)
        tags = {element.tag for element in ET.fromstring(text).iter()}
        assert tags <= {"testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"}


@each_trick
def test_colour_is_ours_alone(trick):
    painted = terminal.render(spoilt.plan(trick), Palette(colour=True))
    assert "\x1b" not in re.sub(r"\x1b\[[0-9;]+m", "", painted)
    assert re.sub(r"\x1b\[[0-9;]+m", "", painted) == terminal.render(spoilt.plan(trick))


@each_trick
def test_metrics_stay_what_prometheus_reads_and_keep_their_number(trick):
    read = samples(metrics.render(spoilt.drift(trick)))
    assert len(read) == len(samples(metrics.render(spoilt.drift())))
    assert {name for name, _ in read} == {name for name, _ in samples(metrics.render(spoilt.drift()))}


@each_trick
def test_an_event_is_one_line_of_our_schema(trick):
    for number, result in enumerate(spoilt.result(trick).steps):
        line = event.to_document(event.Line(number + 1, "2026-11-25T10:00:00Z", 3, event.ended(result)))
        text = json.dumps(line)
        assert (text.isascii(), "\n" in text) == (True, False)
        demand_published("event", json.loads(text))


class Skeleton(HTMLParser):
    """The elements of a page with the names of their attributes, and which of their values have a meaning."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs), *(value for name, value in attrs if name == "class")))


PAGES = {
    "plan": lambda said: report.render(review(spoilt.plan(said))),
    "drift": lambda said: report.of_drift(spoilt.drift(said)),
    "probe": lambda said: report.of_probe(spoilt.letters(said), spoilt.CHECKS),
}


@cache
def quiet(name):
    return Skeleton(PAGES[name]("Tickets")).found


@each_trick
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_the_elements_that_we_put_there(name, trick):
    assert Skeleton(PAGES[name](trick)).found == quiet(name)
