"""CON: what follows from the capabilities."""

from dataclasses import dataclass

from reconciler.oauth.case import IssuerCase, ServerCase
from reconciler.oauth.outcome import Outcome, bad, good, rule, show, skip, unknown
from reconciler.oauth.verdict import Standing, Verdicts


@dataclass(frozen=True, slots=True)
class Settled:
    """The server together with what was derived for it."""

    case: ServerCase
    verdicts: Verdicts


@rule(
    "CON001 connectable",
    "E C 0",
    "Okta MCP servers, connectable",
    summary="At least one authorization server offers XAA or STS, as far as the manifest requires",
    why="Otherwise no agent can get a token, and Okta does not activate the server.",
    example="GitHub without client credentials as the only authorization server",
    fix="Follow the checks that stand in the way; they are named with the finding.",
)
def connectable(settled: Settled) -> Outcome:
    verdicts = settled.verdicts
    if verdicts.connectable is None:
        return unknown(verdicts.narrative)
    return good(verdicts.narrative) if verdicts.connectable else bad(verdicts.narrative, "XAA or STS")


@rule(
    "CON002 evidence",
    "W C 0",
    "Okta MCP servers, connectable",
    summary="A capability that is needed rests on more than what somebody wrote down",
    why="A static fact is right until the provider moves, and nobody is told.",
    example="discovery: static, and no probe of the endpoints",
    fix="Enable discovery, or probe at tier P.",
)
def evidence(settled: Settled) -> Outcome:
    requires = settled.case.target.requires
    offered = [c for s in settled.verdicts.servers for c in s.capabilities if c.offer in requires and c.usable]
    if not offered:
        return skip("nothing is offered")
    return good() if any(c.standing is Standing.VERIFIED for c in offered) else bad("declared only", "verified")


@rule(
    "CON003 as-active",
    "E C K",
    "Okta MCP servers, authorization server lifecycle",
    summary="The authorization server is ACTIVE in Okta",
    why="Okta asks only active authorization servers for tokens.",
    example="an authorization server in INVALID",
    fix="Activate it, after what made it inactive is mended.",
)
def server_active(case: IssuerCase) -> Outcome:
    status = case.facts.status
    if status is None:
        return unknown("the control plane was not read")
    return good() if status == "ACTIVE" else bad(show(status), "ACTIVE")


ISSUER = (server_active,)
SETTLED = (connectable, evidence)
