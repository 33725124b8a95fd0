"""Servers that mean harm, and what each got for it; with ACCEPT=1 the table is written to docs/attacks.md."""

import itertools
import json
import os
import re
import unicodedata
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.evidence import Ask, Finding, Origin, Reply, Unanswered, Verdict, Weight
from reconciler.core.kind import Offer
from reconciler.oauth import CHECKS
from reconciler.oauth.addresses import Guard, parse
from reconciler.oauth.gate import Policy
from reconciler.oauth.manners import Meter
from reconciler.render import findings, junit, markdown, sarif
from reconciler.render import probe as human
from reconciler.render.letter import Ability, Letter
from reconciler.render.machine import dump
from reconciler.render.palette import Palette
from tests.oauth.test_transport import Hurried
from tests.support.endpoint import Endpoint, Seen, endpoint, redirect, reply
from tests.support.estate import MCP, RESOURCE, Estate, examine, transport

KIB = 1024
PAGE = Path(__file__).parents[2] / "docs" / "attacks.md"
ACCEPT = bool(os.environ.get("ACCEPT"))
HEAD = """# Attacks, and what they get

Made by `ACCEPT=1 pytest tests/oauth/test_attacks.py`: hostile servers on loopback, asked by the transport of
`reconciler probe`. Requests and bytes are what the prober sent and read until it turned away; the suite fails when an
outcome changes or more is spent than is written here. Rows about display have nothing to send.

| Attack | What came of it | Requests | Bytes read |
|---|---|---:|---:|
"""
ROWS: list[str] = []
_LINE = re.compile(r"\| (?P<name>.*) \| (?P<outcome>.*) \| (?P<requests>[0-9]*) \| (?P<size>[0-9,]*) \|")


@pytest.fixture(scope="module", autouse=True)
def _page() -> Iterator[None]:
    yield
    if ACCEPT:
        PAGE.write_text(HEAD + "".join(f"{row}\n" for row in ROWS), encoding="utf-8")


def record(name: str, outcome: str, meter: Meter | None = None) -> None:
    """Put a row into the table, or hold it against the one that is there."""
    spent = ("", "") if meter is None else (str(meter.requests), f"{meter.received_bytes:,}")
    ROWS.append(f"| {name} | {outcome} | {spent[0]} | {spent[1]} |")
    if ACCEPT:
        return
    lines = map(_LINE.fullmatch, PAGE.read_text(encoding="utf-8").splitlines())
    row = next((found for found in lines if found and found["name"] == name), None)
    assert row is not None, f"{name} is not in docs/attacks.md; run with ACCEPT=1"
    assert row["outcome"] == outcome
    if meter is not None:
        assert meter.requests <= int(row["requests"])
        assert meter.received_bytes <= int(row["size"].replace(",", "")) * 1.25 + 32 * KIB


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 x", "Content-Type: application/json", *lines, "", ""]).encode()


def endless(first: bytes, piece: bytes) -> Callable[[Seen], Iterable[bytes]]:
    return lambda _: itertools.chain([first], itertools.repeat(piece))


@dataclass
class Attack:
    """One hostile server, what must come of it, and how little may be spent on it."""

    name: str
    answer: Callable[[Seen], Iterable[bytes]]
    expected: Unanswered
    requests: int = 1
    most_bytes: int = 0
    how: dict[str, Any] = field(default_factory=dict)


def bomb() -> bytes:
    """200 MB of zeros in 200 kB, from one megabyte: to pack them all would take longer than an answer may."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabyte = b"\0" * (KIB * KIB)
    first = packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = first + 199 * (packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH))
    return reply(200, packed, {"Content-Encoding": "gzip"})


def to(target: str) -> Callable[[Seen], Iterable[bytes]]:
    return lambda _: [redirect(target)]


def around() -> Callable[[Seen], Iterable[bytes]]:
    numbers = itertools.count()
    return lambda _: [redirect(f"/{next(numbers)}")]


ATTACKS = [
    Attack("endless body", endless(head(), b"x" * 65536), Unanswered.TOO_LARGE, 1, 450 * KIB),
    Attack(
        "endless chunks",
        endless(head("Transfer-Encoding: chunked"), b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        Unanswered.TOO_LARGE,
        1,
        450 * KIB,
    ),
    Attack(
        "1 GB announced", endless(head("Content-Length: 1073741824"), b"x" * 65536), Unanswered.TOO_LARGE, 1, 70 * KIB
    ),
    Attack("gzip bomb, 200 MB in 200 kB", lambda _: [bomb()], Unanswered.TOO_LARGE, 1, 260 * KIB),
    Attack(
        "endless headers",
        endless(b"HTTP/1.1 200 x\r\n", b"X-A: " + b"a" * 4000 + b"\r\n"),
        Unanswered.TOO_LARGE,
        2,
        700 * KIB,
    ),
    Attack("one endless header", endless(b"HTTP/1.1 200 x\r\nX-A: ", b"a" * 65536), Unanswered.TOO_LARGE, 1, 350 * KIB),
    Attack(
        "endless 100 Continue", endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), Unanswered.TOO_LARGE, 1, 350 * KIB
    ),
    Attack(
        "slow body",
        endless(head("Content-Length: 9999"), b"x"),
        Unanswered.TIMEOUT,
        1,
        8 * KIB,
        {"clock": Hurried(0.7)},
    ),
    Attack("slow headers", endless(b"", b"X"), Unanswered.TIMEOUT, 1, 8 * KIB, {"clock": Hurried(0.7)}),
    Attack("100 redirects", around(), Unanswered.REDIRECT, 4, 2 * KIB),
    Attack("redirect to 169.254.169.254", to("https://169.254.169.254/latest/"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect to http", to("http://mcp.test/"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect to metadata over http", to("http://169.254.169.254/latest/"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect with a password", to("https://a:b@mcp.test/"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect to an IPv4-mapped address", to("https://[::ffff:169.254.169.254]/"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect to NAT64 of loopback", to("https://[64:ff9b::7f00:1]/"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect to a file", to("file:///etc/passwd"), Unanswered.REDIRECT, 1, KIB),
    Attack("redirect to a decimal address", to("https://2852039166/"), Unanswered.REDIRECT, 1, KIB),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_server_gets_little(attack: Attack) -> None:
    def resolver(host: str, _port: int) -> list[str]:
        return {"2852039166": ["169.254.169.254"]}.get(host, [host] if parse(host) else ["127.0.0.1"])

    with endpoint(attack.answer, MCP) as server, transport(resolver=resolver, **attack.how) as asking:
        got = asking.send(Ask(server.url(MCP)))
        spent = asking.meter
    record(attack.name, f"{got.unanswered}: {got.detail}", spent)
    assert (got.unanswered, got.body) == (attack.expected, b"")
    assert spent.requests <= attack.requests
    assert spent.received_bytes <= attack.most_bytes


def test_rebinding_changes_nothing() -> None:
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["169.254.169.254"]))
    closing = reply(200, b"{}", {"Connection": "close"})
    with (
        Endpoint(lambda _: [closing], _context()) as server,
        transport(resolver=lambda _h, _p: next(answers)) as asking,
    ):
        got = [asking.send(Ask(server.url(MCP))).status for _ in range(3)]
        facts = asking.facts(server.url(MCP))
        record("DNS rebinding", "the first address is kept, and NET003 tells", asking.meter)
    assert got == [200, 200, 200]
    assert facts is not None
    assert facts.second == (0, 1)


def test_what_lies_around_for_other_programs_is_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine mcp.test login me password netrc-secret\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    for name, value in (
        ("HOME", str(tmp_path)),
        ("NETRC", str(tmp_path / ".netrc")),
        ("HTTPS_PROXY", "http://me:proxy-secret@127.0.0.1:9"),
        ("ALL_PROXY", "http://me:proxy-secret@127.0.0.1:9"),
        ("OKTA_API_TOKEN", "token-secret"),
    ):
        monkeypatch.setenv(name, value)
    greedy = reply(401, b"{}", {"Set-Cookie": "a=cookie-secret", "WWW-Authenticate": "Basic realm=x"})
    with endpoint(lambda _: [greedy], MCP) as server, transport() as asking:
        got = [asking.send(Ask(server.url(MCP), method)).status for method in ("GET", "GET", "POST")]
        record("cookies, .netrc, proxies, tokens lying around", "none of them is sent or used", asking.meter)
    assert got == [401, 401, 401]
    for request in server.seen:
        said = {name.lower() for name, _ in request.headers}
        assert said <= {"host", "user-agent", "accept", "accept-encoding", "content-length", "connection"}
        assert "secret" not in repr(request)


def test_a_name_that_leads_inside_is_not_asked() -> None:
    with transport(Policy(), resolver=lambda _h, _p: ["93.184.216.34", "169.254.169.254"]) as asking:
        got = asking.send(Ask("https://mcp.test/"))
        record("a name with one private address of two", f"{got.unanswered}: {got.detail}", asking.meter)
    assert (got.unanswered, asking.meter.requests) == (Unanswered.BLOCKED, 0)


@pytest.mark.parametrize(
    "endpoint_url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://169.254.169.254/latest/",
        "http://10.0.0.1/",
    ],
)
def test_an_endpoint_that_metadata_names_is_judged_before_it_is_asked(endpoint_url: str) -> None:
    def spoil(estate: Estate) -> None:
        estate.server.update(authorization_endpoint=endpoint_url, jwks_uri=endpoint_url, token_endpoint=endpoint_url)

    found = examine(spoil)
    record(f"metadata names {endpoint_url}", f"{found.errors[0]}; that URL is not asked", found.meter)
    assert found.errors
    assert found.conclusion.ready is False
    hosts = {str(request.header("host")).partition(":")[0] for request in found.seen}
    assert hosts <= {"mcp.test", "as.test"}


def test_metadata_of_a_thousand_issuers_is_not_a_thousand_requests() -> None:
    def spoil(estate: Estate) -> None:
        estate.resource.update(authorization_servers=[f"{estate.issuer}/{number}" for number in range(1000)])
        estate.target.update(servers=())

    found = examine(spoil)
    record("1,000 issuers in metadata", "three of them are followed", found.meter)
    assert found.requests <= 50


def test_deep_and_doubled_json_is_no_document() -> None:
    deep = b'{"resource":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

    def spoil(estate: Estate) -> None:
        estate.routes[MCP, f"GET {RESOURCE}"] = reply(200, deep)

    found = examine(spoil)
    record("JSON of depth 50,000", found.errors[0], found.meter)
    assert "NET012" in found.errors


# -- what is shown -------------------------------------------------------------------------------------------------

NASTY = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066\u200b\r\n::error::x\n"
    "`</td>`` <script>alert(1)</script> ![x](https://evil.example/p) [y](javascript:alert(1)) @everyone #1 | ~~a~~ "
    "]]> &amp; \"'\ud800\x00"
)


def _nasty_letter() -> Letter:
    texts = [f"{name}{NASTY}" for name in ("subject", "url", "narrative", "reason", "observed", "expected", "issuer")]
    subject, url, narrative, reason, observed, expected, issuer = texts
    ability = Ability(subject, issuer, Offer.STS, "no", usable=False, origin=Origin.LIVE, reason=reason)
    found = tuple(
        Finding(check, subject, verdict, observed, expected, weight=weight)
        for check, verdict, weight in [
            ("PRM005", Verdict.FAIL, Weight.ERROR),
            ("NET003", Verdict.FAIL, Weight.WARNING),
            ("NET013", Verdict.FAIL, Weight.INFO),
            ("NET009", Verdict.UNKNOWN, None),
            ("NET010", Verdict.SKIP, None),
        ]
    )
    no: dict[str, Any] = {"connectable": False, "ready": False, "narrative": narrative, "blocking": ("PRM005",)}
    return Letter("McpServer.jira", url, abilities=(ability,), findings=found, **no)


def _shown() -> dict[str, str]:
    letters = [_nasty_letter(), Letter(NASTY, NASTY, fault=NASTY)]
    every = human.Detail(remarks=True, unknown=True)
    return {
        "human": human.render(letters, CHECKS, Palette(), every),
        "markdown": markdown.render(letters, CHECKS, explain_unknown=True),
        "junit": junit.render(letters, CHECKS),
        "sarif": dump(sarif.document(letters, CHECKS, sarif.Scan("0"), explain_unknown=True)),
        "json": dump(findings.document(letters, CHECKS)),
    }


@pytest.mark.parametrize("shown", ["human", "markdown", "junit"])
def test_no_control_or_direction_character_reaches_a_reader(shown: str) -> None:
    text = _shown()[shown].replace("\n", "")
    assert not [ch for ch in text if unicodedata.category(ch)[0] == "C" or unicodedata.category(ch) in {"Zl", "Zp"}]
    record(f"escapes and bidi in {shown}", "written as numbers")


def test_no_line_is_begun_by_somebody_else() -> None:
    for shown in ("human", "markdown"):
        assert not [line for line in _shown()[shown].splitlines() if line.lstrip().startswith("::error")]


def test_markdown_shows_text_from_outside_as_code_only() -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": True}).enable("strikethrough").parse(_shown()["markdown"])
    inner = [child for token in tokens for child in (token.children or [])]
    assert {token.type for token in tokens} <= {
        *("heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    }
    assert {child.type for child in inner} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    plain = " ".join(child.content for child in inner if child.type == "text")
    assert not any(word in plain for word in ("evil.example", "@everyone", "script", "#1"))
    record("Markdown injection", "inert in code spans")


def test_a_report_stays_below_the_size_of_a_comment() -> None:
    text = markdown.render([_nasty_letter()] * 500, CHECKS, explain_unknown=True)
    assert len(text.encode()) <= markdown.BUDGET
    assert "cut here" in text


def test_xml_and_json_stay_well_formed() -> None:
    shown = _shown()
    suites = ET.fromstring(shown["junit"])
    assert [suite.get("failures") for suite in suites] == ["1", "0"]
    run = json.loads(shown["sarif"])["runs"][0]
    assert {result["ruleId"] for result in run["results"]} == {"PRM005", "NET003", "NET013", "NET009"}
    assert json.loads(shown["json"])["ok"] is False
    shown["json"].encode()
    shown["sarif"].encode()


def test_headers_of_a_hostile_server_stay_data() -> None:
    odd = reply(200, b"{}", {"X-\x1b": "a", "Cache-Control": "max-age=\x1b[31m\u00ff"})
    with endpoint(lambda _: [odd], MCP) as server, transport() as asking:
        got: Reply = asking.send(Ask(server.url(MCP)))
    assert got.unanswered in {Unanswered.UNREACHABLE, Unanswered.NONE}


def _context() -> Any:
    from tests.support.endpoint import server_context

    return server_context((MCP,))


def test_a_guard_that_allows_loopback_allows_nothing_else() -> None:
    policy = Policy(guard=Guard(allow_loopback=True))
    with transport(policy, resolver=lambda _h, _p: ["127.0.0.1", "10.0.0.1"]) as asking:
        assert asking.send(Ask("http://mcp.test:1/")).unanswered is Unanswered.BLOCKED
