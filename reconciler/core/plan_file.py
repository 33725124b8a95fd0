"""The plan as a file: JSON format 1.x, its schema, and its semantic digest. Text in, value out; no file is opened."""

import json
from functools import cache

from pydantic import TypeAdapter, ValidationError

from reconciler.core.document import Document, fingerprint, pretty
from reconciler.core.errors import PlanUnusable
from reconciler.core.plan import FORMAT_VERSION, Plan

_SAID = frozenset({"source", "notes", "readiness"})
"""Members of a change that do not belong to its meaning: where it was written, what was said or seen of it."""


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def to_document(plan: Plan) -> Document:
    """Give the plan as JSON values, with its digest."""
    body: Document = _adapter().dump_python(plan, mode="json")
    return {"digest": digest(plan), **body}


def dump(plan: Plan) -> str:
    """Give the text of a plan file: byte-identical for identical plans."""
    return pretty(to_document(plan))


def load(text: str) -> Plan:
    """Read a plan file. Unknown members of a known major version are ignored; anything else off raises PlanUnusable."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise PlanUnusable(f"The file is not JSON: {error}.") from error
    version = str(body.get("format_version", "")) if isinstance(body, dict) else ""
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise PlanUnusable(f"It has format {version or 'none'}, this tool reads {FORMAT_VERSION.partition('.')[0]}.x.")
    try:
        plan = _adapter().validate_python(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PlanUnusable(f"It is not a plan of format {version}: {place}: {first['msg']}.") from error
    if body.get("digest") != digest(plan):
        raise PlanUnusable("Its digest does not fit its content: the file was altered after it was written.")
    return plan


def digest(plan: Plan) -> str:
    """SHA-256 over the meaning of a plan: target, changes, steps, the state it leans on, and what is in the way.

    The same after reordering keys, files and sets in the manifests; no times, no positions, no wording.
    """
    body = _adapter().dump_python(plan, mode="json")
    return fingerprint(
        {
            "format_version": body["format_version"],
            "target": body["target"],
            "changes": [{k: v for k, v in change.items() if k not in _SAID} for change in body["changes"]],
            "witnesses": body["witnesses"],
            "problems": sorted([problem.code, problem.subject] for problem in plan.problems),
        }
    )


def schema() -> Document:
    """The JSON Schema (draft 2020-12) of a plan file."""
    body = _adapter().json_schema(mode="serialization")
    body["properties"]["digest"] = {
        "type": "string",
        "pattern": "^sha256:[0-9a-f]{64}$",
        "description": "Semantic digest: the same for plans that mean the same.",
    }
    body["required"] = [*body.get("required", []), "digest", "format_version"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mcp-reconciler:schema:plan:1",
        **body,
        "title": "Plan",
    }
