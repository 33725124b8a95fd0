import pytest

from reconciler.render.palette import ASCII, PLAIN, Palette, Tone


@pytest.mark.parametrize("tone", Tone)
def test_every_tone_has_a_colour_that_is_ended(tone):
    assert Palette(colour=True).paint("x", tone).startswith("\x1b[")
    assert Palette(colour=True).paint("x", tone).endswith("x\x1b[0m")


def test_without_colour_and_without_text_nothing_is_added():
    assert PLAIN.paint("x", Tone.ADD) == "x"
    assert Palette(colour=True).paint("", Tone.ADD) == ""


def test_ascii_has_twins_for_every_sign():
    assert (PLAIN.arrow, PLAIN.dash) == ("→", "—")
    assert (ASCII.arrow, ASCII.dash) == ("->", "-")
