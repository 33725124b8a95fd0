"""What others say of the formats that we write, by their schemas and parsers; and what our own schemas say."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from prometheus_client.parser import text_string_to_metric_families

OFFICIAL = Path(__file__).parent / "official"


@cache
def _sarif() -> Any:
    schema = json.loads((OFFICIAL / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


@cache
def _junit() -> Any:
    import xmlschema  # takes as long as all the judging

    return xmlschema.XMLSchema(OFFICIAL / "junit-10.xsd")


def demand_sarif(log: Any) -> None:
    """Raise unless the schema of OASIS accepts a log."""
    _sarif().validate(log)


def demand_junit(text: str) -> None:
    """Raise unless the schema of Jenkins accepts a report."""
    _junit().validate(text)


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Give every sample of a text of metrics as Prometheus reads it; raise where it would refuse the file."""
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    read = {(each.name, frozenset(each.labels.items())): each.value for each in found}
    assert len(read) == len(found), "a series stands there twice"
    assert len(found) == sum(not line.startswith("#") for line in text.splitlines())
    return read


@cache
def _ours(name: str) -> Any:
    path = Path(__file__).parents[2] / "schemas" / f"{name}.schema.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def demand_published(name: str, document: Any) -> None:
    """Raise unless a document fits the schema that we publish under a name."""
    _ours(name).validate(document)


OTHERWISE = {"validate": "validation", "show": "plan", "apply": "apply-result", "export": "import"}
"""Commands whose schema is not named as they are."""


def demand_answer(words: tuple[str, ...], document: Any) -> str:
    """Raise unless what a command has printed as JSON is its schema's, and holds no member that is not published.

    Gives the name of the schema: the command's, or of what is printed instead of a result.
    """
    name = OTHERWISE.get("-".join(words), "-".join(words))
    if isinstance(document, dict) and "error" in document:
        name = "error"
    elif isinstance(document, dict) and document.get("valid") is False:
        name = "validation"
    _closed(name).validate(document)
    return name


@cache
def _closed(name: str) -> Any:
    return jsonschema.Draft202012Validator(_without_more(_ours(name).schema))


def _without_more(schema: Any) -> Any:
    """The schema with which a member that it does not name is a fault."""
    if isinstance(schema, list):
        return [_without_more(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return {**closed, **{key: _without_more(value) for key, value in schema.items()}}
