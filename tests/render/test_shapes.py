"""Every JSON document that is printed fits its published schema; and a schema refuses what no document is."""

import jsonschema
import pytest

from reconciler.core import drift_file, plan_file
from reconciler.core.errors import PlanStale
from reconciler.render import answers, findings, machine, shapes
from tests.support import spoilt
from tests.support.judges import demand_published

DOCUMENTS = {
    "apply-result": lambda: machine.result(spoilt.result()),
    "probe": lambda: findings.document(spoilt.letters(), spoilt.CHECKS),
    "validation": lambda: machine.diagnostics(spoilt.diagnostics(), 1, 2),
    "error": lambda: machine.error(PlanStale("moved", subject="plan.json")),
    "drift": lambda: drift_file.to_document(spoilt.drift()),
    "plan": lambda: plan_file.to_document(spoilt.plan()) | {"checksum": f"sha256:{'0' * 64}"},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_its_published_schema(name):
    demand_published(name, DOCUMENTS[name]())


def test_what_is_published_of_every_answer_is_a_schema():
    for schema in answers.schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_members_that_are_not_known_are_let_pass(name):
    demand_published(name, DOCUMENTS[name]() | {"added in 1.1": True})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_without_its_first_member_is_refused(name):
    document = DOCUMENTS[name]()
    required = {"error": "error", "validation": "valid", "apply-result": "ok", "probe": "ok"}.get(name, "target")
    del document[required]
    with pytest.raises(jsonschema.ValidationError, match=required):
        demand_published(name, document)


@pytest.mark.parametrize("name", ["apply-result", "probe"])
def test_another_major_version_is_refused(name):
    with pytest.raises(jsonschema.ValidationError):
        demand_published(name, DOCUMENTS[name]() | {"format_version": "2.0"})


def test_the_schemas_of_the_shapes_have_names_of_their_own():
    made = shapes.schemas()
    assert made.keys() == {f"{name}.schema.json" for name in ("apply-result", "probe", "validation", "error")}
    assert made["probe.schema.json"]["$id"] == "urn:mcp-reconciler:schema:probe:1"
