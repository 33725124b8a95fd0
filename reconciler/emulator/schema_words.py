"""The words that component schemas are built from."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
TIME: Schema = {"type": "string", "format": "date-time"}
URL: Schema = {"type": "string", "format": "uri"}
HTTPS: Schema = {"type": "string", "format": "uri", "pattern": r"^https://[a-z0-9]+(\.[a-z0-9]+)+(/[a-z0-9]*)*$"}
COUNT: Schema = {"type": "integer", "minimum": 0}
BOOLEAN: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
LINKS: Schema = {"type": "object"}
STATUS: Schema = {"enum": ["PENDING", "INACTIVE", "ACTIVE", "INVALID"]}
ON_OFF: Schema = {"enum": ["ACTIVE", "INACTIVE"]}
GRANT_TYPES: Schema = {
    "type": "array",
    "items": {"enum": ["authorization_code", "refresh_token"]},
    "uniqueItems": True,
}


def a_list(items: Schema, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def an_object(required: str, properties: Mapping[str, Schema], *, closed: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    if required:
        said["required"] = required.split()
    if closed:
        said["additionalProperties"] = False
    return said


def or_null(schema: Schema) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
