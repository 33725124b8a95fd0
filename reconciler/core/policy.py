"""Policies as code: what somebody demands of objects, changes and plans, and who answers for an exception.

Values only. `manifests.policies` reads them, the room `policy` evaluates them, and what they say is a `Ruling`.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source
from reconciler.core.document import Document, fingerprint
from reconciler.core.noun import dataclass
from reconciler.core.ruling import Waiver

WHOLE_PLAN = "plan"
"""How a waiver names a plan as a whole."""

VIOLATED = Rule(
    code="POL010",
    summary="A policy is violated",
    why="Somebody wrote down what this registry demands; a plan that goes against it needs another change, or somebody "
    "who answers for the exception until a day.",
    example="https-only: http://localhost:8080/mcp is not https",
    fix="Change the manifest, or add a Waiver with owner, reason and last day; `reconciler policy explain NAME` says "
    "what the policy is for.",
)
NOT_EVALUATED = Rule(
    code="POL011",
    summary="A policy could not be evaluated",
    why="What cannot be judged is not allowed: otherwise a slip in a policy would open everything.",
    example="require: object.spec.displayName.size() > 3   # of a document without displayName",
    fix="Ask first whether a member that may be left out is there: `has(object.spec.displayName) && …`. "
    "`reconciler policy test` runs the cases that stand beside the policy.",
)
TOO_EXPENSIVE = Rule(
    code="POL012",
    summary="A policy takes too much",
    why="Expressions always end, but one loop inside another may take hours and all memory; each has a budget.",
    example="require: plan.changes.all(a, plan.changes.all(b, plan.changes.all(c, …)))",
    fix="Evaluate it over objects or changes instead of over the whole plan, or take a loop out.",
)
WAIVED = Rule(
    code="POL014",
    summary="A policy is waived",
    why="Somebody answers for an exception until a day; whoever reviews the plan should know.",
    example="https-only: McpServer.legacy is waived until 2027-06-30 by collab@example.com: the vendor moves in March",
    fix="Nothing, as long as the reason holds.",
    severity=Severity.WARNING,
)
RULES = (VIOLATED, NOT_EVALUATED, TOO_EXPENSIVE, WAIVED)


class Over(StrEnum):
    """What a policy is evaluated over, and the variable that its expressions see."""

    OBJECT = "object"
    CHANGE = "change"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Case:
    """A test of a policy: what is given, and whether the policy holds for it."""

    name: str
    holds: bool
    given: Document
    environment: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What is demanded, as expressions. It holds where `when` is false, else where `require` is true."""

    name: str
    title: str
    over: Over
    severity: Severity
    require: str
    when: str = ""
    message: str = ""
    """A sentence; what stands in `{{ }}` is an expression."""
    kinds: tuple[str, ...] = ()
    """The kinds that it is about; all without any."""
    environments: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    cases: tuple[Case, ...] = ()
    source: Source = field(default_factory=lambda: Source(""))
    builtin: bool = False

    @property
    def meaning(self) -> Document:
        """Everything that decides what it says; not where it stands, and not its tests."""
        return {
            "name": self.name,
            "title": self.title,
            "over": self.over,
            "severity": self.severity,
            "when": self.when,
            "require": self.require,
            "message": self.message,
            "kinds": sorted(self.kinds),
            "environments": sorted(self.environments),
            "fix": self.fix,
        }

    def broken(self, rule: Rule, detail: str, subject: str) -> Diagnostic:
        """What is found where it does not hold, or cannot be evaluated."""
        severity = self.severity if rule is VIOLATED else Severity.ERROR
        fault = rule.found(f"{self.name}: {detail}", subject=subject, fix=self.fix if rule is VIOLATED else "")
        return Diagnostic(fault.code, fault.summary, fault.detail, fault.fix, severity, subject)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A waiver as it is written: for which policy, and for which addresses (or `plan`), in which environments."""

    name: str
    policy: str
    subjects: tuple[str, ...]
    waiver: Waiver
    environments: tuple[str, ...] = ()
    source: Source = field(default_factory=lambda: Source(""))

    @property
    def meaning(self) -> Document:
        return {
            "policy": self.policy,
            "subjects": sorted(self.subjects),
            "environments": sorted(self.environments),
            "owner": self.waiver.owner,
            "reason": self.waiver.reason,
            "expires": self.waiver.expires.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every policy and every waiver that a plan is judged by."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over what they mean; empty without any. Files, their order and comments do not count."""
        if not self.policies and not self.exemptions:
            return ""
        waivers = sorted((each.meaning for each in self.exemptions), key=fingerprint)
        return fingerprint({"policies": [p.meaning for _, p in sorted(self.policies.items())], "waivers": waivers})
