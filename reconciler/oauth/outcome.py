"""How a check speaks: an outcome, and the row of the catalogue that stands beside its code."""

import hashlib
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Generic, TypedDict, TypeVar, Unpack

from reconciler.core.evidence import Check, Evidence, Finding, Gate, Origin, Reply, Tier, Verdict, Weight
from reconciler.core.noun import dataclass

C = TypeVar("C")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found about its one subject."""

    verdict: Verdict
    observed: str = ""
    expected: str = ""
    relation: str = ""
    weight: Weight | None = None
    origin: Origin | None = None
    reply: Reply | None = None


class Page(TypedDict):
    """The texts of a row, for the generated page and `explain`."""

    summary: str
    why: str
    example: str
    fix: str


@dataclass(frozen=True, slots=True)
class Entry(Generic[C]):
    """A row and its code; `C` is what the check looks at."""

    check: Check
    run: Callable[[C], Outcome]

    def find(self, subject: str, case: C) -> Finding:
        """Run the check about a subject."""
        outcome = self.run(case)
        return Finding(
            id=self.check.id,
            subject=subject,
            verdict=outcome.verdict,
            observed=outcome.observed,
            expected=outcome.expected,
            relation=outcome.relation,
            origin=outcome.origin or _origin(self.check.tiers),
            weight=outcome.weight,
            evidence=None if outcome.reply is None else evidence(outcome.reply),
        )


def rule(head: str, marks: str, reference: str, **page: Unpack[Page]) -> Callable[[Callable[[C], Outcome]], Entry[C]]:
    """Make a row of the catalogue out of a function.

    `head` is id and name; `marks` are weight, gates and tiers in the letters of the catalogue, for example `E XS G`.
    """
    code, name = head.split()
    weight, gates, tiers = marks.split()
    check = Check(
        id=code,
        name=name,
        summary=page["summary"],
        weight=Weight(weight),
        gates=frozenset(map(Gate, gates)),
        tiers=frozenset(map(Tier, tiers)),
        reference=reference,
        why=page["why"],
        example=page["example"],
        fix=page["fix"],
    )
    return lambda run: Entry(check, run)


def good(observed: str = "", *, origin: Origin | None = None, reply: Reply | None = None) -> Outcome:
    return Outcome(Verdict.PASS, observed, origin=origin, reply=reply)


def bad(observed: str, expected: str = "", *, weight: Weight | None = None, reply: Reply | None = None) -> Outcome:
    return Outcome(Verdict.FAIL, observed, expected, weight=weight, reply=reply)


def skip(reason: str) -> Outcome:
    return Outcome(Verdict.SKIP, reason)


def unknown(reason: str) -> Outcome:
    return Outcome(Verdict.UNKNOWN, reason)


def judged(faults: list[str], expected: str = "", *, weight: Weight | None = None, observed: str = "") -> Outcome:
    """Fail with everything that is wrong, or pass when nothing is."""
    return bad("; ".join(faults), expected, weight=weight) if faults else good(observed)


def show(value: object) -> str:
    """Text of somebody else, fit to be printed: no control or direction characters, not too long."""
    text = value if isinstance(value, str) else str(value)
    safe = "".join(sign if _is_printable(sign) else f"\\u{ord(sign):04x}" for sign in text[:_LONGEST])
    return safe if len(text) <= _LONGEST else f"{safe}…"


def listed(values: "tuple[str, ...] | list[str] | frozenset[str]", most: int = 5) -> str:
    """Some values of a list, in their order (a set is sorted), for a sentence."""
    ordered = sorted(values) if isinstance(values, frozenset) else list(values)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return (", ".join(map(show, ordered[:most])) or "none") + more


def evidence(reply: Reply) -> Evidence:
    """The proof of an answer: sizes and a hash, never the body."""
    return Evidence(
        url=reply.url,
        status=reply.status,
        content_type=show(reply.header("content-type") or ""),
        length=len(reply.body),
        sha256=hashlib.sha256(reply.body).hexdigest() if reply.body else "",
    )


@cache
def _origin(tiers: frozenset[Tier]) -> Origin:
    if tiers <= {Tier.OFFLINE, Tier.CONTROL}:
        return Origin.STATIC if Tier.OFFLINE in tiers else Origin.CONTROL_PLANE
    return Origin.LIVE


def _is_printable(sign: str) -> bool:
    return not unicodedata.category(sign).startswith(("C", "Zl", "Zp"))
