"""CON: what follows from the capabilities."""

from reconciler.core.noun import dataclass
from reconciler.core.url import same_url
from reconciler.oauth.case import IssuerCase, ServerCase, of_metadata, of_resource
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip, unknown
from reconciler.oauth.verdict import Standing, Verdicts


@dataclass(frozen=True, slots=True)
class Settled:
    """The server together with what was derived for it; `ready` as all checks but these leave it."""

    case: ServerCase
    verdicts: Verdicts
    ready: bool | None = None


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


_UNREAD = "the control plane was not read, or knows no such server"


@rule(
    "CON004 okta-verdict",
    "W G K",
    "Okta MCP servers, runtime validation",
    summary="What Okta calls the MCP server agrees with what is seen from here",
    why="Okta looks from elsewhere, and at other times. Where the two differ, one of them sees something that the "
    "other does not: a firewall, a stale look, an answer that depends on who asks.",
    example="Okta calls the server INVALID, and every check passes from here",
    fix="Have Okta look again (revalidate), and compare what each side is answered.",
)
def okta_verdict(settled: Settled) -> Outcome:
    control = settled.case.observation.control
    status = control.status if control else None
    if status is None:
        return unknown(_UNREAD)
    if status == "PENDING" or settled.ready is None:
        return skip("one of the two has no verdict yet")
    said = "it is ready" if settled.ready else "it is not ready"
    return good(status) if settled.ready is (status != "INVALID") else bad(f"Okta: {show(status)}; from here {said}")


@rule(
    "CON005 okta-servers",
    "W G K",
    "Okta MCP servers, detected metadata; RFC 9728 section 7.6",
    summary="Okta lists the authorization servers that the metadata names",
    why="Okta keeps what it detected at its last look. A server that it does not list gets no connection; one that the "
    "metadata no longer names may be gone.",
    example="the metadata names https://login.example.com, Okta still lists https://old.example.com",
    fix="Have Okta look again (revalidate), or correct the metadata.",
)
@of_resource
def okta_servers(case: ServerCase) -> Outcome:
    control = case.observation.control
    listed_there = control.issuers if control else None
    if listed_there is None:
        return unknown(_UNREAD)
    named = case.meta.texts("authorization_servers") or ()
    missing = [each for each in named if not any(same_url(each, other) for other in listed_there)]
    further = [each for each in listed_there if not any(same_url(each, other) for other in named)]
    faults = [(missing, "Okta does not list"), (further, "the metadata does not name")]
    return judged([f"{what} {listed(found)}" for found, what in faults if found])


@rule(
    "CON006 okta-endpoints",
    "W G K",
    "Okta MCP servers, external authorization servers; RFC 8414 section 2",
    summary="Okta detected the endpoints that the metadata names",
    why="Okta sends people and secrets to the endpoints that it knows. When they differ from those of today, sign-ins "
    "fail, or go where nobody looks.",
    example="the token endpoint moved, Okta still knows the old one",
    fix="Have Okta look again (revalidate), or correct the endpoints by hand where Okta does not detect them.",
)
@of_metadata
def okta_endpoints(case: IssuerCase) -> Outcome:
    if case.is_okta:
        return skip("a custom authorization server is Okta's own")
    pairs = [
        (name, getattr(case.facts, name), case.meta.text(name)) for name in ("authorization_endpoint", "token_endpoint")
    ]
    known = [(name, there, here) for name, there, here in pairs if there is not None and here is not None]
    if not known:
        return unknown(_UNREAD)
    return judged([f"{name}: Okta {show(there)}, here {show(here)}" for name, there, here in known if there != here])


SERVER = (okta_servers,)
ISSUER = (server_active, okta_endpoints)
SETTLED = (connectable, evidence, okta_verdict)
