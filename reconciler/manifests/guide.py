"""The JSON Schema of a model, without nulls, and what it tells an author about one place in a document."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from reconciler.core.document import Document, Json
from reconciler.manifests.docstrings import Described

DISCRIMINATOR = "type"
"""The key by which a mapping says which of several forms it has."""


def schema_of(model: type[BaseModel]) -> Document:
    """The JSON Schema of what may be written: camelCase keys, no null, since null is refused everywhere."""
    schema: Document = _cleaned(model.model_json_schema(by_alias=True, schema_generator=Described))
    return schema


def _cleaned(node: Json) -> Json:
    if isinstance(node, list):
        return [_cleaned(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _cleaned(item) for key, item in node.items() if not (key == "default" and item is None)}
    for each in node.get("properties", {}).values():
        each.pop("title", None)  # made of the key, and says no more than it
    return _without_null(_with_named_keys(node))


def _without_null(node: Document) -> Document:
    forms = [form for form in node.get("anyOf", ()) if form != {"type": "null"}]
    if len(forms) != 1:
        return {**node, "anyOf": forms} if forms else node
    return {**forms[0], **{key: item for key, item in node.items() if key != "anyOf"}}


def _with_named_keys(node: Document) -> Document:
    """A mapping whose keys have a form: say it of the keys, so that other keys are refused."""
    if "patternProperties" not in node:
        return node
    ((pattern, value),) = node["patternProperties"].items()
    rest = {key: item for key, item in node.items() if key != "patternProperties"}
    names = {**node.get("propertyNames", {}), "pattern": pattern}
    return {**rest, "propertyNames": names, "additionalProperties": value}


_FORMS = frozenset({"$ref", "anyOf", "oneOf", "discriminator"})


@lru_cache(maxsize=32)
def guide_to(model: type[BaseModel]) -> "Guide":
    """The guide of a model, made once: its schema takes milliseconds, and one mistake is often made many times."""
    return Guide(model)


class Guide:
    """Looks things up in the schema of one model."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._schema = schema_of(model)

    def at(self, path: tuple[str | int, ...], raw: Json) -> Document:
        """The schema of the value at a path, as far as it is known; `raw` tells which of several forms is meant."""
        node = self._form(self._schema, raw)
        for step in path:
            raw = _inside(raw, step)
            node = self._form(self._step(node, step), raw)
        return node

    def _step(self, node: Document, step: str | int) -> Document:
        if isinstance(step, int):
            return _schema(node.get("items"))
        return _schema(node.get("properties", {}).get(step, node.get("additionalProperties")))

    def _form(self, node: Document, raw: Json) -> Document:
        """Follow references and choose among forms, keeping what is said beside them."""
        while True:
            beside = {key: item for key, item in node.items() if key not in _FORMS}
            if "$ref" in node:
                node = {**self._schema["$defs"][node["$ref"].rpartition("/")[2]], **beside}
            elif "anyOf" in node:
                node = {**node["anyOf"][0], **beside}
            elif "discriminator" in node and (ref := self._chosen(node, raw)):
                node = {**beside, "$ref": ref}
            else:
                return node

    def _chosen(self, node: Document, raw: Json) -> str | None:
        word = raw.get(DISCRIMINATOR) if isinstance(raw, dict) else None
        found: str | None = node["discriminator"]["mapping"].get(word) if isinstance(word, str) else None
        return found


def _inside(raw: Json, step: str | int) -> Json:
    if isinstance(raw, dict):
        return raw.get(step)
    if isinstance(raw, list) and isinstance(step, int) and step < len(raw):
        return raw[step]
    return None


def _schema(node: Any) -> Document:
    return dict(node) if isinstance(node, Mapping) else {}
