"""What a probe found out about one server, as every reader gets it: the verdict, then what stands in the way."""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.core.diagnostic import Source
from reconciler.core.evidence import Check, Finding, Gate, Origin, Verdict, Weight
from reconciler.core.kind import Offer
from reconciler.core.noun import dataclass
from reconciler.core.quantity import counted
from reconciler.render.words import plain

Checks = Mapping[str, Check]

_ORDER = tuple(Weight)
_CAPABILITIES = frozenset({Gate.XAA, Gate.STS})
_MOVED = ("DRF002", "DRF003")
_UNREADABLE = ("NET008", "NET010", "NET011", "NET012")
_HERE = "here"
_CONNECTABLE = "CON001"
_CONSEQUENCES = ("DRF004", _CONNECTABLE)


@dataclass(frozen=True, slots=True)
class Ability:
    """What one authorization server can do for the server: how sure, on what evidence, and what stands in the way."""

    subject: str
    issuer: str
    offer: Offer
    standing: str
    usable: bool
    origin: Origin
    reason: str
    blocking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One server's result. `ready` and `connectable` are None where it is unknown; `fault` where the program failed."""

    subject: str
    url: str
    source: Source | None = None
    connectable: bool | None = None
    ready: bool | None = None
    narrative: str = ""
    abilities: tuple[Ability, ...] = ()
    blocking: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    fault: str = ""
    vantage: str = ""
    """Where the questions were asked from."""

    def failures(self, checks: Checks) -> tuple["Issue", ...]:
        """What failed, what blocks first, then by weight; equal remarks about several subjects become one."""
        merged: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in self.findings:
            if finding.verdict is Verdict.FAIL:
                merged.setdefault((finding.id, finding.observed, finding.expected), []).append(finding)
        issues = [_issue(group, checks, self) for group in merged.values()]
        return tuple(sorted(issues, key=lambda issue: (_rank(issue.finding.id, self.blocking), issue.order)))

    def weight(self, finding: Finding, checks: Checks) -> Weight:
        """How bad a failure is here: its own weight, else the check's.

        What stands only between an authorization server and a capability that is not needed, since the server has
        another way, is information: no error.
        """
        weight = finding.weight or checks[finding.id].weight
        is_elsewhere = finding.id not in self.blocking and checks[finding.id].gates <= _CAPABILITIES
        return Weight.INFO if weight is Weight.ERROR and is_elsewhere else weight

    def repeats(self, issue: "Issue") -> bool:
        """Whether an issue says no more than the verdict above it."""
        return issue.check.id == _CONNECTABLE and issue.finding.observed == self.narrative

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.verdict is verdict)


@dataclass(frozen=True, slots=True)
class Issue:
    """A failed check with the page that explains it."""

    check: Check
    weight: Weight
    finding: Finding
    subjects: tuple[str, ...]
    source: Source | None

    @property
    def order(self) -> int:
        return _ORDER.index(self.weight)


def has_errors(letters: Iterable[Letter], checks: Checks) -> bool:
    """Whether a failure of error weight stands for any of the servers; what is unknown never counts."""
    return any(issue.weight is Weight.ERROR for letter in letters for issue in letter.failures(checks))


def summary(letters: Sequence[Letter]) -> str:
    """Give the last line: how many servers are how, and from where that was seen."""
    places = ", ".join(vantages(letters))
    return counts(letters) + (f" Seen from {plain(places)}." if places else "")


def vantages(letters: Sequence[Letter]) -> tuple[str, ...]:
    """Give the places from which was asked, as somebody has named them; not the one that nobody named."""
    return tuple(dict.fromkeys(letter.vantage for letter in letters if letter.vantage not in {"", _HERE}))


def counts(letters: Sequence[Letter]) -> str:
    """Give how many servers are how."""
    faults = sum(bool(letter.fault) for letter in letters)
    ready = sum(letter.ready is True for letter in letters)
    broken = sum(letter.ready is False for letter in letters)
    unknown = len(letters) - ready - broken - faults
    parts = [(ready, "ready"), (broken, "not ready"), (unknown, "unknown"), (faults, "not judged")]
    servers = counted(len(letters), "server")
    return f"{servers}: {', '.join(f'{number} {word}' for number, word in parts if number) or 'nothing to ask'}."


def _issue(group: Sequence[Finding], checks: Checks, letter: Letter) -> Issue:
    first = group[0]
    subjects = tuple(dict.fromkeys(finding.subject for finding in group))
    return Issue(checks[first.id], letter.weight(first, checks), first, subjects, first.source or letter.source)


def _rank(check: str, blocking: Sequence[str]) -> int:
    """Causes come first: what moved since it was approved, then what cannot be read, then the rest as it blocks.

    That a capability is lost and that the server is not connectable is what follows from them.
    """
    for group, checks in enumerate((_MOVED, _UNREADABLE)):
        if check in checks:
            return group
    if check in _CONSEQUENCES:
        return len(blocking) + 2 + _CONSEQUENCES.index(check)
    return blocking.index(check) + 2 if check in blocking else len(blocking) + 4
