"""Text that anybody may have written, through every renderer: nothing active comes out of it.

That no renderer is forgotten is seen by watching which of them run. The pages are opened in `tests/browser`.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from reconciler import render as room
from reconciler.core import drift_file, event, plan_file
from reconciler.core.address import Address
from reconciler.core.document import pretty
from reconciler.core.errors import PlanDiffers
from reconciler.render import (
    adoption,
    annotations,
    answers,
    contrast,
    diagnostics,
    drift,
    drift_comment,
    drift_issue,
    findings,
    graph,
    history,
    junit,
    machine,
    markdown,
    metrics,
    policies,
    probe,
    promotion,
    pull_request,
    report,
    sarif,
    terminal,
)
from reconciler.render.markup import fenced
from reconciler.render.palette import Palette
from reconciler.render.review import review
from reconciler.render.shapes import dumped
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
    "probe, in short": lambda said: probe.render(spoilt.letters(said), spoilt.CHECKS),
    "terminal, with detail": lambda said: terminal.render(spoilt.plan(said), detail=True),
    "terminal, narrow": lambda said: terminal.render(spoilt.plan(said), Palette(width=10_000)),
    "import": lambda said: adoption.render(spoilt.proposal(said), written=True),
    "contrast": lambda said: contrast.render(spoilt.differences(said)),
    "promotion": lambda said: promotion.render(spoilt.promotion(said)),
    "policies": lambda said: policies.listed(spoilt.rulebook(said)),
    "tests of policies": lambda said: policies.tried([("named", said, said), ("named", said, "")]),
    "runs": lambda said: history.runs([spoilt.run(said)[0]], spoilt.by_hand(said)),
    "run": lambda said: history.run(*spoilt.run(said)),
    "locks": lambda said: history.locks([spoilt.lock(said)], 0.0),
    "memory": lambda said: history.remembered(spoilt.remembered(said)),
    "memory of one": lambda said: history.one(said, spoilt.remembered(said)[said]),
}
DOCUMENTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "plan": ("plan", lambda said: json.loads(plan_file.dump(spoilt.plan(said)))),
    "drift": ("drift", lambda said: drift_file.to_document(spoilt.drift(said))),
    "result": ("apply-result", lambda said: machine.result(spoilt.result(said))),
    "probe": ("probe", lambda said: findings.document(spoilt.letters(said), spoilt.CHECKS)),
    "validation": ("validation", lambda said: machine.diagnostics(spoilt.diagnostics(said), 1, 2)),
    "error": ("error", lambda said: machine.error(PlanDiffers(said, spoilt.differences(said)))),
    "import": ("import", lambda said: dumped(adoption.to_answer(spoilt.proposal(said), written=True))),
    "promotion": ("promote", lambda said: dumped(promotion.answer(spoilt.promotion(said)))),
    "policies": ("policy-list", lambda said: dumped(policies.listed_answer(spoilt.rulebook(said)))),
    "run": ("history-show", lambda said: dumped(answers.run_shown(*spoilt.run(said)))),
    "runs": ("history", lambda said: dumped(answers.runs([spoilt.run(said)[0]], spoilt.by_hand(said)))),
}
MARKDOWN: dict[str, Callable[[str], str]] = {
    "comment": lambda said: pull_request.render(review(spoilt.plan(said))),
    "drift": lambda said: drift_comment.render(spoilt.drift(said)),
    "issue": lambda said: drift_issue.body(spoilt.drift(said)),
    "probe": lambda said: markdown.render(spoilt.letters(said), spoilt.CHECKS),
    "probe, unknown explained": lambda said: markdown.render(spoilt.letters(said), spoilt.CHECKS, explain_unknown=True),
    "summary of an apply": lambda said: fenced(history.run(*spoilt.run(said)).splitlines(), "text"),
}
PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
OURS = re.compile(r"(<details><summary>[\w ]+: \d+</summary>|</details>|<!-- mcp-reconciler plan production -->)\n*")
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
def test_what_a_policy_says_in_several_lines_begins_no_command(trick):
    text = policies.explained(spoilt.rulebook(trick).policies["named"], spoilt.rulebook(trick).exemptions)
    assert not [ch for ch in text if ch != "\n" and unicodedata.category(ch) in INVISIBLE]
    assert not [line for line in text.splitlines() if of_runner(line)]


@each_trick
def test_json_shows_nothing_invisible_and_says_what_was_said(trick):
    for name, (_, make) in DOCUMENTS.items():
        document = make(trick)
        text = pretty(document)
        assert not [ch for ch in text if ch != "\n" and unicodedata.category(ch) in INVISIBLE], name
        assert not [line for line in text.splitlines() if of_runner(line)], name
        assert json.loads(text) == document
        assert json.dumps(trick)[1:-1] in json.dumps(document), name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_is_as_published_with_a_text_in_every_place(name):
    schema, make = DOCUMENTS[name]
    demand_published(schema, make(HOSTILE[0]))


def bones(text):
    """What a parser of GitHub's Markdown makes of a text: its blocks, and what is in them; our own marks by name."""
    for token in PARSER.parse(text):
        yield token.type, token.content if token.type == "html_block" else ""
        yield from (
            (child.type, child.content if child.type == "html_inline" else "") for child in token.children or ()
        )


@cache
def quiet_bones(name):
    return list(bones(MARKDOWN[name]("Tickets")))


@each_trick
@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_has_the_bones_that_we_put_there_and_speaks_to_nobody(name, trick):
    text = MARKDOWN[name](trick)
    found = list(bones(text))
    assert found == quiet_bones(name)
    assert [content for _, content in found if content and not OURS.fullmatch(content)] == []
    spoken = [child for token in PARSER.parse(text) for child in token.children or () if child.type == "text"]
    assert not [child for child in spoken if len(trick) > 3 and trick in child.content]
    assert not [ch for ch in text if ch != "\n" and unicodedata.category(ch) in INVISIBLE]
    assert not [line for line in text.splitlines() if of_runner(line)]


@each_trick
def test_a_comment_that_is_shortened_around_a_text_has_no_bone_that_the_whole_one_has_not(trick):
    text = pull_request.render(review(spoilt.plan(trick)), limit=pull_request.LEAST)
    assert {kind for kind, _ in bones(text)} <= {kind for kind, _ in quiet_bones("comment")}


def renderers():
    """Every function of the room that gives a text, by the code that runs."""
    for module in pkgutil.iter_modules(room.__path__):
        found = importlib.import_module(f"reconciler.render.{module.name}")
        for name, each in inspect.getmembers(found, inspect.isfunction):
            if each.__module__ == found.__name__ and each.__annotations__.get("return") in {str, "str"}:
                yield f"{module.name}.{name}", inspect.unwrap(each).__code__


OF_NOBODY = {
    "columns.clipped": "shortens what was made plain already",
    "machine.dump": "the same as `pretty`, which is looked at here",
    "diagnostics.render_rule": "the page of a code is our own text",
    "graph.dot": "names of documents, which hold letters, digits and dashes only",
    "graph.mermaid": "names of documents, which hold letters, digits and dashes only",
    "history.verdict": "a number",
    "terminal.effort": "numbers",
    "terminal.render_result": "numbers, and a command of ours",
}


def test_no_renderer_is_left_out_of_this():
    ran = set()
    sys.setprofile(lambda frame, what, _arg: ran.add(frame.f_code) if what == "call" else None)
    try:
        for make in (*LINES.values(), *MARKDOWN.values(), *PAGES.values(), *(make for _, make in DOCUMENTS.values())):
            make("Tickets")
        junit.render(spoilt.letters(), spoilt.CHECKS)
        junit.rulings(spoilt.rulings())
        policies.explained(spoilt.rulebook().policies["named"], ())
        drift_issue.title(spoilt.drift())
    finally:
        sys.setprofile(None)
    public = {name: code for name, code in renderers() if not name.partition(".")[2].startswith("_")}
    assert {name for name, code in public.items() if code not in ran} == OF_NOBODY.keys()


def test_a_name_of_a_document_holds_nothing_that_could_act():
    assert graph.mermaid({Address("McpServer", "a-1"): ()}) == 'flowchart LR\n  n0["McpServer.a-1"]\n'
    for trick in (each for each in HOSTILE if not re.fullmatch("[a-z0-9]+", each)):
        with pytest.raises(ValueError, match="address"):
            Address.parse(f"McpServer.{trick}")


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
