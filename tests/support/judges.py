"""What others say of the formats that we write: their published schemas and parsers, nothing of ours."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import xmlschema

OFFICIAL = Path(__file__).parent / "official"


@cache
def _sarif() -> Any:
    schema = json.loads((OFFICIAL / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


@cache
def _junit() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(OFFICIAL / "junit-10.xsd")


def demand_sarif(log: Any) -> None:
    """Raise unless the schema of OASIS accepts a log."""
    _sarif().validate(log)


def demand_junit(text: str) -> None:
    """Raise unless the schema of Jenkins accepts a report."""
    _junit().validate(text)
