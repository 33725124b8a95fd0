"""NET: names, addresses, certificates and redirects of every URL that was touched."""

from statistics import median
from urllib.parse import urljoin

from reconciler.core.evidence import Reply, TlsFacts, Unanswered, Weight
from reconciler.core.quantity import counted
from reconciler.core.url import host_of
from reconciler.oauth.case import ServerCase, Site
from reconciler.oauth.outcome import Outcome, bad, good, judged, rule, show, skip, unknown
from reconciler.oauth.parts import same_origin

_SOON, _VERY_SOON = 30, 7
_SLOW = 2.0
_ENOUGH = 3
_MOST_REDIRECTS = 3
_PERMANENT = frozenset({301, 308})
_LEGACY_TLS = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})


@rule(
    "NET001 dns",
    "E C G",
    "RFC 9110 section 4.3.4",
    summary="Every host name resolves",
    why="Without an address nobody reaches the endpoint, Okta neither.",
    example="resourceUrl: https://mcp.exmaple.com/mcp, a name that does not exist",
    fix="Correct the name, or publish an A or AAAA record.",
)
def dns(site: Site) -> Outcome:
    missing = sorted({host_of(r.url) for r in site.replies if r.unanswered is Unanswered.UNRESOLVED})
    if missing:
        return judged([f"{show(host)} has no address" for host in missing])
    return good() if _counted(site) or site.answers else unknown("no name was resolved")


@rule(
    "NET002 ip-policy",
    "E C G",
    "RFC 9728 section 7.7; MCP security best practices, SSRF",
    summary="Every address of every host is a public one",
    why="One private address among the answers is enough to steer a request into somebody's network; and Okta, "
    "outside, cannot reach it.",
    example="mcp.example.com resolves to 10.0.0.5",
    fix="Expose a public address, or let an operator allow the range.",
)
def ip_policy(site: Site) -> Outcome:
    if not _counted(site):
        return unknown("no addresses were judged")
    return judged(
        [
            f"{counted(f.refused + f.public, 'address', 'addresses')} of {f.host}, {f.refused} not public"
            for f in site.hosts
            if f.refused
        ]
    )


@rule(
    "NET003 rebind-signal",
    "W G G",
    "MCP security best practices, DNS rebinding",
    summary="Two resolutions of a name agree on whether it is public",
    why="A name that is public at the first look and private at the second is how a server turns a trusted client "
    "against its own network.",
    example="mcp.example.com gives 203.0.113.7, then 127.0.0.1",
    fix="Remove the split answers.",
)
def rebind_signal(site: Site) -> Outcome:
    twice = [facts for facts in site.hosts if facts.second is not None]
    if not twice:
        return unknown("no name was resolved twice")
    mixed = [f.host for f in twice if f.second and (f.public + f.second[0]) and (f.refused + f.second[1])]
    return judged([f"{host} mixes public and other addresses" for host in mixed])


@rule(
    "NET004 tls-valid",
    "E C G",
    "RFC 9728 section 7.3; RFC 9525",
    summary="The certificate chain is valid and names the host",
    why="TLS is what makes metadata trustworthy. A client that skips the check believes whoever answers.",
    example="a certificate for *.example.net on mcp.example.com, or a chain without its intermediate",
    fix="Install a certificate for this name, with the full chain.",
)
def tls_valid(site: Site) -> Outcome:
    broken = {host_of(r.url): r.detail for r in site.replies if r.unanswered is Unanswered.TLS}
    if broken:
        return judged([f"{show(host)}: {show(detail or 'not valid')}" for host, detail in broken.items()])
    return good() if _handshakes(site) else unknown("no TLS handshake was seen")


@rule(
    "NET005 tls-expiry",
    "E C G",
    "RFC 5280 section 4.1.2.5",
    summary="No certificate ends within 30 days; within 7 it is an error",
    why="A certificate that ends takes every agent off the server at once, often at night.",
    example="a certificate with 3 days left and no renewal",
    fix="Renew the certificate, and automate it.",
)
def tls_expiry(site: Site) -> Outcome:
    shaken = _handshakes(site)
    if not shaken:
        return unknown("no TLS handshake was seen")
    left = min(facts.days_left for facts in shaken)
    if left > _SOON:
        return good(counted(left, "day") + " left")
    return bad(
        counted(left, "day") + " left", f"more than {_SOON}", weight=None if left <= _VERY_SOON else Weight.WARNING
    )


@rule(
    "NET006 tls-version",
    "E G G",
    "RFC 9325 section 3.1.1 (BCP 195)",
    summary="TLS is at least 1.2; without 1.3 it is worth a note",
    why="Versions before 1.2 have known attacks, and Okta refuses them.",
    example="a load balancer that only speaks TLS 1.0",
    fix="Disable versions before 1.2 and enable 1.3.",
)
def tls_version(site: Site) -> Outcome:
    versions = sorted({facts.version for facts in _handshakes(site)})
    if not versions:
        return unknown("no TLS handshake was seen")
    if old := [version for version in versions if version in _LEGACY_TLS]:
        return bad(", ".join(old), "TLSv1.2 or newer")
    return good() if versions == ["TLSv1.3"] else bad("TLSv1.2", "TLSv1.3", weight=Weight.INFO)


@rule(
    "NET007 http-closed",
    "W G G",
    "RFC 8414 section 6.1; RFC 9728 section 7.1",
    summary="Port 80 is closed, or redirects permanently to https on the same host",
    why="Whoever sits on the way answers a http request first, and sends the client wherever he likes.",
    example="http://mcp.example.com/mcp answers 200",
    fix="Close port 80, or answer 301 or 308 to the https URL of the same host.",
)
def http_closed(case: ServerCase) -> Outcome:
    reply = case.evidence.plain if case.evidence else None
    if reply is None:
        return skip("http was not asked")
    if reply.unanswered is Unanswered.UNREACHABLE:
        return good("closed")
    if reply.unanswered is not Unanswered.NONE:
        return unknown("no answer over http")
    there = reply.redirects[0] if reply.redirects else urljoin(reply.url, reply.header("location") or "")
    moved = bool(reply.redirects) or reply.status in _PERMANENT
    secure = there.startswith("https://") and host_of(there) == host_of(reply.url)
    return good("redirects") if moved and secure else bad(f"answers {reply.status}", "301 or 308 to https")


@rule(
    "NET008 redirects",
    "E C G",
    "RFC 9728 sections 3.2 and 7.3; MCP security best practices",
    summary="Metadata redirects at most three times, never to http and never to another origin",
    why="A redirect hands the decision about where tokens go to somebody else's server.",
    example="/.well-known/oauth-protected-resource answers 302 to https://other.example.net/metadata",
    fix="Serve the document directly.",
)
def redirects(site: Site) -> Outcome:
    if not site.docs:
        return unknown("no document was asked for")
    faults = (_astray(doc.reply) for doc in site.docs)
    return judged([fault for fault in dict.fromkeys(faults) if fault])


@rule(
    "NET009 latency",
    "W G G",
    "MCP 2026-07-28 authorization (clients discover before each sign-in)",
    summary="Half of the answers arrive within two seconds",
    why="Discovery takes several requests in a row; slow ones add up until clients and Okta give up.",
    example="metadata that a cold function produces in six seconds",
    fix="Cache the document, or serve it as a file.",
)
def latency(site: Site) -> Outcome:
    seconds = [reply.seconds for reply in site.answers]
    if len(seconds) < _ENOUGH:
        return unknown("too few answers to tell")
    middle = median(seconds)
    return good(f"{middle:.1f} s") if middle <= _SLOW else bad(f"{middle:.1f} s", f"at most {_SLOW:.0f} s")


def _counted(site: Site) -> bool:
    """Whether an address of any of the hosts is known."""
    return any(facts.public + facts.refused for facts in site.hosts)


def _handshakes(site: Site) -> list[TlsFacts]:
    return [reply.tls for reply in site.replies if reply.tls is not None]


def _astray(reply: Reply) -> str:
    """What is wrong with the way that a document was reached, or nothing."""
    if reply.unanswered is Unanswered.REDIRECT:
        return f"{show(reply.url)} redirects where it must not"
    if len(reply.redirects) > _MOST_REDIRECTS:
        return f"{show(reply.url)} redirects {len(reply.redirects)} times"
    away = [hop for hop in reply.redirects if not same_origin(reply.url, hop)]
    return f"{show(reply.url)} leaves its origin for {show(host_of(away[0]))}" if away else ""


SITE = (dns, ip_policy, rebind_signal, tls_valid, tls_expiry, tls_version, redirects, latency)
SERVER = (http_closed,)
