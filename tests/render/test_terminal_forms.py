"""A plan on terminals of every kind: 80 columns or none, few signs or words, compact or whole."""

import re
from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.core.evidence import Assessment, Finding, Verdict
from reconciler.core.kind import Risk
from reconciler.core.plan import Action, Change, FieldChange, Origin, Plan, Reason, Target
from reconciler.core.risk import ENDPOINT_HOST
from reconciler.render import terminal
from reconciler.render.columns import cells
from reconciler.render.palette import ASCII, PLAIN, SPOKEN, Palette, Tone
from reconciler.render.review import review
from tests.support import spoilt

TARGET = Target("production", "okta", "https://acme.okta.com")
PALETTES = {"plain": PLAIN, "ascii": ASCII, "spoken": SPOKEN}
LONG = "Tickets of the whole company and everything around them, "


def update(name, *fields, **more):
    return Change(
        Address("McpServer", name), Action.UPDATE, Reason.FIELDS_DIFFER, **{"risk": Risk.HIGH, "fields": fields, **more}
    )


FULL = update(
    "collab-jira",
    FieldChange(
        ("authorizationServers", "https://corp.example.com/oauth2/default", "tokenEndpoint"),
        "change",
        "https://corp.example.com/oauth2/default/v1/token",
        "https://corp.example.net/oauth2/default/v1/token",
    ),
    FieldChange(("scopes",), "change", ["read", "write"], ["read", *(f"boards:{n}:administer" for n in range(9))]),
    FieldChange(("description",), "change", LONG * 2 + "old", LONG * 2 + "new" + LONG),
    FieldChange(("displayName",), "change", "Jira 日本" * 6, "Jira", Origin.DRIFT, "Jira"),
    FieldChange(("x",), "add", after="short"),
    hazards=(ENDPOINT_HOST.at("tokenEndpoint", "The host was corp.example.com, becomes corp.example.net."),),
    notes=(Diagnostic("PLN020", "Not ready", LONG * 3, LONG * 2, Severity.WARNING),),
    readiness=Assessment(
        ready=False,
        narrative="no",
        vantage="here",
        findings=tuple(Finding(f"PRM00{n}", "McpServer.collab-jira", Verdict.FAIL, LONG) for n in range(5)),
    ),
    source=Source("registry.d/collaboration/atlassian/jira-production.yaml", 3, 1),
)


def shown(*changes, palette=PLAIN, problems=(), **how):
    return terminal.render(Plan(TARGET, changes, tuple(problems)), palette, **how).splitlines()


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("plan", [Plan(TARGET, (FULL,)), spoilt.plan(LONG)], ids=["full", "long"])
def test_no_line_is_wider_than_80_columns_unless_it_is_one_address_or_the_digest(name, plan):
    lines = terminal.render(plan, replace(PALETTES[name], width=80)).splitlines()
    assert [line for line in lines if cells(line) > 80 and len(line.split()) > 2] == []
    assert any(cells(line) > 60 for line in lines)


def test_what_differs_is_seen_in_a_value_that_is_shortened():
    lines = shown(FULL, palette=replace(PLAIN, width=80))
    before, after = (line.strip() for line in lines[lines.index("    ~ description") + 1 :][:2])
    assert re.fullmatch(r"- ….*old\"", before)
    assert "new" in after
    assert after.endswith('…"')


def test_what_does_not_fit_beside_its_path_stands_below_it():
    lines = shown(FULL, palette=replace(PLAIN, width=80))
    place = lines.index("    ~ authorizationServers.https://corp.example.com/oauth2/default.tokenEndpoint")
    assert lines[place + 1 : place + 3] == [
        '        - "https://corp.example.com/oauth2/default/v1/token"',
        '        + "https://corp.example.net/oauth2/default/v1/token"',
    ]
    assert '        (drift: was "Jira" when last applied)' in lines
    assert lines[2:4] == [
        "~ McpServer.collab-jira  differs, high risk",
        "    registry.d/collaboration/atlassian/jira-production.yaml:3:1",
    ]


def test_a_piped_plan_has_one_line_a_path_and_sets_lose_and_gain_members():
    lines = shown(FULL)
    assert not any(line.startswith("        ") for line in lines)
    scopes = next(line for line in lines if " ~ scopes " in line)
    assert scopes.split("  ")[-10:-8] == ['- "write"', '+ "boards:0:administer"']


def test_compact_counts_what_it_leaves_out_and_detail_leaves_nothing_out():
    many = update("a", *(FieldChange((f"f{n:02}",), "add", after=n) for n in range(20)))
    palette = replace(PLAIN, width=80)
    assert "    … 8 paths more; --detail shows all" in shown(many, palette=palette)
    assert "      … 2 findings more; --detail shows all" in shown(FULL, palette=palette)
    assert "        … 5 members more; --detail shows all" in shown(FULL, palette=palette)
    whole = "\n".join(shown(many, FULL, palette=palette, detail=True))
    assert "--detail" not in whole
    assert "…" not in whole
    assert all(f"f{n:02}" in whole for n in range(20))


def test_a_long_harmless_group_is_counted_and_a_dangerous_one_is_shown_whole():
    calm = [update(f"calm-{n:03}", risk=Risk.LOW) for n in range(80)]
    hot = [update(f"hot-{n:03}") for n in range(80)]
    gone = Change(Address("McpServer", "gone"), Action.DELETE, Reason.TOMBSTONE, Risk.HIGH)
    text = "\n".join(shown(*calm, *hot, gone))
    assert (text.count("McpServer.calm-"), text.count("McpServer.hot-"), text.count("McpServer.gone")) == (50, 80, 1)
    assert "… 30 changes more; --detail shows all" in text
    assert "\n".join(shown(*calm, detail=True)).count("McpServer.calm-") == 80


def test_groups_of_risk_have_titles_where_there_are_several():
    calm, held = update("calm", risk=Risk.LOW), Change(Address("McpServer", "held"), Action.BLOCKED, Reason.PROTECTED)
    titles = [line for line in shown(calm, FULL, held) if re.fullmatch(r"[A-Z][a-z ]+: \d+", line)]
    assert titles == ["Blocked: 1", "High risk: 1", "Low risk: 1"]
    assert not any(line.startswith("High risk: ") for line in shown(FULL))


def test_a_problem_stands_under_the_change_that_it_stops_and_once():
    held = Change(Address("McpServer", "held"), Action.BLOCKED, Reason.PROTECTED)
    problem = Diagnostic("PLN004", "Protected", "It is.", "Say so.", subject="McpServer.held")
    lines = shown(held, problems=[problem, replace(problem, code="PLN003", subject="McpServer.other")])
    assert lines[2:7] == [
        "! McpServer.held  protected",
        "    PLN004 Protected. It is.",
        "      Say so.",
        "",
        "PLN003 McpServer.other: Protected. It is.",
    ]


def test_words_stand_in_place_of_every_symbol_for_those_who_listen():
    plan = spoilt.plan()
    text = terminal.render(plan, SPOKEN)
    assert "create AuthorizationServer.corp" in text
    assert "INACTIVE activate ACTIVE" in text
    assert 'change description  "old Tickets" to "new Tickets"' in text
    assert 'remove "Tickets"  add "b"' in text
    assert not set("+~±▲▼✔→…") & set(text)


def test_a_danger_says_its_rule_where_and_what():
    assert (
        "    RSK003 tokenEndpoint: Endpoint moves to another host. The host was corp.example.com, becomes "
        "corp.example.net." in shown(FULL)
    )


def test_marks_and_colours_fit_the_terminal():
    assert (PLAIN.more, ASCII.more, SPOKEN.dash, PLAIN.pointer, SPOKEN.pointer) == ("…", "...", "-", "→", "at")
    assert Palette(colour=True).paint("x", Tone.ADD) == "\x1b[32mx\x1b[0m"
    basic = re.findall(r"\x1b\[([0-9;]+)m", terminal.render(spoilt.plan(), Palette(colour=True)))
    assert {code for code in basic if code != "0"} <= {"1", "2", "31", "32", "33", "36", "1;31"}


def test_a_difference_far_inside_of_a_long_value_is_seen_in_every_form():
    long = FieldChange(("d",), "change", f"{'a' * 500}x{'b' * 500}", f"{'a' * 500}y{'b' * 500}")
    change = update("a", long)
    (line,) = review(Plan(TARGET, (change,))).rows[0].lines
    assert [piece.text for piece in line.before if piece.changed] == ["x"]
    assert [piece.text for piece in line.after if piece.changed] == ["y"]
    assert sum(len(piece.text) for piece in line.after) < 240


def test_a_place_is_not_needed_where_the_head_is_long():
    change = Change(Address("AuthorizationServer", "s" * 63), Action.UPDATE, Reason.REMEMBERED_OTHERWISE)
    assert shown(change, palette=replace(PLAIN, width=80))[2].endswith("remembered otherwise")


def test_what_is_said_of_objects_that_are_as_wished_names_a_few():
    note = Diagnostic("PLN030", "Noted", "It is left.", severity=Severity.WARNING)
    same = [
        Change(Address("McpServer", f"s{n}"), Action.ADOPT, Reason.REMEMBERED_OTHERWISE, notes=(note,))
        for n in range(30)
    ]
    lines = shown(*same)
    assert "= McpServer.s0: It is left." in lines
    assert any(line.startswith("= The same of ") for line in lines)
    assert not any(line.startswith("= The same of ") for line in shown(*same[:1]))
