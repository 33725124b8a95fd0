"""Every check that reads an answer, over TLS on loopback: sound it passes, and with its defect it fails alone.

The defects are those that the checks are proven with as values; where a value cannot be served, it has a row here.
"""

import importlib
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pytest

from reconciler.core.evidence import Tier, Verdict
from reconciler.oauth import CHECKS, Variant
from reconciler.oauth.dial import Resolver
from tests.support.defects import Change, Defect, defect, endpoint, everywhere, meta, no_lock
from tests.support.endpoint import authority, server_context
from tests.support.loopback import SOUND, Network, judged, unservable
from tests.support.readiness import PRM_URL, reply, world

MCP, IDP = "mcp.example.com", "idp.example.com"
FAMILIES = (
    *("net", "net_content", "mcp", "wwa", "prm", "prm_content", "asd", "asm", "asm_claims", "end", "jwk"),
    *("xaa", "sts", "reg", "con", "drf", "cfg", "cfg_issuer"),
)
ASKING = {code for code, check in CHECKS.items() if check.tiers & {Tier.GET, Tier.POST}}
NEVER_FAIL = {"NET015", "STS010"}  # a filter that answers makes things unknown; what Okta does not need is a note
VARIANTS = {"NET010": "refusal", "ASD008": "domain"}
"""Which of several defects of a check is served, where the first one shows other faults on the wire too."""


def hinted_elsewhere(made: Any) -> None:
    there = "https://mcp.example.com/elsewhere.json"
    made.challenge = f'Bearer resource_metadata="{there}", scope="read"'
    document = {**made.prm, "resource_name": "Elsewhere"}
    made.places[Variant.CHALLENGE] = reply(there, 200, document)


def root_redirects(made: Any) -> None:
    root = "https://mcp.example.com/.well-known/oauth-protected-resource"
    made.places[Variant.ROOT] = reply(root, 302, location=PRM_URL)


GONE = reply("https://idp.example.com/tenant/token", 404, b"<p>", cache_control="no-store")
OWN = {
    "WWA005": defect("WWA005", hinted_elsewhere),
    "PRM003": defect("PRM003", root_redirects),
    "END001": defect("END001", endpoint(token_code=GONE, token_jwt=GONE, token_exchange=GONE)),
}


def table() -> dict[str, Defect]:
    """One defect for each check that can be served."""
    found = {code: param.values[0] for code, param in OWN.items()}
    for family in FAMILIES:
        for param in importlib.import_module(f"tests.oauth.checks.test_{family}").DEFECTS:
            (case,) = param.values
            wanted = case.id in ASKING - found.keys() and VARIANTS.get(case.id, case.name) == case.name
            if wanted and case.verdict == "fail" and not unservable(made(case)):
                found[case.id] = case
    return found


def made(case: Defect) -> Any:
    return world(*case.base, case.change, *(() if case.locked else (no_lock,)))


@cache
def failing_before(base: tuple[Change, ...], *, locked: bool) -> frozenset[str]:
    findings, _, _ = judged(world(*base, *(() if locked else (no_lock,))), locked=locked)
    return frozenset(each.id for each in findings if each.verdict is Verdict.FAIL)


SERVED = table()


@pytest.mark.parametrize("code", SERVED)
def test_a_defect_over_tls_is_found_by_its_check_alone(code: str) -> None:
    case = SERVED[code]
    findings, meter, _ = judged(made(case), locked=case.locked)
    before = failing_before(case.base, locked=case.locked)
    new = {each.id for each in findings if each.verdict is Verdict.FAIL} - before
    assert code not in before
    assert new == {code} | case.also
    assert meter.requests <= 60  # one MCP server with three authorization servers, at the highest tier


# -- what lies between ---------------------------------------------------------------------------------------------


class Between(NamedTuple):
    """A defect of names, addresses, certificates or speed."""

    network: Network
    also: str = ""
    change: Change = lambda _: None


def tls_12() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    authority().issue_cert("*.example.com", "example.okta.com").configure_cert(context)
    return context


def away(made_: Any) -> None:
    for each in made_.server().documents:
        made_.places[each.variant] = reply(each.reply.url, 302, location="https://other.example.net/metadata")


NAMES = ("*.example.com", "example.okta.com")
BETWEEN = {
    "NET001": Between(Network(addresses={IDP: ()})),
    "NET002": Between(Network(addresses={MCP: ("10.0.0.1",)})),
    "NET003": Between(Network(later={MCP: ("127.0.0.1", "10.0.0.1")})),
    "NET004": Between(Network(tls=server_context(("other.example.net",)))),
    "NET005": Between(Network(tls=server_context(NAMES, days=5))),
    "NET006": Between(Network(tls=tls_12())),
    "NET008": Between(SOUND, "PRM001 PRM003", away),
    "NET009": Between(Network(seconds={MCP: 2.1})),
    "ASM004": Between(
        Network(addresses={"tokens.example.com": ("10.0.0.1",)}),
        "ASM005 NET002 STS001 XAA010",
        meta(token_endpoint="https://tokens.example.com/t"),
    ),
}


@pytest.mark.parametrize("code", BETWEEN)
def test_a_defect_of_the_network_is_found_by_its_check_alone(code: str) -> None:
    network, also, change = BETWEEN[code]
    findings, _, _ = judged(world(change, no_lock), network)
    failing = {each.id for each in findings if each.verdict is Verdict.FAIL}
    assert failing - failing_before((), locked=False) == {code, *also.split()}


def test_a_place_without_a_resolver_says_nothing_about_names() -> None:
    def deaf(_host: str, _port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    @dataclass(frozen=True)
    class Nowhere(Network):
        def resolver(self) -> Resolver:
            return deaf

    findings, meter, _ = judged(world(no_lock), Nowhere())
    assert {each.verdict for each in findings if each.id in {"NET001", "NET002", "PRM001", "ASD002"}} == {
        Verdict.UNKNOWN
    }
    assert meter.requests == 0


def test_every_check_that_asks_is_proven_over_tls() -> None:
    assert SERVED.keys() | BETWEEN.keys() | NEVER_FAIL == ASKING


def test_the_sound_world_has_no_fault_and_what_okta_does_not_need_is_none() -> None:
    findings, _, _ = judged(world(no_lock))
    assert not {each.id for each in findings if each.verdict is Verdict.FAIL}
    assert {each.verdict for each in findings if each.id == "STS010"} == {Verdict.PASS, Verdict.SKIP}


def test_a_filter_in_front_makes_it_unknown_and_no_failure() -> None:
    shield = reply(PRM_URL, 403, b"<html>", content_type="text/html")
    findings, _, _ = judged(world(everywhere(lambda _: shield), no_lock))
    assert Verdict.UNKNOWN in {each.verdict for each in findings if each.id == "NET015"}
    assert not {each.id for each in findings if each.verdict is Verdict.FAIL}
