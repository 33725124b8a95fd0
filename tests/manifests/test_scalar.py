"""The core schema of YAML 1.2.2, section 10.3.2, and the numbers that JSON cannot carry."""

import pytest

from reconciler.manifests.scalar import LONGEST, OutOfRange, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        ("0", 0),
        ("-19", -19),
        ("+12", 12),
        ("012", 12),
        ("0o14", 12),
        ("0x3A", 58),
        ("0.", 0.0),
        ("-0.0", -0.0),
        (".5", 0.5),
        ("+12e03", 12000.0),
        ("-2E+05", -200000.0),
        ("1e3", 1000.0),
    ],
)
def test_words_and_numbers(text: str, value: object):
    assert (type(resolve(text)), repr(resolve(text))) == (type(value), repr(value))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "on",
            "off",
            "yes",
            "no",
            "y",
            "n",
            "tRUE",
            "nULL",
            "1_000",
            "0b11",
            "0o8",
            "0xG",
            "-0x1",
            "1:30",
            "2024-01-31",
        ),
        *("1.2.3", ".", "-", "+", "1e", "e3", "0o", "0x", "nan", "inf", ".Inf.", "=", "<<", "N/A", "²", "\u0661"),
    ],
)
def test_everything_else_is_text(text: str):
    assert resolve(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(".inf", "-.INF", "+.Inf", ".nan", ".NaN", ".NAN", "1e999", "-1e999"),
        *("9223372036854775808", "0x8000000000000000", "9" * (LONGEST + 1), "9" * 100_000),
        *("0." + "1" * 100, "0o" + "7" * 100),
    ],
)
def test_numbers_that_cannot_be_kept_are_refused(text: str):
    with pytest.raises(OutOfRange):
        resolve(text)


def test_a_long_text_that_begins_like_a_number_is_text():
    assert resolve("1" + "x" * 1_000) == "1" + "x" * 1_000
