from dataclasses import replace

import pytest

from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.oauth.checks.cfg import looks_secret
from tests.support.defects import declared, defect, judge_world, more, prove, registration, static, target, written
from tests.support.readiness import AGENTS, IDP, URL, world

RANDOM = "aZ3kQ9vT1xW7bN5mR2pL8sD4fG6hJ0yC"


def moved(url):
    """A server at another URL; its metadata names it letter by letter."""

    def change(w):
        w.target = replace(w.target, url=url)
        w.prm["resource"] = url
        w.idp.meta["protected_resources"] = w.okta.meta["protected_resources"] = [url]
        w.written = replace(w.written, previous_url=url)

    return change


def duplicate(severity=Severity.ERROR):
    return Diagnostic("YML003", "Key stands twice", "", severity=severity, source=Source("a.yaml", 3, 1))


DEFECTS = [
    defect("CFG001", moved("http://mcp.example.com/mcp"), also="PRM006 WWA004"),
    defect("CFG002", moved("https://u:p@mcp.example.com/mcp"), name="user"),
    defect("CFG002", moved("https://mcp.example.com/mcp#a"), also="PRM006", name="fragment"),
    defect("CFG002", moved("https://mcp.example.com/mcp?a=b"), weight="W", name="query"),
    defect("CFG003", moved("https://MCP.example.com:443/mcp")),
    defect("CFG004", moved("https://mcp.example.com/mcp?token=abc"), also="CFG002"),
    defect("CFG005", written(previous_url="https://old.example.com/mcp")),
    defect("CFG007", lambda w: [w.declared[s].update(absent=True) for s in (IDP, AGENTS)]),
    defect("CFG010", written(secrets=("spec.clientSecret",)), name="literal"),
    defect("CFG010", registration(scopes=("read", RANDOM)), also="ASM016", name="random"),
    defect("CFG010", static(source=f"told us {RANDOM}"), name="source"),
    defect("CFG011", written(faults=(duplicate(),)), name="position"),
    defect("CFG011", written(faults=(replace(duplicate(), source=None),)), name="no-position"),
    defect("CFG014", moved("https://xn--mcp-1oa.example.com/mcp"), also="WWA004"),
    defect(
        "CFG016",
        written(hosts=frozenset({"mcp.example.com"})),
        base=(
            more(trusted=False),
            written(hosts=frozenset({"mcp.example.com", "idp.example.com", "example.okta.com"})),
        ),
    ),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def test_what_nobody_wrote_is_not_judged():
    findings = judge_world(target(written=False), written(previous_url=None))
    skipped = {f.id for f in findings if f.id in {"CFG005", "CFG007", "CFG011", "CFG016"} and f.verdict == "skip"}
    assert skipped == {"CFG005", "CFG007", "CFG011", "CFG016"}


def test_an_untrusted_run_without_a_list_allows_no_host():
    [finding] = [f for f in judge_world(more(trusted=False)) if f.id == "CFG016"]
    assert finding.observed.count("is not listed") == 3


def test_a_warning_of_the_loader_is_not_a_fault_of_strictness():
    assert "CFG011" not in {
        f.id for f in judge_world(written(faults=(duplicate(Severity.WARNING),))) if f.verdict == "fail"
    }


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (RANDOM, True),
        ("files:read", False),
        ("https-documentation-of-the-provider-and-its-endpoints", False),
        ("a" * 64, False),
    ],
)
def test_random_texts_look_like_secrets(text, secret):
    assert looks_secret(text) is secret


def test_a_url_that_is_none_is_a_finding_not_a_crash():
    findings = judge_world(target(url="https://[broken"), declared(issuer="https://[broken"))
    assert {"CFG001", "ASD001"} <= {f.id for f in findings if f.verdict == "fail"}
    assert world(target(url=URL)).target.url == URL
