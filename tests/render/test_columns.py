"""Text in columns: as wide as a terminal shows it, broken at blanks, and shortened around what differs."""

import pytest

from reconciler.render.columns import cells, clipped, filled, fitted, lines
from reconciler.render.review import Piece


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("ü", 1), ("", 0)])
def test_a_text_is_as_wide_as_it_is_shown(text, wide):
    assert cells(text) == wide
    assert cells(filled(text, 6)) == 6


def test_lines_end_at_blanks_and_a_long_word_stands_alone():
    assert list(lines("to be or not", 5)) == ["to be", "or", "not"]
    assert list(lines("see https://x.test/long now", 6)) == ["see", "https://x.test/long", "now"]
    assert list(lines("to be or not", 0)) == ["to be or not"]
    assert list(lines("日本 日本", 5)) == ["日本", "日本"]


def test_what_is_cut_says_so():
    assert clipped("abc", 3) == "abc"
    assert clipped("abcdef", 4) == "abc…"
    assert clipped("日本語", 4, "...") == "..."
    assert clipped("日本語", 5) == "日本…"


def text(pieces):
    return "".join(f"[{piece.text}]" if piece.changed else piece.text for piece in pieces)


def test_of_a_long_value_what_differs_is_seen_longest():
    value = (Piece("a" * 50), Piece("NEW", changed=True), Piece("b" * 50))
    assert fitted(value, 200) == value
    assert text(fitted(value, 40)) == f"…{'a' * 24}[NEW]{'b' * 11}…"
    assert text(fitted((Piece("x" * 50, changed=True),), 40)) == f"[{'x' * 15}…]"
    assert text(fitted((Piece("x" * 50),), 10)) == f"{'x' * 9}…"
