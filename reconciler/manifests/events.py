"""Where parse events come from: libyaml for speed, ruamel.yaml as the judge. Both give the same words to the composer.

libyaml (through PyYAML) reads 10,000 small documents in half a second but knows YAML 1.1; ruamel.yaml is the
reference for YAML 1.2 and thirty times slower. libyaml therefore decides only where both agree: a text that it
rejects, and a text in which the two are known to differ, go to ruamel.yaml, whose word counts.
"""

import re
from collections.abc import Iterator
from typing import Any

from yaml import YAMLError as FastError
from yaml._yaml import CParser

_EXACT_MOST = 1 << 18
"""Characters above which libyaml's word counts, since ruamel.yaml would take more than a second or two."""

_DIFFERENT = (
    ("\t", re.compile(r"\t")),  # libyaml takes a tab for a blank after a colon
    ("%", re.compile(r"^%", re.MULTILINE)),  # directives, and where a document with one begins
    ("!", re.compile(r"(?<![^\s,\[{])!")),  # where a tag ends, and whether `!` alone is one
    ("*", re.compile(r"(?<![^\s,\[{])\*[^\s,\[\]{}]*:")),  # where an alias ends before a colon
    ("&", re.compile(r"(?<![^\s,\[{])&[^\s,\[\]{}]*:")),  # and an anchor
    (":", re.compile(r":[,\]}]")),  # whether a colon before a comma or bracket ends a key
    ("#", re.compile(r"[|>][-+0-9]*#")),  # a comment that touches the head of a block scalar
    ("|", _ROOT_BLOCK := re.compile(r"^(?:---)?(?:[ ]|[&!]\S*(?=\s))*[|>]", re.MULTILINE)),  # no indentation
    (">", _ROOT_BLOCK),
    (" \n", re.compile(r"[|>][-+0-9]* *\n +\n")),  # a line of blanks before the first line of a block scalar
    ("\n...", re.compile(r"^\.\.\.", re.MULTILINE)),  # several document ends in a row
)
"""Where libyaml and ruamel.yaml are known to read differently: a character to look for first, and the form.

Found, and kept complete, by the properties in tests/manifests/test_agreement.py.
"""


class SyntaxFault(Exception):
    """The text is not YAML; lines and columns count from 0."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column


NOT_YAML = (SyntaxFault, FastError)
"""What reading events can raise."""


def agrees(text: str) -> bool:
    """Whether libyaml and ruamel.yaml read the text alike, if libyaml can read it."""
    return len(text) > _EXACT_MOST or not any(sign in text and form.search(text) for sign, form in _DIFFERENT)


def may_be_judged(text: str) -> bool:
    """Whether the text is small enough for ruamel.yaml to have the last word."""
    return len(text) <= _EXACT_MOST


def fast_events(text: str) -> Iterator[Any]:
    """Parse with libyaml. What it raises is a libyaml error or a SyntaxFault; `as_fault` reads both."""
    return iter(CParser(text).get_event, None)


def exact_events(text: str) -> Iterator[Any]:
    """Parse with ruamel.yaml; raise SyntaxFault where the text is not YAML 1.2."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 40 ms that most runs never need
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError as error:
        raise as_fault(error) from None
    except (ArithmeticError, LookupError, ValueError, TypeError, AttributeError, AssertionError):
        raise SyntaxFault("", 0, 0) from None  # it trips over some escapes and directives, such as "\\UFFFFFFFF"


def as_fault(error: Exception) -> SyntaxFault:
    """Read the error of a parser."""
    if isinstance(error, SyntaxFault):
        return error
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = ", ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    return SyntaxFault(problem or "the text cannot be read", mark.line if mark else 0, mark.column if mark else 0)
