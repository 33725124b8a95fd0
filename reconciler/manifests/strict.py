"""What is refused although YAML allows it: what leaves the meaning to chance, and what only an attacker needs."""

from reconciler.core.diagnostic import Rule

DEPTH_MOST = 64
"""Lists and mappings inside each other."""
TEXT_MOST = 1 << 20
"""Characters of one text."""
VALUES_MOST = 50_000
"""Keys, values, lists and mappings of one document."""
DOCUMENTS_MOST = 100_000
"""Documents of one file."""
ALIASED_MOST = 1_000_000
"""Characters that the aliases of one file may repeat."""
FAULTS_MOST = 1_000
"""Faults that are listed for one file."""

EMPTY = Rule(
    code="YML012",
    summary="Document is empty",
    why="An empty document is most often a slip: a stray `---`, or a file whose content was lost. What was meant to "
    "be there would silently not be there.",
    example="---\n---\napiVersion: reconciler/v1",
    fix="Write the document, or remove the `---` or the file.",
)
DUPLICATE_KEY = Rule(
    code="YML020",
    summary="Key occurs twice in one mapping",
    why="Most YAML readers silently keep the last one, reviewers read the first one.",
    example='name: jira\n"name": confluence',
    fix="Keep one of the two.",
)
MERGE_KEY = Rule(
    code="YML021",
    summary="Merge key is not supported",
    why="`<<` is not part of YAML 1.2, and what it overrides surprises readers of a pull request.",
    example="<<: *defaults",
    fix="Write the keys out.",
)
TAG = Rule(
    code="YML022",
    summary="Tag is not supported",
    why="A tag changes the type of a value or asks the reader to run code.",
    example="displayName: !!python/name:os.system",
    fix="Remove the tag; put the value in quotes to make it a text.",
)
KEY_NOT_TEXT = Rule(
    code="YML023",
    summary="Key is not a text",
    why="Every key of a manifest is a name; a number, a list or an alias as a key is a slip.",
    example="? [a, b]\n: value",
    fix="Write the name of the key, in quotes if it looks like a number.",
)
NUMBER = Rule(
    code="YML024",
    summary="Number cannot be kept exactly",
    why="Infinity, not-a-number and integers beyond 64 bits do not survive the way to the organisation as JSON.",
    example="accessTokenLifetimeMinutes: .inf",
    fix="Write an ordinary number, or put it in quotes to make it a text.",
)
TOO_DEEP = Rule(
    code="YML025",
    summary="Document is nested too deep",
    why="No manifest needs more than a few levels; thousands of them only make programs crash.",
    example="[[[[[[[[…]]]]]]]]",
    fix=f"Keep lists and mappings to {DEPTH_MOST} levels.",
)
ALIASES = Rule(
    code="YML026",
    summary="Aliases repeat too much",
    why="A few lines of aliases to aliases can stand for billions of values.",
    example="b: [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]",
    fix="Write the values out.",
)
ALIAS = Rule(
    code="YML027",
    summary="Alias has no value",
    why="An alias repeats a value that an anchor marked earlier in the same document, and it cannot contain itself.",
    example="scopes: *standard   # without &standard above",
    fix="Mark the value with an anchor first, or write it out.",
)
TOO_LONG = Rule(
    code="YML028",
    summary="Text is too long",
    why="No field holds that much; a file that does is an accident or an attack.",
    example="description: xxxxxxxx…",
    fix=f"Keep each text to {TEXT_MOST:,} characters.",
)
TOO_MANY = Rule(
    code="YML029",
    summary="Document or file holds too much",
    why="Limits keep a hostile file from filling the memory of the machine that validates a pull request.",
    example="[,,,,,,,,…]",
    fix=f"Keep a document to {VALUES_MOST:,} values and a file to {DOCUMENTS_MOST:,} documents.",
)
DIRECTIVE = Rule(
    code="YML013",
    summary="Directive is not supported",
    why="`%YAML 1.1` asks for other rules (`on` is true, `012` is ten), `%TAG` for tags.",
    example="%YAML 1.1\n---\nname: on",
    fix="Remove the line; manifests are YAML 1.2.",
)
UNENCODABLE = Rule(
    code="YML014",
    summary="Text holds half a character",
    why="An escape like `\\ud83d` is one half of a UTF-16 pair; alone it stands for nothing and cannot be sent.",
    example='displayName: "\\ud83d\\ude00"',
    fix="Write the character itself, or its full code as `\\U0001f600`.",
)

NOT_KEPT = Rule(
    code="YML015",
    summary="File cannot be laid out anew without changing what it says",
    why="A layout that loses a comment or turns one value into another is no layout; the file is left as it is.",
    example="a comment between the brackets of a list that goes over several lines",
    fix="Lay this file out by hand, or move its comments to lines of their own.",
)
RULES = (
    EMPTY,
    DIRECTIVE,
    UNENCODABLE,
    NOT_KEPT,
    DUPLICATE_KEY,
    MERGE_KEY,
    TAG,
    KEY_NOT_TEXT,
    NUMBER,
    TOO_DEEP,
    ALIASES,
    ALIAS,
    TOO_LONG,
    TOO_MANY,
)
