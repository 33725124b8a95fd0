"""GitHub's own descriptions of its API as the judge of what is sent to the small GitHub, and of what that answers.

`official/github.openapi.json` and `official/github.graphql` are what GitHub publishes, cut to what this program uses.
"""

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

OFFICIAL = Path(__file__).parent / "official"


@cache
def _description() -> Any:
    return json.loads((OFFICIAL / "github.openapi.json").read_text(encoding="utf-8"))


@cache
def _graphql() -> Any:
    from graphql import build_schema

    return build_schema((OFFICIAL / "github.graphql").read_text(encoding="utf-8"))


def example(name: str) -> Any:
    """An answer as GitHub's description shows it, to be filled in."""
    return copy.deepcopy(_description()["components"]["examples"][name]["value"])


def rest_faults(method: str, path: str, sent: Any, answer: tuple[int, Any]) -> Iterator[str]:
    """Everything in which a request and its answer are not as described."""
    operation = _operation(method, path)
    if operation is None:
        yield f"{method} {path}: no such operation"
        return
    wanted = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if wanted is None:
        yield from () if sent is None else [f"{method} {path}: it takes no body"]
    else:
        yield from _faults(f"{method} {path} sent", {**wanted["schema"], "additionalProperties": False}, sent)
    status, said = answer
    response = operation["responses"].get(str(status))
    if response is None:
        yield from [] if status >= 300 else [f"{method} {path}: {status} is no success that is described"]
        return
    response = (
        _description()["components"]["responses"][response["$ref"].split("/")[-1]] if "$ref" in response else (response)
    )
    yield from _faults(f"{method} {path} answered", response["content"]["application/json"]["schema"], said)


def graphql_faults(query: str, variables: Any, answer: Any) -> Iterator[str]:
    """Everything in which a query and its answer are not as the schema says; answers with errors hold no data."""
    from graphql import ExecutionResult, execute, parse, validate

    document = parse(query)
    yield from (str(error) for error in validate(_graphql(), document))
    if answer.get("errors"):
        return
    done = execute(_graphql(), document, root_value=answer["data"], variable_values=variables)
    assert isinstance(done, ExecutionResult)
    yield from (str(error) for error in done.errors or ())
    if done.data != answer["data"]:
        yield f"the answer is {answer['data']}, by the schema it would be {done.data}"


def _operation(method: str, path: str) -> Any:
    for template, methods in _description()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in methods:
            return methods[method.lower()]
    return None


def _faults(what: str, schema: Any, value: Any) -> Iterator[str]:
    import jsonschema

    whole = {**_plain(schema), "components": _components()}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(value):
        yield f"{what}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"


@cache
def _components() -> Any:
    return _plain({"schemas": _description()["components"]["schemas"]})


def _plain(node: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema: `nullable` is its only word that is in use here and that differs."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
