"""`reconciler.baseline.yaml`: differences that somebody lives with, each with an owner, a reason and a last day."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.drift import Acceptance
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.spec import Label, Strict
from reconciler.manifests.config.values import EnvironmentName
from reconciler.manifests.judge import judge
from reconciler.manifests.locate import locate
from reconciler.manifests.parse import parse
from reconciler.manifests.read import read_inside
from reconciler.manifests.show import shown

NO_SUCH_PLACE = Rule(
    code="BSL003",
    summary="Path of an acceptance names nothing",
    why="An acceptance with a slip in it would accept nothing, and nobody would notice.",
    example="path: McpServr.jira.displayName",
    fix="Copy the path from the output of `reconciler drift`.",
)
TWICE = Rule(
    code="BSL004",
    summary="One difference is accepted twice",
    why="It would not be clear whose word counts, and until when.",
    example="two entries with one path and one environment",
    fix="Keep one of the two entries.",
)
NOT_ONE = Rule(
    code="BSL005",
    summary="The baseline does not hold exactly one document",
    why="Acceptances from a second document would be silently without effect.",
    example="accepted: []\n---\naccepted: []",
    fix="Keep one mapping that begins with `apiVersion: reconciler/v1`.",
)
RULES = (NO_SUCH_PLACE, TWICE, NOT_ONE)


class Entry(Strict):
    """A difference that somebody lives with."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        examples=["McpServer.jira.displayName"]
    )
    """The difference, as `reconciler drift` names it."""
    environment: EnvironmentName = Field(examples=["production"])
    """The environment of reconciler.yaml in which it is accepted."""
    live: JsonValue = Field(default=None, examples=["Jira (do not touch)"])
    """The value that the organisation has; another one alarms. Left out where it has none."""
    owner: Label = Field(examples=["collab@example.com"])
    """Who answers for it."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        examples=["Renamed during an incident; the manifest follows."]
    )
    """Why it is accepted."""
    expires: date = Field(examples=["2027-06-30"])
    """The last day (YYYY-MM-DD, UTC) on which it is accepted."""


class Baseline(Strict):
    """Drift that is accepted, read from reconciler.baseline.yaml beside reconciler.yaml."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    accepted: tuple[Entry, ...] = ()
    """The acceptances, in any order."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a baseline holds, the text that it was read from (None without a file), and everything wrong with it."""

    entries: tuple[Acceptance, ...] = ()
    text: str | None = None
    faults: tuple[Diagnostic, ...] = ()


def read_baseline(root: Path, name: str, kinds: Kinds) -> Accepted:
    """Read a baseline below the root; no file, nothing accepted."""
    content = read_inside(root, name)
    if content is None or content.text is None:
        return Accepted(faults=content.faults if content else ())
    parsed = parse(content.text, name)
    faults = list(parsed.faults)
    entries: tuple[Acceptance, ...] = ()
    for document in parsed.documents[:1]:
        value, found = judge(Baseline, document.value, {})
        found = (*found, *(_between(value.accepted, kinds) if value else ()))
        faults += [fault.at(document.source) for fault in found]
        entries = tuple(_acceptance(entry) for entry in value.accepted) if value else ()
    faults += [NOT_ONE.found("Here begins another one.").at(extra.source) for extra in parsed.documents[1:2]]
    return Accepted(entries, content.text, locate(faults, lambda _name: content.text))


def _acceptance(entry: Entry) -> Acceptance:
    return Acceptance(entry.path, entry.environment, entry.owner, entry.reason, entry.expires, entry.live)


def _between(entries: Sequence[Entry], kinds: Kinds) -> Iterator[Diagnostic]:
    seen: set[tuple[str, str]] = set()
    for number, entry in enumerate(entries):
        at = ("accepted", number, "path")
        if not _names_something(entry.path, kinds):
            yield NO_SUCH_PLACE.found(f"{shown(entry.path)} begins with no kind and name.", path=at)
        if (entry.path, entry.environment) in seen:
            yield TWICE.found(f"{shown(entry.path)} is accepted for {entry.environment} already.", path=at)
        seen.add((entry.path, entry.environment))


def _names_something(path: str, kinds: Kinds) -> bool:
    """Whether a path could name a difference: `Kind.name`, `Kind.name.member`, or `Kind/id` of an unmanaged object."""
    kind, slash, record = path.partition("/")
    if slash and kind in kinds:
        return bool(record)
    parts = path.split(".")
    try:
        return Address.parse(".".join(parts[:2])).kind in kinds and all(parts[2:])
    except ValueError:
        return False
