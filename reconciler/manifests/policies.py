"""`policies/*.yaml`: policies with their tests, and waivers; read like manifests, with every mistake at its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.policy import WHOLE_PLAN, Case, Exemption, Over, Policy, Rulebook
from reconciler.core.ruling import Waiver
from reconciler.core.spec import Label, Name, Strict
from reconciler.manifests.config.values import EnvironmentName
from reconciler.manifests.judge import judge
from reconciler.manifests.locate import locate
from reconciler.manifests.nearest import nearest
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceFile, find, read
from reconciler.manifests.shelf import Document
from reconciler.manifests.show import shown

NO_SUCH_KIND = Rule(
    code="POL001",
    summary="Document is neither a policy nor a waiver",
    why="It would be silently without effect, and what it was to forbid would be allowed.",
    example="kind: Polcy",
    fix="Write `kind: Policy` or `kind: Waiver`; manifests belong into a registry folder.",
)
NAME_TWICE = Rule(
    code="POL002",
    summary="Two policies have one name",
    why="Waivers and reports know a policy by its name.",
    example="metadata: {name: https-only}   # in two files",
    fix="Rename one of them. The policies that come with this program have names too; `reconciler policy list`.",
)
WAIVER_EXPIRED = Rule(
    code="POL003",
    summary="The waiver has expired",
    why="An exception without an end is the rule; somebody has to look again.",
    example="expires: 2025-12-31",
    fix="Change what the policy forbids, or look again and write a later day.",
)
WAIVER_OF_NOTHING = Rule(
    code="POL004",
    summary="The waiver names nothing that there is",
    why="A waiver with a slip in it would waive nothing, and nobody would notice.",
    example="policy: https-onyl",
    fix="Write the name of a policy, and addresses of documents, for example `McpServer.jira`; `plan` for a plan.",
)
WAIVER_UNUSED = Rule(
    code="POL005",
    summary="The waiver waives nothing",
    why="What it was for is mended; as long as it stands there, the same mistake could come back unseen.",
    example="a waiver for https-only, of a server that has https",
    fix="Remove the waiver.",
    severity=Severity.WARNING,
)
UNKNOWN_NAME = Rule(
    code="POL006",
    summary="Policy is about a kind or an environment that does not exist",
    why="It would never be evaluated.",
    example="kinds: [McpServr]",
    fix="Correct the name.",
)
RULES = (NO_SUCH_KIND, NAME_TWICE, WAIVER_EXPIRED, WAIVER_OF_NOTHING, WAIVER_UNUSED, UNKNOWN_NAME)

Expression = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class CaseModel(Strict):
    """One test of a policy."""

    name: Label
    """What it shows."""
    expect: Literal["pass", "fail"]
    """Whether the policy holds for what is given."""
    given: dict[str, JsonValue]
    """The object, change or plan; members that do not matter may be left out."""
    environment: EnvironmentName = "test"
    """What `environment` is in the expressions."""


class PolicySpec(Strict):
    """What is demanded."""

    title: Label = Field(examples=["MCP servers are reached over https"])
    """What holds when the policy does, in a few words."""
    severity: Literal["error", "warning"]
    """error: a plan that goes against it cannot be applied. warning: it is said."""
    over: Literal["object", "change", "plan"] = "object"
    """What is judged, one at a time: each desired object, each change of a plan, or the plan as a whole."""
    kinds: tuple[str, ...] = ()
    """The kinds of objects that it is about; all without any."""
    environments: tuple[EnvironmentName, ...] = ()
    """The environments in which it holds; all without any."""
    when: Expression | None = None
    """A CEL expression: where it is false, the policy has nothing to say."""
    require: Expression = Field(examples=["object.spec.resourceUrl.startsWith('https://')"])
    """A CEL expression that has to be true."""
    message: Text | None = Field(default=None, examples=["{{ object.spec.resourceUrl }} is not https"])
    """What is said where it is not; an expression in `{{ }}` is put in."""
    why: Text | None = None
    """What the policy is for."""
    fix: Text | None = None
    """What to do."""


class Named(Strict):
    """How a policy or a waiver is called."""

    name: Name
    """The name."""


class PolicyDocument(Strict):
    """A policy."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    kind: Literal["Policy"]
    """`Policy`."""
    metadata: Named
    """How it is called."""
    spec: PolicySpec
    """What it demands, of what, and how much that counts."""
    cases: tuple[CaseModel, ...] = ()
    """Tests of it, which `reconciler policy test` runs."""


class WaiverSpec(Strict):
    """An exception."""

    policy: Name = Field(examples=["https-only"])
    """The policy that it is from."""
    subjects: Annotated[tuple[str, ...], Field(min_length=1)] = Field(examples=[["McpServer.jira"]])
    """What is excepted: addresses, or `plan` for a policy over plans."""
    environments: tuple[EnvironmentName, ...] = ()
    """The environments in which it counts; all without any."""
    owner: Label = Field(examples=["collab@example.com"])
    """Who answers for it."""
    reason: Text
    """Why."""
    expires: date = Field(examples=["2027-06-30"])
    """The last day (YYYY-MM-DD, UTC) on which it counts."""


class WaiverDocument(Strict):
    """A waiver."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    kind: Literal["Waiver"]
    """`Waiver`."""
    metadata: Named
    """How it is called."""
    spec: WaiverSpec
    """The exception."""


_MODELS: Mapping[str, type[PolicyDocument] | type[WaiverDocument]] = {
    "Policy": PolicyDocument,
    "Waiver": WaiverDocument,
}


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """What policy files hold, everything wrong with them, and their texts by name."""

    rulebook: Rulebook = field(default_factory=Rulebook)
    faults: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    def located(self, faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Give faults about these files the exact places of their paths."""
        return locate(faults, self.texts.get)


@dataclass(slots=True)
class _Heap:
    policies: dict[str, Policy] = field(default_factory=dict)
    exemptions: list[Exemption] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


def read_policies(root: Path, folders: Sequence[str], builtin: Mapping[str, str]) -> PolicyFiles:
    """Read policies and waivers below the root; `builtin` holds texts that come with this program, by name."""
    heap = _Heap()
    for name, text in sorted(builtin.items()):
        _take(text, name, heap, builtin=True)
    found = find(root, folders)
    heap.faults += found.faults
    for file in found.files:
        _take_file(file, heap)
    return PolicyFiles(Rulebook(heap.policies, tuple(heap.exemptions)), locate(heap.faults, heap.texts.get), heap.texts)


def _take_file(file: SourceFile, heap: _Heap) -> None:
    content = read(file)
    heap.faults += content.faults
    if content.text is not None:
        _take(content.text, file.name, heap, builtin=False)


def _take(text: str, name: str, heap: _Heap, *, builtin: bool) -> None:
    heap.texts[name] = text
    parsed = parse(text, name)
    heap.faults += parsed.faults
    for document in parsed.documents:
        heap.faults += (fault.at(document.source) for fault in _document(document, heap, builtin=builtin))


def _document(document: Document, heap: _Heap, *, builtin: bool) -> Iterator[Diagnostic]:
    raw = document.value
    kind = raw.get("kind") if isinstance(raw, dict) else None
    model = _MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        close = nearest(kind, _MODELS) if isinstance(kind, str) else None
        fix = f"Did you mean `{close}`?" if close else ""
        yield NO_SUCH_KIND.found(f"Its kind is {shown(kind)}." if kind else "It has no kind.", path=("kind",), fix=fix)
        return
    value, faults = judge(model, raw, {})
    yield from faults
    if isinstance(value, PolicyDocument):
        if value.metadata.name in heap.policies:
            where = heap.policies[value.metadata.name].source
            yield NAME_TWICE.found(f"Another one stands at {where}.", path=("metadata", "name"))
        else:
            heap.policies[value.metadata.name] = _policy(value, document.source, builtin=builtin)
    elif value is not None:
        heap.exemptions.append(_exemption(value, document.source))


def _policy(value: PolicyDocument, source: Source, *, builtin: bool) -> Policy:
    spec = value.spec
    return Policy(
        name=value.metadata.name,
        title=spec.title,
        over=Over(spec.over),
        severity=Severity(spec.severity),
        require=spec.require,
        when=spec.when or "",
        message=spec.message or "",
        kinds=spec.kinds,
        environments=spec.environments,
        why=spec.why or "",
        fix=spec.fix or "",
        cases=tuple(Case(case.name, case.expect == "pass", case.given, case.environment) for case in value.cases),
        source=source,
        builtin=builtin,
    )


def _exemption(value: WaiverDocument, source: Source) -> Exemption:
    spec = value.spec
    waiver = Waiver(spec.owner, spec.reason, spec.expires)
    return Exemption(value.metadata.name, spec.policy, spec.subjects, waiver, spec.environments, source)


def policy_faults(book: Rulebook, kinds: Kinds, environments: Sequence[str], today: date) -> Iterator[Diagnostic]:
    """Find what is wrong between documents: names of nothing, and waivers that have run out."""
    for policy in book.policies.values():
        yield from (fault.at(policy.source) for fault in _names(policy, kinds, () if policy.builtin else environments))
    for waived in book.exemptions:
        yield from (fault.at(waived.source) for fault in _waiver(waived, book, kinds, environments))
        if waived.waiver.expires < today:
            detail = f"Its last day was {waived.waiver.expires.isoformat()}; {waived.waiver.owner} answers for it."
            yield WAIVER_EXPIRED.found(detail, path=("spec", "expires")).at(waived.source)


def _names(policy: Policy, kinds: Kinds, environments: Sequence[str]) -> Iterator[Diagnostic]:
    for number, kind in enumerate(policy.kinds):
        yield from _unknown("kind", kind, kinds, ("spec", "kinds", number))
    for number, name in enumerate(policy.environments if environments else ()):
        yield from _unknown("environment", name, environments, ("spec", "environments", number))


def _unknown(what: str, name: str, known: Iterable[str], path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    names = list(known)
    if name not in names:
        close = nearest(name, names)
        fix = f"Did you mean `{close}`?" if close else f"There are {', '.join(names)}."
        yield UNKNOWN_NAME.found(f"There is no {what} {shown(name)}.", path=path, fix=fix)


def _waiver(waived: Exemption, book: Rulebook, kinds: Kinds, environments: Sequence[str]) -> Iterator[Diagnostic]:
    if waived.policy not in book.policies:
        close = nearest(waived.policy, book.policies)
        fix = f"Did you mean `{close}`?" if close else ""
        detail = f"There is no policy {shown(waived.policy)}."
        yield WAIVER_OF_NOTHING.found(detail, path=("spec", "policy"), fix=fix)
    for number, subject in enumerate(waived.subjects):
        if not _is_subject(subject, kinds):
            detail = f"{shown(subject)} is no address of a document."
            yield WAIVER_OF_NOTHING.found(detail, path=("spec", "subjects", number))
    for number, name in enumerate(waived.environments):
        yield from _unknown("environment", name, environments, ("spec", "environments", number))


def _is_subject(text: str, kinds: Kinds) -> bool:
    try:
        return text == WHOLE_PLAN or Address.parse(text).kind in kinds
    except ValueError:
        return False


def unused(exemptions: Sequence[Exemption], is_used: Callable[[Exemption], bool]) -> tuple[Diagnostic, ...]:
    """Say which waivers waive nothing."""
    return tuple(
        WAIVER_UNUSED.found(
            f"{each.policy} holds for {', '.join(each.subjects)}.", subject=each.name, path=("spec", "policy")
        ).at(each.source)
        for each in exemptions
        if not is_used(each)
    )
