"""The published schemas: valid themselves, as strict as the models, and patient with variables."""

import json

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from reconciler.kinds import KINDS
from reconciler.manifests import schemas
from reconciler.manifests.parse import parse
from tests.manifests.faults import CONFIG_FAULTS, CORP, SHAPE, URL, Fault, server
from tests.manifests.test_config import FULL

SCHEMAS = schemas(KINDS)
# What a model finds and a schema cannot say.
BEYOND_A_SCHEMA = {"CFG001", "CFG002", "CFG004", "CFG010", "CNF002", "CNF003", "CNF004", "CNF005", "CNF007"}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[f"{name}.schema.json"], format_checker=Draft202012Validator.FORMAT_CHECKER)


def documents(text: str):
    return [document.value for document in parse(text, "f").documents]


def test_there_is_one_for_each_kind_one_for_all_and_one_for_the_settings():
    assert list(SCHEMAS) == [
        *(f"{name}.schema.json" for name in KINDS),
        "manifest.schema.json",
        "reconciler.schema.json",
        "baseline.schema.json",
        "policy.schema.json",
    ]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_closed_and_knows_no_null(name: str):
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:mcp-reconciler:schema:{name.removesuffix('.schema.json')}:v1"
    assert '"null"' not in json.dumps(schema)
    assert "discriminator" not in json.dumps(schema)
    for node in objects(schema):
        assert "additionalProperties" in node, node


def objects(node):
    if isinstance(node, list):
        for item in node:
            yield from objects(item)
    elif isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for item in node.values():
            yield from objects(item)


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_is_described(name: str):
    for node in objects(SCHEMAS[name]):
        for key, item in node.get("properties", {}).items():
            assert item.get("description"), key


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_fit_their_own_schema(name: str):
    def check(node):
        if isinstance(node, list):
            list(map(check, node))
        elif isinstance(node, dict):
            for example in node.get("examples", ()):
                Draft202012Validator({**node, "$defs": SCHEMAS[name].get("$defs", {})}).validate(example)
            list(map(check, node.values()))

    check(SCHEMAS[name])


def test_a_good_document_is_accepted_by_its_kind_and_by_the_mixed_schema():
    for document in documents(server(URL, "authorizationServers: [corp]", metadata="{name: a, labels: {team: b}}")):
        validator(document["kind"]).validate(document)
        validator("manifest").validate(document)


def test_variables_may_stand_in_every_constrained_text():
    text = server(
        "resourceUrl: https://mcp.${var.domain}/mcp", "authorizationServers: ['${var.corp}']", "state: ${var.s}"
    )
    text = text.replace("displayName: Corp", "displayName: '${var.name} '").replace(
        "{name: corp}", "{name: '${var.n}'}"
    )
    for document in documents(text):
        validator(document["kind"]).validate(document)
        validator("manifest").validate(document)


def test_a_text_that_only_looks_like_a_variable_is_still_refused():
    (document, _) = documents(server(URL, "authorizationServers: ['${corp}']"))
    with pytest.raises(jsonschema.ValidationError):
        validator("McpServer").validate(document)


def test_a_document_of_another_kind_is_refused():
    with pytest.raises(jsonschema.ValidationError):
        validator("McpServer").validate(documents(CORP)[0])


@pytest.mark.parametrize("fault", SHAPE, ids=lambda fault: fault.reason)
def test_what_the_models_refuse_the_schema_refuses(fault: Fault):
    if {where.split()[1] for where in fault.expected} <= BEYOND_A_SCHEMA:
        return
    assert any(not validator("manifest").is_valid(document) for document in documents(fault.text))


def test_good_settings_are_accepted():
    validator("reconciler").validate(documents(FULL)[0])


@pytest.mark.parametrize("fault", CONFIG_FAULTS, ids=lambda fault: fault.reason)
def test_what_the_settings_refuse_the_schema_refuses(fault: Fault):
    codes = {where.split()[1] for where in fault.expected}
    if codes <= BEYOND_A_SCHEMA or any(code.startswith("YML") or code == "CNF001" for code in codes):
        return
    assert any(not validator("reconciler").is_valid(document) for document in documents(fault.text))
