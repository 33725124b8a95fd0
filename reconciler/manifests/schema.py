"""The published JSON Schemas (draft 2020-12): one for each kind, one for mixed files, one for
each of reconciler.yaml and reconciler.baseline.yaml.

Generated from the models that judge, so an editor completes and underlines what `validate` would. They stay a little
more patient than the models: a text may hold `${var.name}` wherever it is constrained.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.core.document import Document, Json
from reconciler.core.kind import Kind, Kinds
from reconciler.manifests.baseline import Baseline
from reconciler.manifests.config import Config
from reconciler.manifests.envelope import manifest_model
from reconciler.manifests.guide import schema_of
from reconciler.manifests.policies import PolicyDocument, WaiverDocument
from reconciler.manifests.variables import VARIABLE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ABOUT = frozenset({"title", "description", "default", "examples"})
_CONSTRAINTS = frozenset({"pattern", "format", "enum"})
_VARIABLE_NAME = "TextWithVariable"
_VARIABLE_SCHEMA: Document = {
    "title": "Text with a variable",
    "description": "A text in which `${var.name}` stands for a value of the chosen environment.",
    "type": "string",
    "pattern": VARIABLE,
}


def schemas(kinds: Kinds) -> Mapping[str, Document]:
    """Every published schema by file name, the same for the same kinds."""
    of_kinds = {kind.name: _of_kind(kind) for kind in kinds.values()}
    return {
        **{f"{name}.schema.json": _published(schema, name) for name, schema in of_kinds.items()},
        "manifest.schema.json": _published(_any_of_kinds(of_kinds), "manifest"),
        "reconciler.schema.json": _published(_plain(Config), "reconciler"),
        "baseline.schema.json": _published(_plain(Baseline), "baseline"),
        "policy.schema.json": _published(_of_policies(), "policy"),
    }


def spec_schema(kind: Kind[Any]) -> Document:
    """The schema of what may be written under `spec:` of a kind."""
    whole = schema_of(manifest_model(kind))
    return {**whole["properties"]["spec"], "$defs": whole.get("$defs", {})}


def _published(schema: Document, name: str) -> Document:
    return {"$schema": _DIALECT, "$id": f"urn:mcp-reconciler:schema:{name}:v1", **schema}


def _plain(model: type[BaseModel]) -> Document:
    schema: Document = _without_discriminator(schema_of(model))
    return schema


def _of_kind(kind: Kind[Any]) -> Document:
    schema: Document = _with_variables(_plain(manifest_model(kind)))
    schema["$defs"][_VARIABLE_NAME] = _VARIABLE_SCHEMA
    return schema


def _any_of_kinds(schemas: Mapping[str, Document]) -> Document:
    """One schema for files that hold several kinds, self-contained, since editors follow few references."""
    defs: Document = {}
    for name, schema in schemas.items():
        whole = _renamed(schema, name)
        defs |= {f"{name}.{key}": item for key, item in whole.pop("$defs").items()}
        defs[name] = whole
    return {
        "title": "Manifest",
        "description": "One document of a registry, of any kind.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in schemas],
        "$defs": defs,
    }


def _of_policies() -> Document:
    """One schema for files that hold policies and waivers."""
    both = {"Policy": _plain(PolicyDocument), "Waiver": _plain(WaiverDocument)}
    return {**_any_of_kinds(both), "title": "Policies", "description": "A policy or a waiver."}


def _renamed(node: Json, prefix: str) -> Json:
    if isinstance(node, list):
        return [_renamed(item, prefix) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: item.replace("#/$defs/", f"#/$defs/{prefix}.")
        if key == "$ref" and isinstance(item, str)
        else _renamed(item, prefix)
        for key, item in node.items()
    }


def _without_discriminator(node: Json) -> Json:
    """Leave out OpenAPI's keyword: JSON Schema does not know it, and each form says its `type` itself."""
    if isinstance(node, list):
        return [_without_discriminator(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = (key for key in node if key != "discriminator" or "oneOf" not in node)
    return {key: _without_discriminator(node[key]) for key in kept}


def _with_variables(node: Json) -> Json:
    """Let every constrained text be a text with a variable instead."""
    if isinstance(node, list):
        return [_with_variables(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "string" and node.keys() & _CONSTRAINTS:
        about = {key: item for key, item in node.items() if key in _ABOUT}
        strict = {key: item for key, item in node.items() if key not in _ABOUT}
        return {**about, "anyOf": [strict, {"$ref": f"#/$defs/{_VARIABLE_NAME}"}]}
    return {
        key: item if key in {"propertyNames", "default", "examples", "enum"} else _with_variables(item)
        for key, item in node.items()
    }
