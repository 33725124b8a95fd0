"""The plan as a file: JSON format 1.x, its schema, and its semantic digest. Text in, value out; no file is opened."""

import hashlib
import json
import re
from dataclasses import fields, is_dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from reconciler.core import estimate
from reconciler.core.address import Address
from reconciler.core.document import Document, Json, fingerprint, pretty
from reconciler.core.errors import PlanUnusable
from reconciler.core.plan import SILENT, Action, Change, Origin, Plan
from reconciler.core.plan_format import FORMAT_VERSION

_SAID = frozenset({"source", "hazards", "notes", "readiness", "previous", "remembered", "state_origin"})
"""Members of a change that do not belong to its meaning: where it was written, what was said, seen or remembered.

Hazards follow from the rest of it."""

_RECALLED = frozenset({"origin", "last"})
"""Members of a field change that only memory tells: plans that do the same mean the same, with a ledger or without."""

_ONLY_MEMORY = frozenset({*SILENT, Action.MOVE})
"""Actions that do nothing at the organisation."""

_UNSEALED = '\n  "checksum": ""'
_SEAL = re.compile(r'^  "checksum": "(sha256:[0-9a-f]{64})"', re.MULTILINE)
"""The checksum as it stands at the top level, the only place with this indentation."""


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


@cache
def _members(of: type) -> tuple[str, ...]:
    """The names of the members of a part of a plan; of a change, of those that belong to its meaning."""
    if not is_dataclass(of):
        return ()
    return tuple(each.name for each in fields(of) if of is not Change or each.name not in _SAID)


def _plain(value: Json) -> Json:
    """Give a part of a plan as JSON values, as the adapter does: making that takes as long as planning 200 objects."""
    if isinstance(value, Address):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    of: type = type(value)
    if names := _members(of):
        return {
            name: member if (member := getattr(value, name)) is None or isinstance(member, str) else _plain(member)
            for name in names
        }
    return to_jsonable_python(value, inf_nan_mode="null")


def to_document(plan: Plan) -> Document:
    """Give the plan as JSON values, with its digest."""
    body: Document = _adapter().dump_python(plan, mode="json")
    return {"digest": _digest(body), **body}


def dump(plan: Plan) -> str:
    """Give the text of a plan file: byte-identical for identical plans."""
    return seal(to_document(plan))


def seal(body: Document) -> str:
    """Give the text of a plan document with its checksum: SHA-256 over every byte but the checksum's own.

    The digest says that two plans mean the same; the checksum that this file is, letter by letter, the one that was
    written. It guards against damage and slips, and against two readers of one JSON text who see different values.
    Somebody who can write the file can also make a new checksum: what was approved is known by its digest.
    """
    blank = pretty({**body, "checksum": ""})
    return blank.replace(_UNSEALED, _UNSEALED[:-1] + f'{_hash(blank)}"', 1)


def _hash(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def _demand_seal(text: str) -> None:
    found = list(_SEAL.finditer(text))
    if len(found) != 1:
        raise PlanUnusable("It does not carry one checksum: it was not written by this tool, or was altered.")
    blank = text[: found[0].start(1)] + text[found[0].end(1) :]
    if _hash(blank) != found[0][1]:
        raise PlanUnusable("Its checksum does not fit its content: the file was altered after it was written.")


def load(text: str) -> Plan:
    """Read a plan file. Unknown members of a known major version are ignored; anything else off raises PlanUnusable."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise PlanUnusable(f"The file is not JSON: {error}.") from error
    version = str(body.get("format_version", "")) if isinstance(body, dict) else ""
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise PlanUnusable(f"It has format {version or 'none'}, this tool reads {FORMAT_VERSION.partition('.')[0]}.x.")
    _demand_seal(text)
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

    The same after reordering keys, files and sets in the manifests; no times, no positions, no wording. Objects of
    which nothing but memory changes are left out, and so is what memory says of a difference: a plan that performs the
    same steps has the same digest whether a ledger was at hand or not. What a ledger changes in the steps (a field that
    is taken back, an old object that goes away) is part of it.
    """
    return _digest(
        {
            "format_version": plan.format_version,
            "target": _plain(plan.target),
            "changes": [_plain(change) for change in plan.changes if change.action not in _ONLY_MEMORY],
            "witnesses": _plain(plan.witnesses),
            "problems": [{"code": problem.code, "subject": problem.subject} for problem in plan.problems],
        }
    )


def _digest(body: Document) -> str:
    return fingerprint(
        {
            "format_version": body["format_version"],
            "target": body["target"],
            "changes": [_meaning(change) for change in body["changes"] if change["action"] not in _ONLY_MEMORY],
            "witnesses": body["witnesses"],
            "problems": sorted([problem["code"], problem["subject"]] for problem in body["problems"]),
        }
    )


def _meaning(change: Document) -> Document:
    fields = [
        {k: v for k, v in field.items() if k not in _RECALLED}
        for field in change["fields"]
        if field["origin"] != Origin.ACCEPTED
    ]
    return {**{k: v for k, v in change.items() if k not in _SAID}, "fields": fields}


def meaning(change: Change) -> Document:
    """What belongs to the meaning of one change: what it would do, not what is said or remembered of it.

    What its steps wait for is left out: that depends on the other changes.
    """
    body = _meaning(_plain(change))
    return {**body, "steps": [{k: v for k, v in step.items() if k != "after"} for step in body["steps"]]}


def identity(plan: Plan) -> str:
    """The name of this very plan: its meaning and its envelope. No other run of the planner gives the same."""
    envelope = _adapter().dump_python(plan, mode="json", include={"envelope", "tool_version"})
    return fingerprint({"digest": digest(plan), **envelope})


def schema() -> Document:
    """The JSON Schema (draft 2020-12) of a plan file."""
    body = _adapter().json_schema(mode="serialization")
    body["properties"]["digest"] = {
        "type": "string",
        "pattern": "^sha256:[0-9a-f]{64}$",
        "description": "Semantic digest: the same for plans that mean the same.",
    }
    body["properties"]["checksum"] = {
        "type": "string",
        "pattern": "^sha256:[0-9a-f]{64}$",
        "description": "SHA-256 over the bytes of the file, this value left empty.",
    }
    body["properties"]["estimate"] = estimate.schema()
    body["required"] = [*body.get("required", []), "digest", "checksum", "format_version"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mcp-reconciler:schema:plan:1",
        **body,
        "title": "Plan",
    }
