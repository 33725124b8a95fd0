"""Drift as JSON: format 1.x and its schema. Members are only ever added within one major version."""

from functools import cache

from pydantic import TypeAdapter

from reconciler.core.document import Document
from reconciler.core.drift import Drift

FORMAT_VERSION = "1.0"


@cache
def _adapter() -> TypeAdapter[Drift]:
    return TypeAdapter(Drift)


def to_document(found: Drift) -> Document:
    """Give drift as JSON values, with its verdict first."""
    body: Document = _adapter().dump_python(found, mode="json", exclude={"recalled"})
    recalled = {"objects": len(found.recalled.objects), "oldest_seconds": found.recalled.oldest}
    return {
        "format_version": FORMAT_VERSION,
        "clean": found.clean,
        "alarms": len(found.alarms),
        **body,
        "recalled": recalled,
    }


def schema() -> Document:
    """The JSON Schema (draft 2020-12) of what `drift --format json` prints."""
    body = _adapter().json_schema(mode="serialization")
    body["properties"] |= {
        "format_version": {"type": "string", "description": "1.x; unknown members of a known major are ignored."},
        "clean": {"type": "boolean", "description": "Nothing to alarm about, and the look was whole."},
        "recalled": {
            "type": "object",
            "properties": {"objects": {"type": "integer"}, "oldest_seconds": {"type": "number"}},
            "description": "How many objects were taken from an earlier reading, and how old the oldest of these is.",
        },
        "alarms": {"type": "integer", "description": "How many of `found` alarm."},
    }
    body["required"] = [*body.get("required", []), "format_version", "clean", "alarms"]
    body["$defs"].pop("Recalled", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mcp-reconciler:schema:drift:1",
        **body,
        "title": "Drift",
    }
