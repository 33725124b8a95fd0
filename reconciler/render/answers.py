"""The shapes of the JSON that is published of everything but plans and what comes of them: the answer of each command.

A schema is named as the words of its command. What is not known is left out, and a reader ignores members that it does
not know: within one major version of `format_version` members are only ever added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, fields
from typing import Annotated

from pydantic import Field

from reconciler.core.diagnostic import Rule, Source
from reconciler.core.document import Document, Json
from reconciler.core.history import Line, Lock, Run
from reconciler.core.journal import Phase
from reconciler.core.noun import dataclass
from reconciler.render.shapes import FORMAT_VERSION, Fault, Version, schema


@dataclass(frozen=True, slots=True)
class Answer:
    """What every document says of itself."""

    format_version: Version = field(default=FORMAT_VERSION, kw_only=True)


# -- documents for what is there ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Described:
    """A manifest for a live object: `record` is its id, absent for what has no object of its own."""

    address: str
    spec: Mapping[str, Json]
    record: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Adoption(Answer):
    """What `import` and `export` print."""

    written: bool
    documents: Sequence[Described]
    secrets: Sequence[str]
    """What somebody has to put in its place before the next apply, in words."""
    diagnostics: Sequence[Fault]
    changes_of_next_plan: int | None = None
    """Absent where nobody asked, as in an export."""


@dataclass(frozen=True, slots=True)
class Written(Answer):
    """What `init` prints: the files that were not there yet."""

    written: Sequence[str]


@dataclass(frozen=True, slots=True)
class Formatted(Answer):
    """What `fmt` prints; with `--check` nothing is written."""

    files: int
    changed: Sequence[str]
    written: bool
    diagnostics: Sequence[Fault]


# -- what is remembered ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the ledger knows of one address: its object, and what was last applied to it."""

    record: str
    goal: str | None = None
    protected: bool | None = None
    document: Mapping[str, Json] | None = None
    secrets: Mapping[str, Json] | None = None
    """Keyed fingerprints, never a secret."""


@dataclass(frozen=True, slots=True)
class StateList(Answer):
    """What `state list` prints."""

    addresses: Mapping[str, Remembered]


@dataclass(frozen=True, slots=True)
class StateShow(Remembered):
    """What `state show` prints."""

    address: str = field(kw_only=True)
    format_version: Version = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class StateMoved(Answer):
    """What `state mv` prints."""

    old: Annotated[str, Field(alias="from")]
    new: Annotated[str, Field(alias="to")]


@dataclass(frozen=True, slots=True)
class StateForgotten(Answer):
    """What `state forget` prints; the object lives on."""

    forgotten: str
    record: str


@dataclass(frozen=True, slots=True)
class Locks(Answer):
    """What `state locks` prints; times are in seconds since 1970."""

    locks: Sequence[Lock]


@dataclass(frozen=True, slots=True)
class Unlocked(Answer):
    """What `state unlock` prints: the number of the lock that was taken away."""

    unlocked: int


# -- runs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of the journal. Which members it has depends on its phase; `at` is in seconds since 1970."""

    seq: int
    run: int
    at: float
    phase: Phase
    fence: int | None = None
    step: str | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    request: str | None = None
    """The organisation's id of the request."""
    operation: str | None = None
    record: str | None = None
    code: str | None = None
    outcome: str | None = None
    actor: str | None = None
    environment: str | None = None
    digest: str | None = None
    plan_id: str | None = None
    sealed: str | None = None
    """SHA-256 over the plan that the run began with."""
    revision: str | None = None
    tool: str | None = None
    address: str | None = None
    to: str | None = None
    lock: int | None = None
    of: int | None = None
    """The run whose lock was taken away."""
    holder: str | None = None


_LINE = frozenset(each.name for each in fields(JournalLine))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """One apply; times are in seconds since 1970. Without `ended` while it runs, and after it was killed."""

    id: int
    environment: str
    digest: str
    revision: str
    actor: str
    tool: str
    started: float
    ended: float | None = None
    outcome: str
    plan_id: str


@dataclass(frozen=True, slots=True)
class Runs(Answer):
    """What `history` prints, the last first: runs, and what people changed by hand."""

    runs: Sequence[RunTold]
    by_hand: Sequence[JournalLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShown(RunTold):
    """What `history show` prints, and what `github apply` leaves as its result."""

    lines: Sequence[JournalLine]
    format_version: Version = FORMAT_VERSION


def runs(found: Sequence[Run], by_hand: Sequence[Line]) -> Runs:
    """Give the runs and the changes by hand."""
    return Runs([RunTold(**asdict(each)) for each in found], [journal_line(each) for each in by_hand])


def run_shown(found: Run, lines: Sequence[Line]) -> RunShown:
    """Give one run with what it did."""
    return RunShown(**asdict(found), lines=[journal_line(each) for each in lines])


def journal_line(line: Line) -> JournalLine:
    """Give a line, less the members that a later version has added."""
    return JournalLine(**{key: value for key, value in line.said.items() if key in _LINE} | {"phase": line.phase})


@dataclass(frozen=True, slots=True)
class Verified(Answer):
    """What `history verify` prints when the chain of the journal holds; else an error says what does not."""

    lines: int
    holds: bool


# -- policies -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """One policy."""

    name: str
    title: str
    over: str
    severity: str
    when: str
    require: str
    message: str
    kinds: Sequence[str]
    environments: Sequence[str]
    fix: str
    why: str
    source: str
    tests: int


@dataclass(frozen=True, slots=True)
class WaiverShown:
    """One exception, with who answers for it and its last day."""

    name: str
    policy: str
    subjects: Sequence[str]
    environments: Sequence[str]
    owner: str
    reason: str
    expires: str
    source: str


@dataclass(frozen=True, slots=True)
class PolicyList(Answer):
    """What `policy list` prints; the digest is the one that plans are bound to."""

    digest: str
    policies: Sequence[PolicyShown]
    waivers: Sequence[WaiverShown]


@dataclass(frozen=True, slots=True)
class PolicyExplained(PolicyShown):
    """What `policy explain` prints."""

    waivers: Sequence[WaiverShown] = field(kw_only=True)
    format_version: Version = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One test of a policy; `failure` says what was otherwise than expected, and is empty where nothing was."""

    policy: str
    test: str
    failure: str


@dataclass(frozen=True, slots=True)
class PolicyTests(Answer):
    """What `policy test` prints."""

    tests: Sequence[PolicyTest]


# -- the rest -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VariedText:
    """One text that variables make differ between two environments."""

    path: str
    variables: Sequence[str]
    before: str
    after: str
    source: Source


@dataclass(frozen=True, slots=True)
class Promoted(Answer):
    """What `promote` prints. `exact`: the run was made from these very manifests and settings."""

    there: Annotated[str, Field(alias="from")]
    here: Annotated[str, Field(alias="to")]
    run: int
    exact: bool
    differences: Sequence[VariedText]


@dataclass(frozen=True, slots=True)
class Accepted(Answer):
    """What `drift accept` prints."""

    accepted: Sequence[str]
    file: str
    expires: str


@dataclass(frozen=True, slots=True)
class References(Answer):
    """What `graph` prints: every address with those it refers to."""

    references: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Codes(Answer):
    """What `explain` prints: the page of a code, or all."""

    codes: Sequence[Rule]


@dataclass(frozen=True, slots=True)
class Schemas(Answer):
    """What `schema` prints without a name: the names of the schemas, and with `--write` the files that were written."""

    names: Sequence[str]
    written: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Versions(Answer):
    """What `version` prints."""

    version: str
    plan_format: str


_PUBLISHED: Mapping[str, type] = {
    "import": Adoption,
    "init": Written,
    "fmt": Formatted,
    "state-list": StateList,
    "state-show": StateShow,
    "state-mv": StateMoved,
    "state-forget": StateForgotten,
    "state-locks": Locks,
    "state-unlock": Unlocked,
    "history": Runs,
    "history-show": RunShown,
    "history-verify": Verified,
    "policy-list": PolicyList,
    "policy-explain": PolicyExplained,
    "policy-test": PolicyTests,
    "promote": Promoted,
    "drift-accept": Accepted,
    "graph": References,
    "explain": Codes,
    "schema": Schemas,
    "version": Versions,
}


def schemas() -> Mapping[str, Document]:
    """Give every JSON Schema (draft 2020-12) of these shapes by file name."""
    return {f"{name}.schema.json": schema(name, shape) for name, shape in _PUBLISHED.items()}
