"""The comment on a pull request: whole within its budget, riskiest first, and deaf to what others write into it."""

import re
import unicodedata
from functools import partial

import pytest
from markdown_it import MarkdownIt

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.core.evidence import Assessment, Finding, Verdict
from reconciler.core.kind import Risk
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, FieldChange, Origin, Plan, Reason, Target, Transition, Unmanaged
from reconciler.render import pull_request
from reconciler.render.markup import code, escape, fenced
from reconciler.render.review import review
from tests.support.hostile import HOSTILE

TARGET = Target("production", "okta", "https://acme.okta.com")
PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def update(name, after="new", *, risk=Risk.LOW, **more):
    field = FieldChange(("description",), "change", "old", after)
    return Change(
        Address("McpServer", name), Action.UPDATE, Reason.FIELDS_DIFFER, risk, "ems1", fields=(field,), **more
    )


def delete(name):
    address = Address("McpServer", name)
    step = Transition(f"{address}/delete", address, "ems1", "delete", State.INACTIVE, State.DELETED)
    return Change(address, Action.DELETE, Reason.TOMBSTONE, Risk.HIGH, "ems1", State.INACTIVE, steps=(step,))


def blocked(name):
    return Change(Address("McpServer", name), Action.BLOCKED, Reason.PROTECTED, Risk.LOW, "ems1")


def comment(*changes, problems=(), unmanaged=(), limit=pull_request.LIMIT):
    plan = Plan(TARGET, changes, tuple(problems), unmanaged=tuple(unmanaged))
    return pull_request.render(review(plan), "reconciler apply plan.json", limit)


def test_a_plan_without_changes_is_two_lines():
    same = Change(Address("McpServer", "a"), Action.NOOP, Reason.CONVERGED)
    assert comment(same).splitlines() == [
        "**No changes. 1 object is as the manifests say.** <!-- mcp-reconciler plan production -->",
        "Environment `production`, organisation `https://acme.okta.com`",
    ]


def test_an_orphan_is_worth_a_comment_of_its_own():
    text = comment(unmanaged=[Unmanaged("McpServer", "ems1", "https://a", State.ACTIVE, Address("McpServer", "a"))])
    assert "### Orphans: 1" in text
    assert "reconciler apply" not in text


def test_what_is_dangerous_comes_first_and_the_command_and_digest_last():
    text = comment(update("calm"), update("hot", risk=Risk.HIGH), blocked("held"), delete("gone"))
    places = [text.index(f"McpServer.{name}") for name in ("held", "hot", "gone", "calm")]
    assert places == sorted(places)
    assert text.index("calm") < text.index("Digest `sha256:") < text.index("reconciler apply plan.json")


def test_a_plan_with_problems_names_them_and_offers_no_command():
    problem = Diagnostic(
        "PLN004", "It is protected", "The plan would delete it.", "Unprotect it.", subject="McpServer.a"
    )
    text = comment(blocked("a"), problems=[problem.at(Source("registry.d/a.yaml", 3, 1))])
    assert "Plan that cannot be applied (1 problem): 1 blocked." in text
    assert "- **PLN004** `McpServer.a` at `registry.d/a.yaml:3:1` It is protected: `The plan would delete it.`" in text
    assert "reconciler apply" not in text


def test_of_a_list_only_the_members_that_come_and_go_are_shown():
    field = FieldChange(("scopes",), "change", ["a", "b"], ["b", "c"])
    change = Change(Address("McpServer", "a"), Action.UPDATE, Reason.FIELDS_DIFFER, fields=(field,))
    assert '```diff\n- scopes: "a"\n+ scopes: "c"\n```' in comment(change)


def test_readiness_notes_and_cuts_stand_with_the_change():
    seen = Assessment(
        ready=None,
        narrative="nobody answered",
        findings=(Finding("PRM001", "McpServer.a", Verdict.UNKNOWN),),
        vantage="the runner",
    )
    warning = Diagnostic("PLN006", "A new id", "The old one goes.", severity=Severity.WARNING)
    text = comment(update("a", readiness=seen, cuts=(Address("AgentConnection", "x"),), notes=(warning,)))
    assert "- readiness not observed, seen from `the runner`: `nobody answered`" in text
    assert "- PRM001 `McpServer.a`: `unknown`" in text
    assert "- **cuts off** `AgentConnection.x`" in text
    assert "- **PLN006** A new id: `The old one goes.`" in text


@pytest.mark.parametrize("limit", [2_000, 5_000, 20_000, 65_000])
def test_five_thousand_changes_fit_into_any_budget_and_nothing_is_cut_open(limit):
    changes = [update(f"server-{n:04}", "ü" * 50) for n in range(4_960)] + [delete(f"gone-{n:02}") for n in range(20)]
    changes += [blocked(f"held-{n:02}") for n in range(20)]
    text = comment(*changes, limit=limit)
    assert len(text.encode("utf-8")) <= limit
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")
    assert all(f"McpServer.gone-{n:02}`" in text and f"McpServer.held-{n:02}`" in text for n in range(20))
    shown = len(set(re.findall(r"server-\d{4}", text)))
    (left_out,) = re.findall(r"- (\d+) more, left out here", text)
    assert shown + int(left_out) == 4_960
    kinds = {token.type for token in PARSER.parse(text)}
    assert "fence" in kinds or limit == 2_000


def test_a_replace_shows_both_objects_and_drift_whose_doing_it_is():
    address = Address("McpServer", "a")
    delete = partial(Transition, predecessor=True)
    gone = delete(f"{address}/old-delete", address, "ems1", "delete", State.INACTIVE, State.DELETED, predecessor=True)
    fields = (FieldChange(("description",), "change", "x", "y", Origin.DRIFT, "y"),)
    change = Change(
        address,
        Action.REPLACE,
        Reason.IDENTITY_CHANGED,
        goal=State.ACTIVE,
        fields=fields,
        steps=(gone,),
        state_origin=Origin.DRIFT,
    )
    text = comment(change)
    assert "- old object INACTIVE → DELETED" in text
    assert "- drift: was ACTIVE when last applied" in text
    assert '+ description: "y"  # drift: was "y" when last applied' in text


def test_long_harmless_sections_are_folded():
    text = comment(*(update(f"server-{n}") for n in range(30)), delete("gone"))
    assert "<details><summary>Low risk: 30</summary>" in text
    assert "### High risk: 1" in text


def test_many_paths_on_a_single_line_are_counted():
    fields = tuple(FieldChange((f"f{n}",), "add", after=n) for n in range(12))
    change = Change(Address("McpServer", "a"), Action.UPDATE, Reason.FIELDS_DIFFER, fields=fields)
    filler = [update(f"server-{n:03}", "x" * 200) for n in range(200)]
    assert "and 4 more" in comment(change, *filler, limit=6_000)


def active(text):
    """Everything in the parsed comment that is more than text, code, emphasis, lists and our own folding."""
    quiet = {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    blocks = {
        *("heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close", "fence"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    }
    for token in PARSER.parse(text):
        if token.type == "html_block" and re.fullmatch(
            r"(<details><summary>[\w ]+: \d+</summary>|</details>)\n*", token.content
        ):
            continue
        if token.type not in blocks:
            yield token.type, token.content
        for child in token.children or []:
            if child.type == "html_inline" and child.content == "<!-- mcp-reconciler plan production -->":
                continue
            if child.type not in quiet:
                yield child.type, child.content


def spoken(text):
    """What a reader's client may act on: text outside of code."""
    for token in PARSER.parse(text):
        yield from (child.content for child in token.children or [] if child.type == "text")


@pytest.mark.parametrize("trick", HOSTILE, ids=range(len(HOSTILE)))
def test_text_from_outside_stays_text_wherever_it_stands(trick):
    source = Source(trick.replace("\n", " "), 1, 1)
    note = Diagnostic("PLN006", "A new id", trick, trick, Severity.WARNING, trick, source=source)
    seen = Assessment(
        ready=False, narrative=trick, findings=(Finding("X1", trick, Verdict.FAIL, trick),), vantage=trick
    )
    fields = (FieldChange((trick,), "change", trick, f"{trick}!"), FieldChange(("s",), "change", [trick], [trick, "x"]))
    change = Change(
        Address("McpServer", "a"),
        Action.UPDATE,
        Reason.FIELDS_DIFFER,
        fields=fields,
        notes=(note,),
        readiness=seen,
        source=source,
    )
    orphan = Unmanaged("McpServer", trick, trick, State.ACTIVE, Address("McpServer", "b"))
    text = comment(change, problems=[note], unmanaged=[orphan, Unmanaged("McpServer", trick, trick, State.ACTIVE)])
    assert list(active(text)) == []
    assert not any(trick in said for said in spoken(text) if len(trick) > 3)
    assert not [ch for ch in text if ch != "\n" and unicodedata.category(ch) in {"Cc", "Cf", "Zl", "Zp"}]
    assert not re.search(r"(?m)^\s*(::|##\[)", text)


def test_code_spans_and_fences_are_longer_than_what_they_hold():
    assert code("`a``") == "``` `a`` ```"
    assert code("") == "` `"
    assert fenced(["````", "a"]) == "`````\n````\na\n`````"
    assert fenced([]) == "```\n```"
    assert escape("a*b@c") == "a&#42;b&#64;c"


def test_a_renamed_object_says_what_it_was():
    change = Change(Address("McpServer", "new"), Action.MOVE, Reason.RENAMED, previous=Address("McpServer", "old"))
    plan = Plan(Target("production", "okta", "https://acme.okta.com"), (change,))
    assert "was `McpServer.old`" in pull_request.render(review(plan), command="reconciler apply")
