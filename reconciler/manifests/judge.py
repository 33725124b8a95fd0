"""Plain values to typed ones, or to sentences: every fault that a model finds, as an author needs to hear it."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Json
from reconciler.manifests.guide import DISCRIMINATOR, Guide, guide_to
from reconciler.manifests.sentence import Trouble, sentence
from reconciler.manifests.show import dotted, is_credential, is_secret_key
from reconciler.manifests.strict import FAULTS_MOST

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

NO_VALUE = Rule(
    code="MAN010",
    summary="Key has no value",
    why="It is not clear whether nothing, the default, or the removal of a value is meant.",
    example="description:",
    fix="Leave the key out or give it a value.",
)
LITERAL_SECRET = Rule(
    code="CFG010",
    summary="Secret is written in the file",
    why="What was committed once is in every clone for ever; manifests, plans and logs never hold secrets.",
    example="clientSecret: hunter2",
    fix="Write where it is, `{fromEnv: NAME}` or `{fromFile: path}`; then replace the secret, since it is known now.",
)
RULES = (NO_VALUE, LITERAL_SECRET)

Faults = dict[Path, Diagnostic]
"""One fault for each place: the one that says most."""


def judge(model: type[M], raw: Json, rules: Mapping[str, Rule]) -> tuple[M | None, tuple[Diagnostic, ...]]:
    """Give the typed value, if there is one, and every fault; `rules` are those that the validators may name."""
    faults = dict(_refused(raw, ()))
    value = None
    try:
        value = typed(model, to_json(raw))
    except ValidationError as error:
        _translate(error, guide_to(model), raw, rules, faults)
    return value, tuple(faults.values())


def typed(model: type[M], document: bytes) -> M:
    """Give the typed value of a JSON text or raise ValidationError. Strict: a number in quotes is a text."""
    return model.model_validate_json(document, strict=True, by_alias=True, by_name=False)


def _refused(value: Json, path: Path) -> Iterator[tuple[Path, Diagnostic]]:
    """Find what no model is asked about: keys without a value, and literal secrets (never quoting them)."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _refused(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _refused(item, (*path, i))
    elif value is None:
        yield path, NO_VALUE.found(f"`{dotted(path)}` is written without a value.", path=path)
    elif not isinstance(value, bool) and is_secret_key(_last_key(path)):
        yield path, LITERAL_SECRET.found(f"`{dotted(path)}` holds a literal value.", path=path)
    elif isinstance(value, str) and is_credential(value):
        yield path, LITERAL_SECRET.found(f"`{dotted(path)}` holds what looks like a credential.", path=path)


def _last_key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _translate(error: ValidationError, guide: Guide, raw: Json, rules: Mapping[str, Rule], faults: Faults) -> None:
    errors = error.errors(include_url=False, include_input=False)[: FAULTS_MOST + 1]
    places = [_path(details, raw) for details in errors]
    for details, path in zip(errors, places, strict=True):
        if details["type"] == "too_short" and any(len(p) > len(path) and p[: len(path)] == path for p in places):
            continue  # the items that are wrong do not count as items
        value = details["loc"][-2] if details["loc"][-1:] == ("[key]",) else _value(raw, path)
        trouble = Trouble(details, path, value, guide.at(path, raw), guide.at(path[:-1], raw))
        if faults.get(path, NO_VALUE).code != NO_VALUE.code:
            continue
        if path not in faults or details["type"] == "extra_forbidden":
            faults[path] = sentence(trouble, rules)


def _path(details: ErrorDetails, raw: Json) -> Path:
    """The place in the document: pydantic's, less its names for the members of unions."""
    word, loc = details["type"], details["loc"]
    path: list[str | int] = []
    tagged = False
    for i, step in enumerate(loc):
        is_last = i == len(loc) - 1
        if isinstance(raw, dict):
            if not tagged and not is_last and raw.get(DISCRIMINATOR) == step:
                tagged = True
            elif step in raw or (is_last and word == "missing"):
                path.append(step)
                raw, tagged = raw.get(step), False
        elif isinstance(raw, list) and isinstance(step, int):
            path.append(step)
            raw = raw[step]
    return (*path, DISCRIMINATOR) if word.startswith("union_tag") else tuple(path)


def _value(raw: Json, path: Path) -> Json:
    for step in path:
        raw = raw.get(step) if isinstance(raw, dict) else raw[step]
    return raw
