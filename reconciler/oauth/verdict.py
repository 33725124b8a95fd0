"""What the judges say in the end, as values: capabilities of each authorization server, and whether all is ready."""

from enum import StrEnum

from reconciler.core.evidence import Finding, Origin
from reconciler.core.kind import Offer
from reconciler.core.noun import dataclass


class Standing(StrEnum):
    """How sure a capability is. UNKNOWN: what decides it could not be observed."""

    VERIFIED = "verified"
    DECLARED = "declared"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether an authorization server offers XAA or STS: how sure, from where, and which checks stand in the way."""

    offer: Offer
    standing: Standing
    origin: Origin
    reason: str
    blocking: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.standing in {Standing.VERIFIED, Standing.DECLARED}


@dataclass(frozen=True, slots=True)
class ServerVerdict:
    """Both capabilities of one authorization server, by its subject and issuer."""

    subject: str
    issuer: str | None
    xaa: Capability
    sts: Capability

    @property
    def capabilities(self) -> tuple[Capability, Capability]:
        return self.xaa, self.sts


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The answer for one MCP server.

    `connectable` follows from the capabilities that are required; None means unknown. `narrative` says why in one
    line, with the ids of the checks that stand in the way.
    """

    subject: str
    servers: tuple[ServerVerdict, ...]
    connectable: bool | None
    narrative: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Everything at once: every finding, the verdicts, and whether the server may be activated.

    `ready` is false when it is not connectable or a check of gate C fails with weight E; None when it is unknown.
    `blocking` are the ids that make it false.
    """

    findings: tuple[Finding, ...]
    verdicts: Verdicts
    ready: bool | None
    blocking: tuple[str, ...]
