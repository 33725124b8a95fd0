"""Cut out of what GitHub publishes what this program uses: `cut_github.py api.github.com.json schema.graphql`.

Both come in npm packages, which the README beside this names. Operations and types stand as they are published, less
descriptions, with the examples that the answers of the small GitHub of the tests are made of.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    print_type,
    visit,
)

from reconciler.github import comment, issue

HERE = Path(__file__).parent
OPERATIONS = (
    ("post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("patch", "/repos/{owner}/{repo}/issues/comments/{comment_id}"),
    ("post", "/repos/{owner}/{repo}/issues"),
    ("patch", "/repos/{owner}/{repo}/issues/{issue_number}"),
    ("get", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls"),
)
EXAMPLES = ("issue-comment", "issue", "pull-request-simple-items")
_SAID = frozenset({"description", "example", "examples", "externalDocs", "x-github", "x-octokit", "tags", "deprecated"})


def rest(description: Any) -> Any:
    """The operations, and every component that they lead to."""
    paths: dict[str, Any] = {}
    for method, path in OPERATIONS:
        paths.setdefault(path, {})[method] = _bare(description["paths"][path][method])
    components: dict[str, Any] = {"examples": {n: description["components"]["examples"][n] for n in EXAMPLES}}
    todo, done = set(_references(paths)), set[str]()
    while todo:
        reference = todo.pop()
        done.add(reference)
        _, _, group, name = reference.split("/")
        found = _bare(description["components"][group][name])
        components.setdefault(group, {})[name] = found
        todo |= set(_references(found)) - done
    return {"openapi": description["openapi"], "info": description["info"], "paths": paths, "components": components}


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {key: _bare(value) for key, value in node.items() if key not in _SAID or _is_member(key, value)}


def _is_member(key: str, value: Any) -> bool:
    """A property that is called as one of the words that describe."""
    return key != "examples" and isinstance(value, dict) and "type" in value


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)


def graphql(text: str) -> str:
    """The types of the queries, with the fields that they ask for; what goes in stands whole."""
    schema = build_schema(text, assume_valid=True)
    fields: dict[str, set[str]] = {}
    for query in (comment._OURS, comment._MINIMIZE, comment._RESTORE, issue._OURS):
        _collect(schema, parse(query), fields)
    told = [_cut(schema, name, fields[name]) for name in sorted(fields)]
    known = {*fields, "String", "Int", "Boolean", "ID", "Float"}
    todo = [each for name in fields for each in _needs(schema, name, fields[name])]
    while todo:
        name = todo.pop()
        if name not in known:
            known.add(name)
            found = schema.type_map[name]
            told.append(print_type(found))
            if isinstance(found, GraphQLInputObjectType):
                todo += [get_named_type(field.type).name for field in found.fields.values()]
    return "\n\n".join(sorted(_without_descriptions(each) for each in told)) + "\n"


def _collect(schema: GraphQLSchema, document: DocumentNode, fields: dict[str, set[str]]) -> None:
    info = TypeInfo(schema)

    class Asked(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            fields.setdefault(parent.name, set()).add(node.name.value)

    visit(document, TypeInfoVisitor(info, Asked()))


def _cut(schema: GraphQLSchema, name: str, wanted: set[str]) -> str:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    kept = {key: field for key, field in found.fields.items() if key in wanted}
    return print_type(GraphQLObjectType(name, kept))


def _needs(schema: GraphQLSchema, name: str, wanted: set[str]) -> Iterator[str]:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    for key in wanted:
        yield get_named_type(found.fields[key].type).name
        yield from (get_named_type(argument.type).name for argument in found.fields[key].args.values())


def _without_descriptions(text: str) -> str:
    lines, inside = [], False
    for line in text.splitlines():
        quotes = line.count('"""')
        if quotes == 0 and not inside and line.strip():
            lines.append(line)
        inside ^= quotes == 1
    return "\n".join(lines)


if __name__ == "__main__":
    cut = rest(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    HERE.joinpath("github.openapi.json").write_text(json.dumps(cut, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    HERE.joinpath("github.graphql").write_text(graphql(Path(sys.argv[2]).read_text(encoding="utf-8")), encoding="utf-8")
