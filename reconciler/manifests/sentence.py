"""What a model says about a value, as an author needs to hear it: what is wrong here, and what to do."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from reconciler.core.address import NAME_PATTERN
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Document, Json
from reconciler.core.noun import dataclass
from reconciler.manifests.nearest import nearest
from reconciler.manifests.show import dotted, found, kind_of, shown

Path = tuple[str | int, ...]

API_VERSION = Rule(
    code="MAN002",
    summary="Version of the format is not known",
    why="A later version may mean something else by the same words.",
    example="apiVersion: reconciler/v2",
    fix="Write `apiVersion: reconciler/v1`.",
)
KIND = Rule(
    code="MAN003",
    summary="Kind is not known",
    why="Only documents of a known kind can be planned; skipping others would hide a typing slip.",
    example="kind: McpSever",
    fix="Write one of the kinds that `reconciler schema` lists.",
)
MISSING = Rule(
    code="MAN004",
    summary="Required key is missing",
    why="There is no safe value to assume.",
    example="metadata: {labels: {team: collab}}   # no name",
    fix="Add the key.",
)
UNKNOWN_KEY = Rule(
    code="MAN005",
    summary="Key is not known",
    why="A misspelt key would be silently without effect.",
    example="displyName: Jira",
    fix="Correct or remove the key.",
)
WRONG_TYPE = Rule(
    code="MAN006",
    summary="Value has the wrong type",
    why="Guessing what a text or number was meant to be goes wrong in silence; `yes` is a text here.",
    example='managed: "yes"',
    fix="Write a value of the type that the detail names.",
)
NOT_ALLOWED = Rule(
    code="MAN007",
    summary="Value is not one of those allowed",
    why="The key knows a fixed set of words.",
    example="state: enabled",
    fix="Write one of the words that the detail names.",
)
FORM = Rule(
    code="MAN008",
    summary="Value does not have the required form",
    why="Names, dates and tokens have a form that the organisation or a standard demands.",
    example="name: Jira Cloud",
    fix="Write the value in the form that the detail describes.",
)
SIZE = Rule(
    code="MAN009",
    summary="Value is too short, too long or out of range",
    why="The organisation would refuse it.",
    example="authorizationServers: []",
    fix="Keep to the limit that the detail names.",
)
RULES = (API_VERSION, KIND, MISSING, UNKNOWN_KEY, WRONG_TYPE, NOT_ALLOWED, FORM, SIZE)

_EXPECTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "date_type": "a day, YYYY-MM-DD",
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "mapping_type"), "a mapping"),
}
_LIMITS = {
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
}
_PATTERNS = {
    rf"^{NAME_PATTERN}$": "small letters, digits and hyphens, with a letter or digit at both ends",
    r"^\S(.*\S)?$": "one line without a blank at either end",
}
_WORDS_MOST = 20
_QUOTE = "Put it in quotes to make it a text."
_HOW = {
    "a text": _QUOTE,
    "true or false": "Write `true` or `false`, without quotes.",
    "a whole number": "Write the number without quotes.",
    "a list": "Write a list: `[one, two]`, or a line `- one` for each.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault that a model found: pydantic's words, where, what stands there, what the schema says of the place."""

    error: ErrorDetails
    path: Path
    value: Json
    schema: Document
    parent: Document

    @property
    def context(self) -> Mapping[str, Any]:
        return self.error.get("ctx", {})

    @property
    def place(self) -> str:
        return f"`{dotted(self.path)}`" if self.path else "The document"

    @property
    def around(self) -> str:
        return f"`{dotted(self.path[:-1])}`" if self.path[:-1] else "The document"

    @property
    def found(self) -> str:
        return found(self.value, self.path)


def sentence(trouble: Trouble, rules: Mapping[str, Rule]) -> Diagnostic:
    """Say what is wrong; `rules` are those whose codes the validators of a kind may raise."""
    word = trouble.error["type"]
    if word in rules:
        return rules[word].found(str(trouble.context["detail"]), path=trouble.path)
    if word in _EXPECTED:
        return _wrong_type(trouble, _EXPECTED[word])
    if word in _LIMITS:
        return _size(trouble, _LIMITS[word])
    return _SENTENCES.get(word, _form)(trouble)


def _wrong_type(trouble: Trouble, expected: str) -> Diagnostic:
    kind = kind_of(trouble.value)
    seen = kind if isinstance(trouble.value, dict | list) else f"{kind} ({trouble.found})"
    return WRONG_TYPE.found(
        f"{trouble.place} should be {expected}, found {seen}.", path=trouble.path, fix=_HOW.get(expected, "")
    )


def _size(trouble: Trouble, limit: str) -> Diagnostic:
    needed = (
        limit.format_map(trouble.context)
        .replace("least 1 items", "least 1 item")
        .replace(" 1 characters", " 1 character")
    )
    size = len(trouble.value) if isinstance(trouble.value, str | list | dict) else trouble.found
    return SIZE.found(f"{trouble.place} needs {needed}, found {size}.", path=trouble.path, fix=_example(trouble.schema))


def _missing(trouble: Trouble) -> Diagnostic:
    key = str(trouble.path[-1])
    about = trouble.schema.get("description", "")
    return MISSING.found(
        f"{trouble.around} needs the key `{key}`. {about}".rstrip(),
        path=trouble.path,
        fix=f"Add `{key}`. {_example(trouble.schema)}".rstrip(),
    )


def _unknown_key(trouble: Trouble) -> Diagnostic:
    key = str(trouble.path[-1])
    allowed = list(trouble.parent.get("properties", ()))
    close = nearest(key, allowed)
    fix = f"Did you mean `{close}`?" if close else f"Allowed here: {_listed(allowed)}."
    return UNKNOWN_KEY.found(f"{trouble.around} has no key {shown(key)}.", path=trouble.path, fix=fix)


def _not_allowed(trouble: Trouble) -> Diagnostic:
    if trouble.path == ("apiVersion",):
        return API_VERSION.found(f"It says {trouble.found}.", path=trouble.path)
    return _one_of(trouble, trouble.schema.get("enum", [trouble.schema.get("const")]))


def _unknown_form(trouble: Trouble) -> Diagnostic:
    return _one_of(trouble, list(trouble.parent.get("discriminator", {}).get("mapping", ())))


def _one_of(trouble: Trouble, words: list[Json]) -> Diagnostic:
    texts = [str(word) for word in words]
    close = nearest(trouble.value, texts) if isinstance(trouble.value, str) else None
    return NOT_ALLOWED.found(
        f"{trouble.place} should be one of {_listed(texts)}, found {trouble.found}.",
        path=trouble.path,
        fix=f"Did you mean `{close}`?" if close else f"Write one of {_listed(texts)}.",
    )


def _form(trouble: Trouble) -> Diagnostic:
    return FORM.found(
        f"{trouble.place} {_rule_of_form(trouble)}, found {trouble.found}.",
        path=trouble.path,
        fix=_example(trouble.schema),
    )


def _rule_of_form(trouble: Trouble) -> str:
    if "pattern" in trouble.context:
        pattern = trouble.context["pattern"]
        return f"should be {_PATTERNS[pattern]}" if pattern in _PATTERNS else f"should have the form `{pattern}`"
    if trouble.error["type"].startswith("date"):
        return "should be a day, YYYY-MM-DD"
    return f"is refused ({trouble.context.get('error', trouble.error['msg'])})"


def _example(schema: Document) -> str:
    examples = schema.get("examples", ())
    return f"For example `{examples[0]}`." if examples and isinstance(examples[0], str) else ""


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words[:_WORDS_MOST]) + (" …" if len(words) > _WORDS_MOST else "")


_SENTENCES: Mapping[str, Callable[[Trouble], Diagnostic]] = {
    "missing": _missing,
    "union_tag_not_found": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _not_allowed,
    "enum": _not_allowed,
    "union_tag_invalid": _unknown_form,
}
