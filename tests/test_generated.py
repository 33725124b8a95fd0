"""What is made from code is current: schemas, reference pages, the index of decisions."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from reconciler import app
from reconciler.core.errors import error_classes

ROOT = Path(__file__).parents[1]
MANIFESTS = sorted([*(ROOT / "registry.d").glob("*.yaml"), *(ROOT / "examples").glob("*/registry.d/**/*.yaml")])
CONFIGURATIONS = sorted([ROOT / "reconciler.yaml", *(ROOT / "examples").glob("*/reconciler.yaml")])


def schema(name: str):
    return json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_generated_files_are_current():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.json")), ids=names)
def test_every_schema_is_a_schema(path: Path):
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MANIFESTS, ids=names)
def test_every_manifest_validates_against_its_published_schema(path: Path):
    for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader):
        plain = _as_core_schema(path, document)
        jsonschema.Draft202012Validator(schema(document["kind"])).validate(plain)
        jsonschema.Draft202012Validator(schema("manifest")).validate(plain)


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=names)
def test_every_configuration_validates_against_its_published_schema(path: Path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("reconciler")).validate(document)


def _as_core_schema(path: Path, document):
    """The document as YAML 1.2 reads it: dates stay text, which PyYAML's own loader would turn into dates."""
    typed = next(
        each
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if (each["kind"], each["metadata"]["name"]) == (document["kind"], document["metadata"]["name"])
    )
    return json.loads(json.dumps(typed, default=str))


def test_every_code_is_defined_once():
    codes = [error.rule.code for error in error_classes()]
    inherited = [error for error in error_classes() if "rule" not in vars(error)]
    assert inherited == []
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("code", sorted(app.rules()))
def test_every_code_has_a_page_that_says_what_why_and_what_to_do(code: str):
    rule = app.rules()[code]
    for text in (rule.summary, rule.why, rule.example, rule.fix):
        assert text.strip()
    assert not rule.summary.endswith(".")
    assert rule.fix.endswith((".", "?"))
