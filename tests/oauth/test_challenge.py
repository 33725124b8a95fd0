import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oauth.challenge import Challenge, Challenges, naive, parse
from tests.support.steady import STEADY

REALM = ("realm", "a")


@pytest.mark.parametrize(
    ("values", "items"),
    [
        (["Negotiate"], [Challenge("Negotiate")]),
        (["Bearer realm=a"], [Challenge("Bearer", None, (REALM,))]),
        (['Bearer Realm="a" , Error = "b"'], [Challenge("Bearer", None, (REALM, ("error", "b")))]),
        (['Bearer realm="x, y=\\"z\\""'], [Challenge("Bearer", None, (("realm", 'x, y="z"'),))]),
        (["Basic YWJj=="], [Challenge("Basic", "YWJj==")]),
        (["Basic YWJj==, Bearer realm=a"], [Challenge("Basic", "YWJj=="), Challenge("Bearer", None, (REALM,))]),
        (["Negotiate, Basic realm=a, x=y"], [Challenge("Negotiate"), Challenge("Basic", None, (REALM, ("x", "y")))]),
        (
            ["Basic realm=a", "DPoP algs=ES256"],
            [Challenge("Basic", None, (REALM,)), Challenge("DPoP", None, (("algs", "ES256"),))],
        ),
        ([", , Bearer realm=a, ,"], [Challenge("Bearer", None, (REALM,))]),
        (["Bearer"], [Challenge("Bearer")]),
        ([""], []),
        ([], []),
    ],
)
def test_the_grammar(values, items):
    assert parse(values) == Challenges(tuple(items))


@pytest.mark.parametrize(
    ("value", "items", "fault"),
    [
        ("Bearer realm=a error=b", 1, "character 15: a comma is missing"),
        ("realm=a", 0, "character 7: realm belongs to no challenge"),
        ('Bearer realm="a', 1, "character 13: realm has no value that can be read"),
        ("Bearer realm=, x=y", 1, "Bearer: parameters after a token"),
        ('"x" Bearer', 0, "character 0: a name is expected"),
        ("Bearer realm=a, realm=b", 1, "Bearer: realm stands twice"),
        ("Bearer\x00", 1, "character 6: a comma is missing"),
        ('Bearer realm="\x01"', 1, "character 13: realm has no value that can be read"),
    ],
)
def test_what_the_grammar_does_not_allow_is_named(value, items, fault):
    found = parse([value])
    assert len(found.items) == items
    assert fault in found.faults


def test_reading_goes_on_after_a_fault():
    found = parse(['Bearer realm="a" error="b", "!", scope="c"'])
    assert found.of("bearer") == Challenge("Bearer", None, (REALM, ("error", "b"), ("scope", "c")))


def test_names_of_schemes_and_the_first_value_count():
    found = parse(["Basic realm=a, DPoP scope=a, bearer scope=b"])
    assert found.of("Bearer", "DPoP") == Challenge("DPoP", None, (("scope", "a"),))
    assert found.of("Digest") is None
    assert Challenge("X", None, (("a", "1"), ("a", "2"))).get("a") == "1"
    assert Challenge("X").get("a") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('Bearer resource_metadata="u"', "u"),
        ("Bearer resource_metadata=u, x=y", "u"),
        ('Bearer error_description="see resource_metadata=evil"', 'evil"'),
        ('Bearer x_resource_metadata="evil", resource_metadata="u"', "evil"),
        ('Bearer resource_metadata = "u"', None),
    ],
)
def test_a_hasty_reader_is_easily_led(value, found):
    assert naive([value], "resource_metadata") == found


TOKENS = st.text("abcXYZ019!#$%&'*+.^_`|~-", min_size=1, max_size=8)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@st.composite
def challenges(draw):
    scheme = draw(TOKENS)
    names = draw(st.lists(TOKENS.map(str.lower), unique=True, max_size=3))
    return Challenge(scheme, None, tuple((name, draw(TEXTS)) for name in names))


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@STEADY
@given(st.lists(challenges(), max_size=4), st.sampled_from([", ", ",", " ,\t"]))
def test_what_is_written_by_the_grammar_reads_back(items, comma):
    texts = [
        f"{c.scheme} {comma.join(f'{name}={quoted(value)}' for name, value in c.parameters)}".rstrip() for c in items
    ]
    assert parse([comma.join(texts)]) == Challenges(tuple(items))
    assert parse(texts) == Challenges(tuple(items))


@STEADY
@given(st.lists(st.text('aZ0 ,="\\;\t\x00é', max_size=30) | st.text(max_size=20), max_size=3))
def test_it_never_crashes(values):
    found = parse(values)
    assert all(each.scheme for each in found.items)
    naive(values, "scope")
