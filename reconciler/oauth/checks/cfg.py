"""CFG: what the manifest says about the server, judged without asking anybody."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from reconciler.core.diagnostic import Rule
from reconciler.core.evidence import Weight
from reconciler.core.url import URL_CANONICAL, URL_CLEAN, URL_HTTPS, URL_SECRET, host_of, same_url, url_faults
from reconciler.oauth.case import ServerCase
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip
from reconciler.oauth.parts import split

_LONG = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_ENTROPY = 4.0


@rule(
    "CFG001 url-https",
    "E C 0",
    "RFC 9728 section 1.2; MCP security best practices",
    summary="The server's URL is an absolute https URL",
    why="Over http anybody on the way can replace the metadata that decides where tokens go. Only this machine is "
    "exempt.",
    example="resourceUrl: http://mcp.example.com/mcp",
    fix="Use the public https endpoint.",
)
def url_https(case: ServerCase) -> Outcome:
    return judged(_faults(case, URL_HTTPS), "https://host/path")


@rule(
    "CFG002 url-clean",
    "E C 0",
    "RFC 9728 section 1.2; RFC 8707 section 2",
    summary="The server's URL has no user information and no fragment; a query is a warning",
    why="User information leaks into logs, a fragment never reaches the server, and many clients lose the query when "
    "they look for metadata.",
    example="resourceUrl: https://mcp.example.com/mcp#tools",
    fix="Remove the user information and the fragment, and do without a query.",
)
def url_clean(case: ServerCase) -> Outcome:
    faults = _faults(case, URL_CLEAN)
    parts = split(case.target.url)
    if not faults and parts is not None and parts.query:
        return bad("It has a query.", weight=Weight.WARNING)
    return judged(faults)


@rule(
    "CFG003 url-canonical",
    "W G 0",
    "MCP 2026-07-28 authorization, canonical server URI",
    summary="The server's URL is written in its canonical form",
    why="Identifiers are compared letter by letter, so two spellings of one URL are two servers to most clients.",
    example="resourceUrl: https://MCP.example.com:443/mcp",
    fix="Write scheme and host in lower case, without default port and dot segments.",
)
def url_canonical(case: ServerCase) -> Outcome:
    return judged(_faults(case, URL_CANONICAL))


@rule(
    "CFG004 url-no-secret",
    "E G 0",
    "RFC 6750 section 2.3; MCP token rules",
    summary="The server's URL carries no credential",
    why="A URL is an identity: it stands in plans, logs and tickets, and changing it replaces the server.",
    example="resourceUrl: https://mcp.example.com/mcp?api_key=abc",
    fix="Move the credential to a client registration, by reference.",
)
def url_no_secret(case: ServerCase) -> Outcome:
    return judged(_faults(case, URL_SECRET))


@rule(
    "CFG005 url-immutable",
    "W C 0",
    "help.okta.com ai-agent-mcp-server (the base URL is fixed after creation)",
    summary="The URL is that of the live object of the same name",
    why="Okta cannot change the URL of a server: the plan deletes it and makes another, and every connection is cut.",
    example="resourceUrl was https://a.example.com/mcp, now https://b.example.com/mcp",
    fix="Accept the replacement, or restore the URL.",
)
def url_immutable(case: ServerCase) -> Outcome:
    before = case.observation.written.previous_url
    if before is None:
        return skip("no live object goes by its name")
    return good() if same_url(before, case.target.url) else bad(f"live: {show(before)}", show(case.target.url))


@rule(
    "CFG007 as-present",
    "E C 0",
    "Okta MCP servers, connectable",
    summary="At least one authorization server is referred to and stays",
    why="A server without authorization server is never connectable: nobody could issue a token for it.",
    example="authorizationServers: [github] where github is a tombstone",
    fix="Add an authorization server, or restore the one that goes.",
)
def as_present(case: ServerCase) -> Outcome:
    if not case.target.written:
        return skip("no manifest describes it")
    gone = tuple(each.subject for each in case.target.servers if each.absent)
    staying = [each for each in case.target.servers if not each.absent]
    return good() if staying else bad(f"missing or to be deleted: {listed(gone)}")


@rule(
    "CFG010 secret-ref",
    "E G 0",
    "MCP enterprise-managed authorization section 7.5.1",
    summary="Secrets are written as references, never literally",
    why="A secret in Git is known to everybody who ever clones it, and cannot be taken back.",
    example="clientSecret: s3cr3t",
    fix="Replace the value by a reference to an environment variable, a file or a vault.",
)
def secret_ref(case: ServerCase) -> Outcome:
    places = [f"a literal secret at {show(place)}" for place in case.observation.written.secrets]
    texts = [pair[1] for pair in parse_qsl(_query(case.target.url))]
    for declared in case.target.servers:
        registration, static = declared.registration, declared.static
        texts += registration.scopes if registration else ()
        texts += [static.source] if static and static.source and "://" not in static.source else []
    return judged(places + ["a text that looks like a secret" for text in texts if looks_secret(text)])


@rule(
    "CFG011 yaml-strict",
    "E G 0",
    "YAML 1.2 section 3.2.1.3",
    summary="The manifest has no duplicate keys, unknown fields or merge surprises",
    why="Readers keep the last of two equal keys without a word, so reviewers approve a text that nobody applies.",
    example="resourceUrl: …a, and further down resourceUrl: …b",
    fix="Remove what is doubled or unknown; the diagnostics give each position.",
)
def yaml_strict(case: ServerCase) -> Outcome:
    if not case.target.written:
        return skip("no manifest describes it")
    faults = case.observation.written.faults
    return judged([f"{f.code} at {f.source}" if f.source else f.code for f in faults if f.is_error])


@rule(
    "CFG014 idn",
    "W G 0",
    "RFC 9728 section 7.8",
    summary="Hosts are plain ASCII names, not punycode and not mixed script",
    why="Letters of other scripts look like Latin ones, so a reviewer may approve a host that is not the one it seems "
    "to be.",
    example="resourceUrl: https://xn--pple-43d.com/mcp",
    fix="Confirm the domain in the review, or use an ASCII name.",
)
def idn(case: ServerCase) -> Outcome:
    urls = [case.target.url, *(each.issuer for each in case.target.servers if each.issuer)]
    hosts = dict.fromkeys(host_of(url) for url in urls)
    odd = [h for h in hosts if not h.isascii() or any(label.startswith("xn--") for label in h.split("."))]
    return judged([f"{show(host)} ({show(host.encode('unicode_escape').decode())})" for host in odd])


@rule(
    "CFG016 host-allow",
    "E G 0",
    "RFC 9728 section 7.7",
    summary="In somebody else's pull request every host is on the allow-list of the base branch",
    why="A URL in a pull request makes our runner send requests. Unless a maintainer listed the host, that is a way "
    "in.",
    example="a fork adds resourceUrl: https://metadata.internal/mcp",
    fix="Let a maintainer add the host on the base branch; until then network checks are skipped.",
)
def host_allow(case: ServerCase) -> Outcome:
    if case.observation.trusted:
        return skip("the run is trusted")
    allowed = case.observation.written.hosts or frozenset()
    urls = [case.target.url, *(each.issuer for each in case.target.servers if each.issuer)]
    return judged([f"{show(h)} is not listed" for h in dict.fromkeys(map(host_of, urls)) if h not in allowed])


def looks_secret(text: str) -> bool:
    """Whether a text holds a long run of letters and digits that is too random for a word."""
    return any(_entropy(run.group()) > _ENTROPY and re.search(r"\d", run.group()) for run in _LONG.finditer(text))


def _entropy(text: str) -> float:
    """Bits a character, by the frequencies in the text itself."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _faults(case: ServerCase, wanted: Rule) -> list[str]:
    return list(_of(case.target.url, wanted))


def _of(url: str, wanted: Rule) -> Iterator[str]:
    for found, detail in url_faults(url):
        if found is wanted:
            yield detail


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


SERVER = (
    url_https,
    url_clean,
    url_canonical,
    url_no_secret,
    url_immutable,
    as_present,
    secret_ref,
    yaml_strict,
    idn,
    host_allow,
)
