"""Real requests over TLS to an estate with one defect: that defect comes first, and nothing else is invented.

The defects that somebody makes by hand are those of docs/defects.py, before the quickstart's real servers.
"""

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.core.evidence import Tier
from reconciler.oauth import CHECKS
from reconciler.oauth.addresses import Guard
from reconciler.oauth.gate import Policy
from reconciler.render import probe as human
from tests.support.endpoint import NOT_FOUND, redirect, reply
from tests.support.estate import AS, JWK, MCP, RESOURCE, ROOT_RESOURCE, Estate, Spoil, examine

HTML = reply(200, b"<html>", kind="text/html")
ALWAYS = "ASM015"  # whether a provider takes the resource parameter cannot be seen from outside


def resource(**said: Any) -> Spoil:
    return lambda estate: estate.resource.update(_made(estate, said))


def server(**said: Any) -> Spoil:
    return lambda estate: estate.server.update(_made(estate, said))


def _made(estate: Estate, said: dict[str, Any]) -> dict[str, Any]:
    return {name: value(estate) if callable(value) else value for name, value in said.items()}


def without(name: str) -> Spoil:
    return lambda estate: estate.server.pop(name)


def answers(host: str, what: str, answer: bytes) -> Spoil:
    return lambda estate: estate.routes.update({(host, what): answer})


def documents(answer: bytes | Callable[[Estate], bytes]) -> Spoil:
    def spoil(estate: Estate) -> None:
        made = answer(estate) if callable(answer) else answer
        estate.routes.update({(MCP, f"GET {path}"): made for path in (RESOURCE, ROOT_RESOURCE)})

    return spoil


def challenge(text: str) -> Spoil:
    return lambda estate: setattr(estate, "challenge", text)


def key(**said: Any) -> Spoil:
    return lambda estate: estate.keys["keys"].append({**JWK, "kid": "2", **said})


DEFECTS: dict[str, tuple[Spoil, list[str], list[str]]] = {
    "metadata too large": (documents(reply(200, b"{" + b" " * 300_000 + b"}")), ["NET010"], []),
    "metadata in the clear": (documents(redirect("http://mcp.test/x")), ["NET008"], None),
    "a slash too many": (resource(resource=lambda estate: f"{estate.url}/"), [], ["PRM005"]),
    "only the origin as resource": (resource(resource=lambda estate: estate.origin), [], ["PRM005"]),
    "an undeclared authorization server": (resource(authorization_servers=["https://other.example"]), ["PRM008"], []),
    "keys in the clear": (resource(jwks_uri="http://as.test/jwks"), ["PRM013"], []),
    "a hint to another host": (challenge('Bearer resource_metadata="https://evil.example/x"'), ["WWA004"], None),
    "a login page": (answers(MCP, "POST /mcp", redirect("/login")), ["MCP003"], []),
    "an issuer with a slash": (server(issuer=lambda estate: f"{estate.issuer}/"), [], ["ASD004"]),
    "a token endpoint in the clear": (server(token_endpoint="http://as.test/t"), ["ASM002", "STS001", "CON001"], None),
    "a private token endpoint": (server(token_endpoint="https://10.0.0.1/t"), ["NET002", "ASM004", "STS001"], None),
    "no PKCE": (without("code_challenge_methods_supported"), [], ["ASM007"]),
    "a private key": (key(d="abc"), ["JWK003"], []),
    "a shared secret as key": (key(kty="oct", k="abc"), ["JWK003"], []),
    "no keys": (answers(AS, "GET /jwks", NOT_FOUND), [], []),  # STS needs none
}


def test_a_sound_estate_has_no_fault() -> None:
    found = examine()
    assert (found.errors, found.warnings, found.conclusion.ready) == ([], [ALWAYS], True)
    assert "by STS (verified)" in found.conclusion.verdicts.narrative
    assert found.requests <= 20


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_named_first(name: str) -> None:
    spoil, errors, warnings = DEFECTS[name]
    found = examine(spoil)
    assert found.errors[: len(errors)] == errors
    if errors:
        told = human.render([found.letter], CHECKS).splitlines()
        title = "has to be mended all the same" if found.conclusion.ready else "stands in the way"
        first = told[told.index(f"  what {title}") + 1]
        assert first.strip().startswith(errors[0])
        assert first.endswith(f"Fix: {CHECKS[errors[0]].fix}")
    if warnings is not None:
        assert set(found.warnings) == {*warnings, ALWAYS}
    assert found.requests <= 20


@pytest.mark.parametrize(
    ("tls", "first", "ready"),
    [
        ({"days": -3}, "NET004", False),
        ({"trusted": False}, "NET004", False),
        ({"days": 5}, "NET005", False),
        ({"days": 20}, "", True),
    ],
)
def test_a_defect_of_a_certificate(tls: dict[str, Any], first: str, *, ready: bool) -> None:
    found = examine(**tls)
    assert found.conclusion.ready is ready
    assert found.errors[:1] == ([first] if first else [])
    assert ("NET005" in found.warnings) is ready


def test_a_private_address_is_a_fault_of_the_server_and_nothing_is_sent() -> None:
    found = examine(policy=Policy(guard=Guard(), ports=frozenset(range(1, 65536))))
    assert found.errors[:1] == ["NET002"]
    assert (found.requests, found.seen) == (0, [])


def test_an_unanswered_question_is_no_fault() -> None:
    found = examine(documents(reply(503, b"{}")))
    assert found.errors == []


@pytest.mark.parametrize("tier", list(Tier))
def test_a_tier_sends_what_it_may_and_nothing_ever_carries_a_credential(tier: Tier) -> None:
    found = examine(tier=tier)
    methods = {request.method for request in found.seen}
    assert methods == {Tier.OFFLINE: set(), Tier.GET: {"GET"}}.get(tier, {"GET", "POST"})
    for request in found.seen:
        names = {name.lower() for name, _ in request.headers}
        assert not names & {"authorization", "cookie", "proxy-authorization", "x-api-key"}
        assert b"secret" not in request.body
        assert "secret" not in request.target
