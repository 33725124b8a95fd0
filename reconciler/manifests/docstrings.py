"""The sentences that stand in the source below the fields of models, as descriptions of a JSON Schema.

pydantic can look for them when it makes a class (`use_attribute_docstrings`): every process would read and parse the
sources of all models, and only a schema needs them.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.core.spec import Strict


class Described(GenerateJsonSchema):
    """Makes JSON Schemas in which the docstring below a field is the field's description, unless it has one."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model = schema["cls"]
        said = {name: text for each in reversed(model.__mro__) for name, text in _docstrings(each).items()}
        for name, field in model.model_fields.items():
            if name in said and field.description is None:
                made["properties"][field.alias or name]["description"] = said[name]
        return made


def _docstrings(model: type) -> Mapping[str, str]:
    """The docstrings below the fields that stand in the body of a class; none where there is no source."""
    return _of_module(model.__module__).get(model.__qualname__, {}) if issubclass(model, Strict) else {}


@cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, TypeError, OSError):  # made by hand, typed in, or without its source
        return {}
    return {node.name: dict(_below_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _below_fields(body: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in pairwise(body.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                yield name, inspect.cleandoc(said)
