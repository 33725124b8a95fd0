"""The shapes of the JSON that is published: results of an apply and of a probe, diagnostics, what stopped a run.

A document is made of these values and checked by their schema. Within one major version of `format_version` members are
only ever added; what is not known is left out, and a reader ignores members that it does not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from reconciler.core.diagnostic import Severity, Source
from reconciler.core.difference import Difference
from reconciler.core.document import Document
from reconciler.core.evidence import Evidence, Gate, Origin, Verdict, Weight
from reconciler.core.kind import Offer
from reconciler.core.noun import dataclass
from reconciler.core.result import Outcome

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT_VERSION = "1.0"
Version = Annotated[str, Field(pattern=r"^1\.[0-9]+$", description="1.x; a reader refuses another major version.")]
_Unsure = bool | Literal["unknown"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One diagnostic: a stable code, what is wrong, what to do, and where it is written."""

    code: str
    severity: Severity
    summary: str
    detail: str
    fix: str | None = None
    subject: str | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Stop(Fault):
    """What stopped a run, with the exit code of the process."""

    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class Stopped:
    """What is printed in place of a result when a run is stopped."""

    error: Stop
    differences: Sequence[Difference] | None = None
    """Where another plan was approved: how that and the one of now differ."""
    format_version: Version = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Validation:
    """What `validate` prints; other commands print it when the manifests are faulty, without the counts."""

    valid: bool
    diagnostics: Sequence[Fault]
    files: int | None = None
    documents: int | None = None
    format_version: Version = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class StepEnd:
    """What became of one step of a plan."""

    step: str
    address: str
    op: Literal["create", "update", "transition"]
    outcome: Outcome
    record: str | None = None
    """Id of the object, where there is one."""
    note: str | None = None
    error: Fault | None = None


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What `apply` prints."""

    ok: bool
    exit_code: int
    steps: Sequence[StepEnd]
    run: int | None = None
    """The number of the run in the history; null when there was nothing to write down."""
    resume: str | None = None
    """The command that goes on with what is left, where going on helps."""
    format_version: Version = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Capability:
    """What one authorization server can do for a server."""

    subject: str
    issuer: str
    capability: Offer
    standing: str
    origin: Origin
    reason: str
    blocking: Sequence[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """How one check ended."""

    id: str
    name: str
    subject: str
    outcome: Verdict
    severity: Weight
    gates: Sequence[Gate]
    origin: Origin
    reference: str
    observed: str | None = None
    expected: str | None = None
    relation: str | None = None
    fix: str | None = None
    evidence: Evidence | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found out about one server; `fault` where it could not be judged."""

    subject: str
    url: str
    ready: _Unsure
    connectable: _Unsure
    narrative: str
    blocking: Sequence[str]
    authorization_servers: Sequence[Capability]
    findings: Sequence[Checked]
    source: Source | None = None
    vantage: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What `probe` prints."""

    ok: bool
    servers: Sequence[Probed] = field(default_factory=tuple)
    format_version: Version = FORMAT_VERSION


_PUBLISHED: Mapping[str, type] = {
    "apply-result": ApplyResult,
    "probe": ProbeResult,
    "validation": Validation,
    "error": Stopped,
}


@cache
def _adapter(shape: type) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def dumped(value: "DataclassInstance") -> Document:
    """Give a value of a published shape as JSON values, without what is not known."""
    made: Document = _adapter(type(value)).dump_python(value, mode="json", exclude_none=True, by_alias=True)
    return made


def schemas() -> Mapping[str, Document]:
    """Give every JSON Schema (draft 2020-12) of these shapes by file name."""
    return {f"{name}.schema.json": schema(name, shape) for name, shape in _PUBLISHED.items()}


def schema(name: str, shape: type) -> Document:
    """Give the schema of one shape under its published name."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mcp-reconciler:schema:{name}:1",
        **_adapter(shape).json_schema(mode="validation"),
    }
