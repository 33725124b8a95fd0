"""One text to its documents: fast where that is safe, exact where it matters, with sentences for syntax errors."""

from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.noun import dataclass
from reconciler.manifests.compose import Composed, compose
from reconciler.manifests.events import SyntaxFault, agrees, exact_events, fast_events, may_be_judged
from reconciler.manifests.quick import quick
from reconciler.manifests.shelf import Document, Shelf
from reconciler.manifests.show import escaped
from reconciler.manifests.strict import EMPTY

SYNTAX = Rule(
    code="YML010",
    summary="File is not valid YAML",
    why="What cannot be parsed cannot be judged; the rest of the file is not read.",
    example="scopes: [read, write",
    fix="Look at this line and the one above: indentation, quotation marks, brackets, a colon inside a text.",
)
TAB = Rule(
    code="YML011",
    summary="Tab in a place where YAML allows only blanks",
    why="A tab has no agreed width, so YAML forbids it as indentation and after a colon.",
    example="spec:\n\tresourceUrl: https://mcp.example.com/mcp",
    fix="Replace the tab by blanks.",
)
RULES = (SYNTAX, TAB)

_ALIGN = "The indentation does not fit the lines above, or something follows a closed quotation or bracket."
_SENTENCES = (
    ("mapping values are not allowed", "A colon and a blank begin a value where none can begin.", "Quote the text."),
    ("could not find expected ':'", "This line is no `key: value`.", "Write `key: value`, or quote the long text."),
    ("expected ',' or ']'", "A list in brackets is not closed, or a comma is missing.", "Close it with `]`."),
    ("expected ',' or '}'", "A mapping in braces is not closed, or a comma is missing.", "Close it with `}`."),
    ("unexpected end of stream", "A quotation mark is not closed.", "Close it."),
    ("unexpected document", "A quotation mark is not closed before the next document.", "Close it."),
    ("expected <block end>", _ALIGN, "Align it with its neighbours, or quote the whole text."),
    ("did not find expected key", _ALIGN, "Align it with its neighbours, or quote the whole text."),
    ("sequence entries are not allowed", "A list item stands where none can stand.", "Begin the list on its own line."),
    ("cannot start any token", "A value begins with a character that has a meaning in YAML.", "Quote it."),
    ("unknown escape character", "A backslash in double quotes begins no known escape.", "Use single quotes."),
    ("escape", "An escape in double quotes is not complete.", "Use single quotes, or correct it."),
    ("more indented follow up", "A line of blanks stands before the first line of this text.", "Remove its blanks."),
    ("undefined tag handle", "A tag begins with a name that nothing defines.", "Remove the tag."),
    ("irective", "This line begins with `%` and is no directive that YAML knows.", "Remove the line."),
    ("incompatible YAML", "A `%YAML` line asks for another version of YAML.", "Remove the line."),
)
"""What parsers say, in part; what it means; what helps."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The documents of one file and its faults; `complete` is false when the rest of the file is unknown."""

    documents: tuple[Document, ...]
    faults: tuple[Diagnostic, ...]
    complete: bool


def parse(text: str, file: str, shelf: Shelf | None = None) -> Parsed:
    """Read every document of a text; `file` is its name in the diagnostics. What is on the shelf need not be parsed."""
    read = shelf.documents if shelf else quick
    documents = read(text, file) if agrees(text) else None
    if documents is not None:
        return Parsed(tuple(documents), (), complete=True)
    return careful(text, file)


def careful(text: str, file: str) -> Parsed:
    """Read every document, with every fault."""
    composed = compose(fast_events(text), file) if agrees(text) else compose(exact_events(text), file)
    if composed.syntax is not None and agrees(text) and may_be_judged(text):
        exact = compose(exact_events(text), file)
        if exact.syntax is None or exact.syntax.problem:
            composed = exact
    faults = [*composed.faults, *_last_faults(composed, file, text)]
    return Parsed(tuple(composed.documents), tuple(faults), composed.complete)


def _last_faults(composed: Composed, file: str, text: str) -> list[Diagnostic]:
    if composed.syntax is not None:
        return [_syntax_fault(composed.syntax, file, text)]
    if not composed.documents and not composed.faults:
        return [EMPTY.found("There is nothing in this file.").at(Source(file, 1, 1))]
    return []


def _syntax_fault(fault: SyntaxFault, file: str, text: str) -> Diagnostic:
    source = Source(file, fault.line + 1, fault.column + 1)
    line = "".join(text.split("\n", fault.line + 1)[fault.line : fault.line + 1])
    if line[fault.column : fault.column + 1] == "\t":
        return TAB.found("A tab stands here.").at(source)
    if "${" in line:
        fix = "Put a text with `${…}` in quotes where it stands inside brackets or braces."
        return SYNTAX.found("A `}` or `]` ends the value too early.", fix=fix).at(source)
    for sign, sentence, fix in _SENTENCES:
        if sign in fault.problem:
            return SYNTAX.found(sentence, fix=fix).at(source)
    return SYNTAX.found(f"The parser says: {escaped(fault.problem)}.").at(source)
