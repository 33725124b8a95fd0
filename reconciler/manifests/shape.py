"""One plain document to a resource: variables put in, envelope and spec judged together."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from reconciler.core import url
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.document import Json
from reconciler.core.kind import Kind, Kinds
from reconciler.core.noun import dataclass
from reconciler.core.resources import Resource, S
from reconciler.manifests.envelope import Manifest, Unknown, manifest_model
from reconciler.manifests.judge import judge, typed
from reconciler.manifests.nearest import nearest
from reconciler.manifests.sentence import KIND
from reconciler.manifests.shelf import Document, KeptDocument
from reconciler.manifests.show import found, kind_of
from reconciler.manifests.unread import Unread, sketch_of
from reconciler.manifests.variables import substitute

NOT_A_MAPPING = Rule(
    code="MAN001",
    summary="Document is not a mapping",
    why="A document is a set of keys: apiVersion, kind, metadata, spec.",
    example="- jira\n- confluence",
    fix="Begin the document with `apiVersion: reconciler/v1`.",
)
RULES = (NOT_A_MAPPING,)

URL_RULES = {rule.code: rule for rule in vars(url).values() if isinstance(rule, Rule)}
"""What validators of the core may find."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What one document came to. `claims` is the address that it gives itself, even when it is otherwise wrong."""

    source: Source
    faults: tuple[Diagnostic, ...] = ()
    resource: Resource[Any] | None = None
    claims: Address | None = None


class Shaper:
    """Shapes documents of the given kinds in the given environment; knows the rules that a kind's validators go by."""

    def __init__(self, kinds: Kinds, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._kinds = kinds
        self._rules = {name: URL_RULES | {rule.code: rule for rule in kind.rules} for name, kind in kinds.items()}

    def shape(self, document: Document) -> Shaped:
        """Give the resource, or every fault with its path and the position of the document."""
        resource = self._at_once(document)
        if resource is not None:
            return Shaped(document.source, (), resource, resource.address)
        raw: Json = document.value
        if not isinstance(raw, dict):
            fault = NOT_A_MAPPING.found(f"The document is {kind_of(raw)}.").at(document.source)
            return Shaped(document.source, (fault,))
        raw, manifest, faults = self._with_care(raw)
        claims = _claims(raw)
        if faults:
            subject = str(claims or "")
            faults = tuple(replace(fault, subject=subject, source=document.source) for fault in faults)
        if manifest is None or claims is None:
            return Shaped(document.source, faults, claims=claims)
        mark = "" if faults else _mark(to_json(raw))
        return Shaped(document.source, faults, self._resource(manifest, claims, document.source, mark), claims)

    def _at_once(self, document: Document) -> Resource[Any] | None:
        """The usual case: nothing to put in, nothing wrong."""
        kind = self._kinds.get(document.kind)
        if kind is None or not document.is_clean:
            return None
        if isinstance(document, KeptDocument) and document.sketch:
            return Unread(document.sketch, document.source, partial(_spec, kind, document))
        text = document.text
        try:
            manifest = typed(manifest_model(kind), text)
        except ValidationError:
            return None
        address = Address(manifest.kind, manifest.metadata.name)
        resource = self._resource(manifest, address, document.source, _mark(text))
        if isinstance(document, KeptDocument):
            document.sketch = sketch_of(resource)
        return resource

    def _resource(self, manifest: Manifest, address: Address, source: Source, mark: str) -> Resource[Any]:
        return Resource(
            address=address,
            spec=manifest.spec,
            outline=self._kinds[address.kind].outline(manifest.spec),
            source=source,
            absent=manifest.metadata.state == "absent",
            labels=manifest.metadata.labels,
            mark=mark,
        )

    def _with_care(self, raw: dict[str, Json]) -> tuple[dict[str, Json], Manifest | None, tuple[Diagnostic, ...]]:
        """Put in variables and find every fault."""
        raw, faults = substitute(raw, self._variables)
        manifest, more = self._judge(raw)
        settled = {fault.path for fault in faults}
        return raw, manifest, (*faults, *(fault for fault in more if fault.path not in settled))

    def _judge(self, raw: dict[str, Json]) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
        kind = raw.get("kind")
        if isinstance(kind, str) and kind not in self._kinds:
            return None, self._judge_unknown(kind, raw)
        name = kind if isinstance(kind, str) else ""
        return judge(self._model(name), raw, self._rules.get(name, URL_RULES))

    def _model(self, kind: str | None) -> type[Manifest]:
        return manifest_model(self._kinds[kind]) if kind else Unknown

    def _judge_unknown(self, kind: str, raw: dict[str, Json]) -> tuple[Diagnostic, ...]:
        """Find the other mistakes too, as far as the kind that was most likely meant can tell."""
        close = nearest(kind, self._kinds)
        known = ", ".join(f"`{name}`" for name in self._kinds)
        fix = f"Did you mean `{close}`?" if close else f"Write one of {known}."
        fault = KIND.found(f"There is no kind {found(kind, ('kind',))}.", path=("kind",), fix=fix)
        more = judge(self._model(close), raw | {"kind": close or kind}, self._rules.get(close or "", URL_RULES))[1]
        return (fault, *more)


def _claims(raw: dict[str, Json]) -> Address | None:
    metadata = raw.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    try:
        return Address.parse(f"{raw.get('kind')}.{name}")
    except ValueError:
        return None


def _spec(kind: Kind[S], document: KeptDocument) -> S:
    spec: S = typed(manifest_model(kind), document.text).spec
    return spec


def _mark(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()
