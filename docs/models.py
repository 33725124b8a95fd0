"""The reference pages of what may be written: every key of reconciler.yaml and of each kind, made from the schemas."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import yaml
from blocks import anchor

from reconciler.core.address import NAME_PATTERN
from reconciler.core.kind import Kind

Schema = Mapping[str, Any]

_VARIABLE = {"$ref": "#/$defs/TextWithVariable"}
_OVERRIDES = {
    "defaultEnvironment": "environment",
    "parallelism": "parallelism",
    "probe.gate": "gate",
    "refresh.mode": "refresh",
}
"""The keys that an option overrides for one run, by the option's name in the program."""

_WORDS = {"connectionType": "`type`", "resource": "what it is connected to"}
"""What an author calls a member that cannot change, where the organisation has another word for it."""


_CONFIGURATION = """\
# Configuration

Every key of `reconciler.yaml`, of `reconciler.baseline.yaml` and of the files in `policies/`. Made by `make generate`
from the models that judge them. A key that is not listed is an error at its line, with the nearest name; a relative
path begins at `reconciler.yaml`. Manifests have [a page of their own](kinds.md).

Without `reconciler.yaml` everything is at its default: manifests in `registry.d`, one environment `local`, the embedded
organisation. Here is the file of [the example with three environments](../../examples/multi-environment/README.md):
"""
_KINDS = """\
# Kinds of manifests

What a document of the registry may say. Made by `make generate` from the models that judge it; the examples are those
of [examples/](../../examples/), which tests plan. A document refers only to kinds above its own, and
[agents.md](../agents.md) tells how they work together.

| kind | describes | a change of these is a replace |
|---|---|---|"""
_ENVELOPE = """\
A file holds one document or several, divided by `---`. A text may hold `${var.name}`, which takes the value of the
chosen environment in `reconciler.yaml`; `$${` is a plain `${`."""
_OVERRIDING = """

### For one run

Options win over environment variables, and these over the file. Every option has a variable: `RECONCILER_`, the command
and the option in capitals, as in `RECONCILER_PLAN_DETAILED_EXITCODE=1`; those that every command has are named without
the command.

| key | option | environment variable |
|---|---|---|"""


def configuration(schemas: Mapping[str, Schema], group: click.Group, example: Path) -> Iterator[str]:
    """Give the page about reconciler.yaml, the baseline and the files of policies, line by line."""
    yield from (_CONFIGURATION, "```yaml", example.read_text(encoding="utf-8").rstrip(), "```")
    yield from ("", "## reconciler.yaml", "")
    yield from _sections(schemas["reconciler.schema.json"])
    yield from _overriding(group)
    yield from ("", "## reconciler.baseline.yaml", "")
    yield from _sections(schemas["baseline.schema.json"])
    policies = schemas["policy.schema.json"]
    for form in policies["oneOf"]:
        name = _last(form)
        yield from ("", f"## policies/*.yaml: {name}", "")
        yield from _sections({**policies["$defs"][name], "$defs": policies["$defs"]}, name)


def kinds(schemas: Mapping[str, Schema], table: Mapping[str, Kind[Any]], examples: Sequence[Path]) -> Iterator[str]:
    """Give the page about the kinds of manifests, line by line; every kind needs an example in one of the files."""
    found = _examples(examples)
    if without := table.keys() - found.keys():
        raise SystemExit(f"No example shows a document of kind {', '.join(sorted(without))}.")
    yield _KINDS
    for kind in table.values():
        fixed = ", ".join(_WORDS.get(each, f"`{each}`") for each in sorted(kind.fixed))
        yield f"| [`{kind.name}`](#{anchor(kind.name)}) | {_cell(_about(schemas, kind))} | {fixed} |"
    yield from ("", "## Every document", "")
    yield from _sections(_envelope(schemas["McpServer.schema.json"]))
    for kind in table.values():
        schema = schemas[f"{kind.name}.schema.json"]
        yield from ("", f"## {kind.name}", "")
        yield from _sections({**schema["properties"]["spec"], "$defs": schema["$defs"]}, "spec")
        yield from ("", _life(kind))
        for text in found[kind.name]:
            yield from ("", "```yaml", text, "```")


def _envelope(schema: Schema) -> Schema:
    """What every document has, taken from that of one kind."""
    own = {
        "kind": {"description": "One of the kinds below.", "type": "string"},
        "spec": {"description": "What is wished for, see the kind.", "type": "object"},
    }
    return {**schema, "description": _ENVELOPE, "properties": {**schema["properties"], **own}}


def _about(schemas: Mapping[str, Schema], kind: Kind[Any]) -> str:
    schema = schemas[f"{kind.name}.schema.json"]
    spec = schema["properties"]["spec"]
    forms = [_followed(form, schema["$defs"]) for form in spec.get("oneOf", (spec,))]
    return " ".join(form["description"].partition("\n\n")[0] for form in forms)


def _life(kind: Kind[Any]) -> str:
    moves = [f"{move.verb} {move.source} → {move.target}" for move in kind.lifecycle.moves if move.actor == "admin"]
    if not moves:
        return "It is read and referred to, and never created, changed or deleted."
    return f"Moves: {'; '.join(moves)}."


# Sections


@dataclass
class _Walk:
    """The objects that a schema holds, each once, with all the places where it is found."""

    defs: Schema
    places: dict[str, list[str]] = field(default_factory=dict)

    def visit(self, node: Schema, path: str) -> None:
        for key, value in node["properties"].items():
            self._value(value, f"{path}.{key}".lstrip("."))

    def _value(self, node: Schema, path: str) -> None:
        for form in _forms(node):
            if "$ref" in form:
                name = _last(form)
                self.places.setdefault(name, []).append(path)
                if len(self.places[name]) == 1:
                    self.visit(self.defs[name], path)
            if "items" in form:
                self._value(form["items"], f"{path}[]")
            if isinstance(form.get("additionalProperties"), dict):
                self._value(form["additionalProperties"], f"{path}.NAME")


def _sections(schema: Schema, prefix: str = "") -> Iterator[str]:
    """The object itself, in each of its forms, then each object inside it under a heading of its own."""
    schema = _inlined(schema, schema.get("$defs", {}))
    defs = schema.get("$defs", {})
    forms = [_followed(form, defs) for form in _forms(schema)]
    walk = _Walk(defs)
    for form in forms:
        walk.visit(form, prefix)
    names = {name: _heading(defs[name], paths) for name, paths in walk.places.items()}
    for form in forms:
        if form is not forms[0]:
            yield ""
        if len(forms) > 1:
            yield from (f"### {_heading(form, [prefix])}", "")
        yield from _object(form, names)
    for name, paths in sorted(walk.places.items(), key=lambda item: len(item[1]) > 1):  # what is shared comes last
        yield from ("", f"### {names[name]}", "")
        if len(paths) > 1:
            yield from (f"At {', '.join(f'`{path}`' for path in paths)}.", "")
        yield from _object(defs[name], names)


def _object(schema: Schema, names: Mapping[str, str]) -> Iterator[str]:
    if "description" in schema:
        yield from (*schema["description"].splitlines(), "")
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    required = schema.get("required", ())
    for key, value in schema["properties"].items():
        default = "**required**" if key in required else _default(value)
        meaning = _cell(value.get("description", ""))
        if shown := [_flow(each) for each in value.get("examples", ())]:
            meaning = f"{meaning} For example {' or '.join(f'`{each}`' for each in shown)}."
        yield f"| `{key}` | {_cell(_type(value, names))} | {default} | {meaning} |"


def _type(node: Schema, names: Mapping[str, str]) -> str:
    return " or ".join(dict.fromkeys(_form(form, names) for form in _forms(node)))


def _form(form: Schema, names: Mapping[str, str]) -> str:
    if "$ref" in form:
        return f"[mapping](#{anchor(names[_last(form)])})"
    if words := form.get("enum", [form["const"]] if "const" in form else []):
        return ", ".join(f"`{each}`" for each in words)
    if form.get("type") == "array":
        least = f" (at least {form['minItems']})" if form.get("minItems") else ""
        return f"list of {_type(form['items'], names)}{least}"
    if form.get("type") == "object":
        inner = form.get("additionalProperties")
        return f"mapping from names to {_type(inner, names)}" if isinstance(inner, dict) else "mapping"
    return _scalar(form)


def _scalar(form: Schema) -> str:
    bounds = f" {form['minimum']} to {form['maximum']}" if "maximum" in form else ""
    words = {"boolean": "`true` or `false`", "integer": f"whole number{bounds}", "number": f"number{bounds}"}
    return _text(form) if form.get("type") == "string" else words.get(form.get("type", ""), "any value")


def _text(form: Schema) -> str:
    if "format" in form:
        return {"uri": "URL", "date": "day"}[form["format"]]
    if form.get("pattern") == f"^{NAME_PATTERN}$":
        return "name"
    return f"text, at most {form['maxLength']}" if "maxLength" in form else "text"


def _default(node: Schema) -> str:
    if "default" not in node:
        return ""
    references = any("$ref" in form for form in _forms(node))
    return "see there" if references and node["default"] else f"`{_flow(node['default'])}`"


def _forms(node: Schema) -> list[Schema]:
    """The forms that a value may have; that a text may hold a variable goes without saying."""
    for several in ("anyOf", "oneOf"):
        if several in node and "properties" not in node:
            return [each for form in node[several] if form != _VARIABLE for each in _forms(form)]
    return [node]


def _inlined(node: Any, defs: Schema) -> Any:
    """The schema with everything but objects put where it is referred to."""
    if isinstance(node, list):
        return [_inlined(each, defs) for each in node]
    if not isinstance(node, dict):
        return node
    referred = _followed(node, defs)
    if "$ref" in node and node != _VARIABLE and "properties" not in referred:
        node = {**referred, **{key: value for key, value in node.items() if key != "$ref"}}
    return {key: _inlined(value, defs) for key, value in node.items()}


def _last(reference: Schema) -> str:
    """The name of what is referred to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _followed(form: Schema, defs: Schema) -> Schema:
    found: Schema = defs[_last(form)] if "$ref" in form else form
    return found


# Words


def _heading(schema: Schema, paths: Sequence[str]) -> str:
    """Where it stands, and which of several forms it is; what stands in several places has its own name."""
    form = schema["properties"].get("type", {}).get("const")
    if len(paths) > 1:
        return _words(schema["title"])
    return f"`{paths[0]}` of type `{form}`" if form else f"`{paths[0]}`"


def _words(name: str) -> str:
    """`SecretSource` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _flow(value: Any) -> str:
    """A value as YAML on one line, without what is not set."""
    shown = yaml.safe_dump(_without_unset(value), default_flow_style=True, sort_keys=False, width=10_000)
    return re.sub(r"'(\d{4}-\d\d-\d\d)'", r"\1", shown.removesuffix("\n...\n").strip())


def _without_unset(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_unset(each) for key, each in value.items() if each is not None}
    return [_without_unset(each) for each in value] if isinstance(value, list) else value


# What overrides, and what is shown


def _overriding(group: click.Group) -> Iterator[str]:
    yield _OVERRIDING.removeprefix("\n")
    for key, name in _OVERRIDES.items():
        option, variables = _option(group, name)
        yield f"| `{key}` | `{option}` | {', '.join(f'`{each}`' for each in variables)} |"
    for each in group.params:
        if isinstance(each, click.Option) and each.envvar and each.name not in _OVERRIDES.values():
            yield f"|  | `{max(each.opts, key=len)}` | `{each.envvar}` |"


def _option(group: click.Group, name: str) -> tuple[str, list[str]]:
    """An option by its name in the program, and the variables that stand for it."""
    found = {path: each for path, each in _options(group, "RECONCILER") if each.name == name}
    if not found:
        raise SystemExit(f"No command has an option for {name}.")
    first = next(iter(found.values()))
    return max(first.opts, key=len), list(dict.fromkeys(str(each.envvar or path) for path, each in found.items()))


def _options(command: click.Command, prefix: str) -> Iterator[tuple[str, click.Option]]:
    for each in command.params:
        if isinstance(each, click.Option):
            yield f"{prefix}_{str(each.name).upper()}", each
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _options(child, f"{prefix}_{name.upper()}")


def _examples(files: Sequence[Path]) -> dict[str, list[str]]:
    """The first example of each kind, and of each type of it, without what the file says about itself."""
    found: dict[tuple[str, str], str] = {}
    for file in files:
        for part in re.split(r"^---\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            document = yaml.safe_load(part)
            if document:
                form = (document["kind"], str((document.get("spec") or {}).get("type", "")))
                found.setdefault(form, part[part.index("apiVersion:") :].rstrip())
    return {kind: [text for (each, _), text in found.items() if each == kind] for kind, _ in found}
