"""`${var.name}` is put in once, as text; everything else after `${` is a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.variables import substitute

VARIABLES = {"domain": "example.com", "a-b_1": "x", "nested": "${var.domain}", "empty": "", "yaml": "[1, 2]"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://mcp.${var.domain}/mcp", "https://mcp.example.com/mcp"),
        ("${var.domain}${var.a-b_1}", "example.comx"),
        ("${var.empty}", ""),
        ("$${var.domain}", "${var.domain}"),
        ("$$${var.domain}", "$${var.domain}"),
        ("$ {var.domain} $", "$ {var.domain} $"),
        ("${var.nested}", "${var.domain}"),
        ("${var.yaml}", "[1, 2]"),
    ],
)
def test_texts(text: str, value: str):
    assert substitute({"a": [text]}, VARIABLES) == ({"a": [value]}, ())


@pytest.mark.parametrize(
    "text",
    ["${", "${}", "${var}", "${var.}", "${ var.domain }", "${env.domain}", "${var.1a}", "${var.a.b}", "${var.domain"],
)
def test_what_is_malformed_is_a_fault(text: str):
    value, (fault,) = substitute({"a": text}, VARIABLES)
    assert (value, fault.code, fault.path) == ({"a": text}, "MAN031", ("a",))


def test_an_undefined_name_gets_a_hint():
    _, (fault,) = substitute({"a": "${var.domian}"}, VARIABLES)
    assert fault.detail == "This environment has no variable `domian`."
    assert fault.fix.startswith("Did you mean `${var.domain}`?")
    _, (fault,) = substitute({"a": "${var.domian}"}, {})
    assert fault.fix == "Define it under `variables` of the environment in reconciler.yaml."


def test_keys_stay_as_they_are():
    value, (fault,) = substitute({"${var.domain}": 1}, VARIABLES)
    assert (value, fault.code, fault.path) == ({"${var.domain}": 1}, "MAN032", ("${var.domain}",))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("ab$ "),
        lambda v: st.lists(v) | st.dictionaries(st.text("ab"), v),
    )
)
def test_values_without_variables_are_left_alone(value: object):
    assert substitute(value, VARIABLES) == (value, ())
