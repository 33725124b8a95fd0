"""From facts and findings to the two capabilities of each authorization server, and to connectable or not.

For a custom authorization server of the organisation the control plane counts, not the metadata: Okta's own documents
announce neither the grant nor the profile of XAA.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.core.evidence import Finding, Gate, Origin, Tier, Verdict, Weight
from reconciler.core.kind import Offer
from reconciler.oauth.case import IssuerCase, ServerCase
from reconciler.oauth.checks import CHECKS
from reconciler.oauth.metadata import JWT_BEARER
from reconciler.oauth.observation import Observation
from reconciler.oauth.prepare import prepare
from reconciler.oauth.verdict import Capability, ServerVerdict, Standing, Verdicts

_GATE = {Offer.XAA: Gate.XAA, Offer.STS: Gate.STS}
_COUNTS_FOR_OKTA = frozenset({"ASD008", "XAA008", "XAA009", "PRM015"})
"""Checks that the control plane does not outrank although they read documents."""
_PROBES = frozenset({"END001", "END004"})


def derive(observation: Observation, findings: Iterable[Finding]) -> Verdicts:
    """XAA and STS of each authorization server, first matching case wins, and what follows for the MCP server."""
    return settle(prepare(observation), tuple(findings))


def settle(case: ServerCase, findings: tuple[Finding, ...]) -> Verdicts:
    """The same for a case that is already prepared."""
    servers = tuple(_server(case, issuer, findings) for issuer in case.issuers)
    connectable = _connectable(case, servers, findings)
    unexplained = Verdicts(case.target.subject, servers, connectable, "")
    return replace(unexplained, narrative=_narrative(case, unexplained, findings))


def _server(case: ServerCase, issuer: IssuerCase, findings: tuple[Finding, ...]) -> ServerVerdict:
    def blocking(offer: Offer) -> tuple[str, ...]:
        return _blocking(case.target.subject, issuer, offer, findings)

    passed = {f.id for f in findings if f.subject == issuer.declared.subject and f.verdict is Verdict.PASS}
    pinned = case.pinned.capabilities.get(issuer.declared.subject, ()) if case.pinned else ()
    if issuer.is_okta:
        xaa = _okta(issuer, blocking(Offer.XAA))
        sts = Capability(Offer.STS, Standing.NO, Origin.STATIC, "a custom authorization server gives XAA")
    else:
        xaa = _external_xaa(issuer, blocking(Offer.XAA), pinned)
        sts = _external_sts(issuer, blocking(Offer.STS), pinned, probed=passed >= _PROBES)
    return ServerVerdict(issuer.declared.subject, issuer.declared.issuer, xaa, sts)


def _okta(case: IssuerCase, blocking: tuple[str, ...]) -> Capability:
    facts = case.facts
    if blocking:
        return Capability(Offer.XAA, Standing.NO, Origin.CONTROL_PLANE, "a check stands in the way", blocking)
    if facts.status == "ACTIVE" and JWT_BEARER in (facts.grants or ()) and facts.scopes:
        return Capability(
            Offer.XAA, Standing.VERIFIED, Origin.CONTROL_PLANE, "active, and its policy allows jwt-bearer"
        )
    return Capability(Offer.XAA, Standing.DECLARED, Origin.STATIC, "the control plane was not read (CON002)")


def _external_xaa(case: IssuerCase, blocking: tuple[str, ...], pinned: tuple[str, ...]) -> Capability:
    if blocking:
        return Capability(Offer.XAA, Standing.NO, Origin.LIVE, "a check stands in the way", blocking)
    if case.found:
        return Capability(Offer.XAA, Standing.VERIFIED, Origin.LIVE, "announces jwt-bearer and the ID-JAG profile")
    return _remembered(Offer.XAA, pinned)


def _external_sts(case: IssuerCase, blocking: tuple[str, ...], pinned: tuple[str, ...], *, probed: bool) -> Capability:
    if blocking:
        return Capability(Offer.STS, Standing.NO, Origin.LIVE, "a check stands in the way", blocking)
    if not case.known:
        return _remembered(Offer.STS, pinned)
    if probed:
        return Capability(Offer.STS, Standing.VERIFIED, Origin.LIVE, "both endpoints answer")
    _, origin = case.stated("token_endpoint")
    return Capability(Offer.STS, Standing.DECLARED, origin, "its endpoints were not probed, or not with success")


def _remembered(offer: Offer, pinned: tuple[str, ...]) -> Capability:
    if offer in pinned:
        return Capability(offer, Standing.DECLARED, Origin.PINNED, "verified when the lock was made")
    return Capability(offer, Standing.UNKNOWN, Origin.DEFAULT, "its metadata was not seen")


def _blocking(subject: str, issuer: IssuerCase, offer: Offer, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Ids of the errors that stand in the way: the server's own of the gate, the issuer's also of gate C."""
    gate = _GATE[offer]
    own = {issuer.declared.subject: {gate, Gate.CONNECTABLE}}
    gates = {subject: {gate}} | own
    found = (f.id for f in findings if is_error(f) and not CHECKS[f.id].gates.isdisjoint(gates.get(f.subject, ())))
    return tuple(dict.fromkeys(code for code in found if not issuer.is_okta or _counts_for_okta(code)))


def weight_of(finding: Finding) -> Weight:
    """How bad a failure is: the finding's own weight, else that of its check."""
    return finding.weight or CHECKS[finding.id].weight


def is_error(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and weight_of(finding) is Weight.ERROR


def _counts_for_okta(code: str) -> bool:
    return code in _COUNTS_FOR_OKTA or not CHECKS[code].tiers.isdisjoint({Tier.OFFLINE, Tier.CONTROL})


# -- what follows for the MCP server -------------------------------------------------------------------------------


def _connectable(case: ServerCase, servers: tuple[ServerVerdict, ...], findings: tuple[Finding, ...]) -> bool | None:
    wanted = _wanted(case, servers)
    if any(capability.usable for _, capability in wanted):
        return True
    if not servers:
        gone = any(is_error(f) and f.id in {"PRM001", "PRM007", "CFG007"} for f in findings)
        return False if gone else None
    return None if any(c.standing is Standing.UNKNOWN for _, c in wanted) else False


def _wanted(case: ServerCase, servers: tuple[ServerVerdict, ...]) -> list[tuple[ServerVerdict, Capability]]:
    return [(s, c) for s in servers for c in s.capabilities if c.offer in case.target.requires]


def _narrative(case: ServerCase, verdicts: Verdicts, findings: tuple[Finding, ...]) -> str:
    servers = verdicts.servers
    wanted = _wanted(case, servers)
    if verdicts.connectable:
        ways = [f"{s.subject} by {c.offer.upper()} ({c.standing})" for s, c in wanted if c.usable]
        return f"connectable: {'; '.join(ways)}"
    said = {(f.subject, f.id): f.observed for f in findings}
    parts = [_reasons(s, [c for one, c in wanted if one is s], case.target.subject, said) for s in servers]
    head = "unknown whether connectable:" if verdicts.connectable is None else "not connectable because"
    return f"{head} {'; '.join(parts) or 'no authorization server is known'}"


def _reasons(server: ServerVerdict, wanted: list[Capability], subject: str, said: Mapping[tuple[str, str], str]) -> str:
    def told(code: str) -> str:
        observed = said.get((server.subject, code)) or said.get((subject, code)) or ""
        return f"{code} ({CHECKS[code].name}: {observed})" if observed else f"{code} ({CHECKS[code].name})"

    telling = [c for c in wanted if c.blocking or c.standing is Standing.UNKNOWN] or wanted
    reasons = [
        f"{c.offer.upper()} blocked by {', '.join(map(told, c.blocking))}"
        if c.blocking
        else f"{c.offer.upper()} {c.standing}, {c.reason}"
        for c in telling
    ]
    return f"{server.subject}: {', '.join(reasons)}"
