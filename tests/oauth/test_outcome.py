import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence import Gate, Origin, Reply, Tier, Verdict, Weight
from reconciler.oauth.outcome import bad, evidence, good, judged, listed, rule, show, skip, unknown
from tests.support.steady import STEADY


def row(tiers="G"):
    return rule("ABC001 some-name", f"W XS {tiers}", "RFC 0", summary="s", why="w", example="e", fix="f")


def test_a_row_is_read_from_the_letters_of_the_catalogue():
    check = row("0K")(lambda _: good()).check
    assert (check.id, check.name, check.weight) == ("ABC001", "some-name", Weight.WARNING)
    assert (check.gates, check.tiers) == ({Gate.XAA, Gate.STS}, {Tier.OFFLINE, Tier.CONTROL})


@pytest.mark.parametrize(
    ("tiers", "origin"), [("0", "static"), ("K", "control-plane"), ("G", "live"), ("0K", "static")]
)
def test_where_a_fact_is_from_follows_from_the_tier(tiers, origin):
    assert row(tiers)(lambda _: good()).find("me", None).origin == origin


def test_an_outcome_becomes_a_finding():
    reply = Reply("u", 200, (("content-type", "text/html"),), b"x")
    found = row()(lambda case: bad(case, "good", weight=Weight.ERROR, reply=reply)).find("me", "wrong")
    assert (found.id, found.subject, found.verdict, found.observed) == ("ABC001", "me", Verdict.FAIL, "wrong")
    assert (found.expected, found.weight) == ("good", Weight.ERROR)
    assert found.evidence is not None
    assert (found.evidence.length, found.evidence.content_type, found.evidence.sha256[:6]) == (1, "text/html", "2d7116")
    assert row()(lambda _: good(origin=Origin.PINNED)).find("me", None).origin is Origin.PINNED


def test_an_empty_body_has_no_hash():
    assert evidence(Reply("u", 404)).sha256 == ""


def test_words_for_outcomes():
    assert judged([]) == good()
    assert judged(["a", "b"]).observed == "a; b"
    assert (skip("r").verdict, unknown("r").verdict) == (Verdict.SKIP, Verdict.UNKNOWN)


def test_lists_are_cut_and_sets_are_sorted():
    assert listed(()) == "none"
    assert listed(frozenset({"b", "a"})) == "a, b"
    assert listed(["b", "a"], most=1) == "b and 1 more"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a\\u000ab"), ("\u202eabc", "\\u202eabc"), ("é", "é"), (7, "7"), ("x" * 201, "x" * 200 + "…")],
)
def test_text_of_others_is_made_fit_to_print(text, shown):
    assert show(text) == shown


@STEADY
@given(st.text())
def test_nothing_that_is_shown_moves_the_cursor(text):
    assert (
        show(text).isprintable() or " " in show(text) or "\u3000" in show(text) or any(c.isspace() for c in show(text))
    )
    assert "\n" not in show(text)
