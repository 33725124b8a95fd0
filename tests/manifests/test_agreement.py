"""Fast reading gives what exact reading gives: the same values of the same types at the same places, or both refuse."""

from io import StringIO
from pathlib import Path

import pytest
import ruamel.yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.core.diagnostic import Source
from reconciler.manifests.compose import Composed, compose
from reconciler.manifests.events import agrees, exact_events, fast_events
from reconciler.manifests.parse import careful, parse
from reconciler.manifests.quick import quick
from reconciler.manifests.read import SourceFile, read
from tests.support.steady import STEADY, many

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
COMPARED = settings(STEADY, max_examples=many(150))

# Where our values are not those of ruamel.yaml's own loader, and why. Everything else in the corpus is equal.
NOT_LIKE_RUAMEL = {
    "anchor-used-again": "ruamel.yaml warns; YAML 1.2 section 7.1 lets the later anchor count",
    "binary": "0b101 is no number in YAML 1.2",
    "dates": "YAML 1.2 has no dates; the model of a field that wants one reads the text",
    "equals-sign": "ruamel.yaml knows `=` from YAML 1.1 and then has no value for it",
    "merge-as-value": "ruamel.yaml takes `<<` for a merge key even where no key stands",
    "times": "as dates",
    "underscores": "1_000 is no number in YAML 1.2",
}


def typed(value):
    """The value with the types of everything in it, so that 1, 1.0 and True differ, and NaN equals itself."""
    if isinstance(value, dict):
        return "dict", [(typed(key), typed(item)) for key, item in value.items()]
    if isinstance(value, list):
        return "list", [typed(item) for item in value]
    return type(value).__name__, repr(value)


def verdict(composed: Composed):
    """What reading came to; where it is refused, the position may differ by the token that a parser stops at."""
    if composed.syntax or composed.faults:
        return "refused"
    return [typed(document.value) for document in composed.documents]


def places(composed: Composed) -> list[Source]:
    return [document.source for document in composed.documents]


def assert_agreement(text: str) -> None:
    """What libyaml is trusted with, it must read as ruamel.yaml does; what `quick` gives, the careful way gives too."""
    if not agrees(text):
        return
    fast = compose(fast_events(text), "f")
    if fast.syntax is None:
        exact = compose(exact_events(text), "f")
        assert verdict(fast) == verdict(exact)
        if "&" not in text:  # before or behind the anchor
            assert verdict(fast) == "refused" or places(fast) == places(exact)
    hurried = quick(text, "f")
    if hurried is not None:
        assert verdict(Composed(hurried)) == verdict(fast)
        assert hurried == fast.documents


def text_of(path: Path) -> str | None:
    return read(SourceFile(path.name, str(path))).text


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_fast_and_exact_reading_agree_on_awkward_documents(path: Path):
    text = text_of(path)
    if text is not None:  # otherwise the file is refused before anybody parses it
        assert_agreement(text)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_values_are_those_of_ruamel(path: Path):
    text = text_of(path)
    ours = parse(text, "f") if text is not None else None
    if ours is None or ours.faults:
        return  # refused, which is stricter than ruamel.yaml
    values = [typed(document.value) for document in ours.documents]
    try:
        theirs = [typed(value) for value in ruamel.yaml.YAML(typ="safe", pure=True).load_all(text)]
    except (ruamel.yaml.error.YAMLError, Warning):
        theirs = None
    assert (values == theirs) is (path.stem not in NOT_LIKE_RUAMEL)


SIGNS = "abx1:-?!&*[]{},'\"#|>@%`~=\\ \n"
TOKENS = [
    "  ",
    "\n  ",
    "\n    ",
    "- ",
    ": ",
    "a: ",
    "? ",
    ", ",
    " # c",
    "|-\n",
    "|+\n  ",
    ">\n ",
    ">2",
    "&x ",
    "*x ",
    "!t ",
]
WORDS = ["0o7", "é", "😀", "null", "<<: ", "a: b\n", '"a"', "{a: 1}", "\\n", "\\x41", "%YAML 1.2\n", "\n---\n", "...\n"]
PIECES = [*SIGNS, *TOKENS, *WORDS]

DOCUMENT = """\
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: jira, labels: {team: "a b"}}
spec:
  resourceUrl: https://mcp.example.com/mcp?x=1&y=2
  description: |
    Some text
      more

    end
  displayName: >-
    folded
    text
  authorizationServers:
    - corp   # comment
    - 'it''s'
  n: [1, 0x1F, .5, 1e3, "q\\n\\x41", null, ~, {a: b, "c":d}]
a: &x [1, 2]
b: *x
m: "multi
  line"
"""

PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Cn"))
AWKWARD = ("on", "012", "1_000", "0o7", "0E0", "=", "<<", "~", "2024-01-01", "null", ".inf", "- a", "a: b", "#", "*a")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(PRINTABLE),
    st.text("\n ab:-#'\"", max_size=12),
    st.sampled_from(AWKWARD),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(PRINTABLE, max_size=8), inner, max_size=4),
    max_leaves=12,
)


@COMPARED
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_fast_and_exact_reading_agree_on_any_text(text: str):
    assert_agreement(text)


@COMPARED
@given(st.data())
def test_fast_and_exact_reading_agree_on_damaged_documents(data: st.DataObject):
    text = DOCUMENT
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 4, len(text))))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:]
    assert_agreement(text)


@settings(STEADY, max_examples=many(60))
@given(VALUES, st.sampled_from([None, True, False]), st.sampled_from([20, 80, 10_000]), st.sampled_from([2, 4]))
def test_what_ruamel_writes_is_read_back(value, flow: bool | None, width: int, indent: int):  # noqa: FBT001 - its name
    writer = ruamel.yaml.YAML(typ="safe", pure=True)
    writer.default_flow_style, writer.width, writer.map_indent = flow, width, indent
    writer.sort_base_mapping_type_on_output = False
    stream = StringIO()
    writer.dump(value, stream)
    text = stream.getvalue()
    assume(flow is False or "?" not in text)  # in braces, both parsers take `?a` for a key mark; YAML 1.2 does not
    assert_agreement(text)
    read_back = careful(text, "f")
    if read_back.faults:  # what ruamel.yaml itself cannot read again in braces, and a document that is null
        assert flow is not False or value is None
    else:
        assert [typed(document.value) for document in read_back.documents] == [typed(value)]
