"""The anonymous transport against servers that do what no server should; every refusal is a value."""

import gzip
import inspect
import itertools
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler.core.evidence import Ask, Reply, Unanswered
from reconciler.oauth.addresses import Guard
from reconciler.oauth.gate import Policy, hosts
from reconciler.oauth.manners import Manners
from reconciler.oauth.transport import AnonymousTransport
from tests.support.clock import VirtualClock
from tests.support.endpoint import (
    Endpoint,
    Site,
    authority_file,
    document,
    endpoint,
    redirect,
    reply,
    server_context,
)

NAME = "mcp.test"
LOCAL = Policy(guard=Guard(allow_loopback=True))


class Hurried:
    """A clock on which each look takes a while, so that deadlines come without waiting."""

    def __init__(self, step: float) -> None:
        self._time = itertools.count(0.0, step)
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return next(self._time)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody sleeps here ({seconds} s)")


def loopback(_host: str, _port: int) -> Iterable[str]:
    return ["127.0.0.1"]


@contextmanager
def sender(
    policy: Policy = LOCAL, resolver: Callable[[str, int], Iterable[str]] = loopback, clock: Any = None, **manners: Any
) -> Iterator[AnonymousTransport]:
    manners = {"authorities": authority_file(), **manners}
    with AnonymousTransport(policy, clock or VirtualClock(), manners=Manners(**manners), resolver=resolver) as sending:
        yield sending


def get(answer: Callable[..., Any], path: str = "/", **how: Any) -> Reply:
    with endpoint(answer, NAME) as server, sender(**how) as sending:
        return sending.send(Ask(server.url(NAME, path)))


# -- what works ----------------------------------------------------------------------------------------------------


def test_gives_status_headers_body_and_tls_facts() -> None:
    got = get(lambda _: [document({"a": 1}, ETag="x")])
    assert (got.status, got.body, got.header("etag"), got.unanswered) == (200, b'{"a": 1}', "x", Unanswered.NONE)
    assert got.tls is not None
    assert got.tls.version == "TLSv1.3"
    assert got.tls.days_left == 90


def test_says_who_it_is_and_nothing_else() -> None:
    with endpoint(lambda _: [document({})], NAME) as server, sender(contact="https://contact.example/") as sending:
        sending.send(Ask(server.url(NAME, "/a?b=c"), headers={"Accept": "text/plain"}))
        sending.send(Ask(server.url(NAME), "POST", {"Content-Type": "application/json"}, b"{}"))
    first, second = server.seen
    assert (first.method, first.target, first.header("host")) == ("GET", "/a?b=c", f"{NAME}:{server.port}")
    assert first.header("user-agent") is not None
    assert str(first.header("user-agent")).endswith("(+https://contact.example/)")
    assert first.header("accept-encoding") == "identity"
    assert {name.lower() for name, _ in first.headers} == {"host", "user-agent", "accept", "accept-encoding"}
    assert (second.method, second.body) == ("POST", b"{}")


def test_keeps_connections_for_gets() -> None:
    with endpoint(lambda _: [document({})], NAME) as server, sender() as sending:
        for _ in range(5):
            assert sending.send(Ask(server.url(NAME))).status == 200
    assert (server.connections, len(server.seen)) == (1, 5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_follows_redirects_and_tells_them(status: int) -> None:
    site = Site({"GET /": redirect("/b", status), "GET /b": document({"b": 1})})
    with endpoint(site, NAME) as server, sender() as sending:
        got = sending.send(Ask(server.url(NAME)))
        assert got.redirects == (server.url(NAME, "/b"),)
    assert (got.status, got.url) == (200, server.url(NAME))


def test_gives_a_redirect_as_it_is_where_asked_to_and_for_posts() -> None:
    with endpoint(lambda _: [redirect("/login")], NAME) as server, sender() as sending:
        asked = sending.send(Ask(server.url(NAME), follow=False))
        posted = sending.send(Ask(server.url(NAME), "POST", {}, b"{}"))
    assert [(each.status, each.header("location"), each.redirects) for each in (asked, posted)] == [
        (302, "/login", ())
    ] * 2


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(b"{}")), ("deflate", zlib.compress(b"{}")), ("br", b"raw")],
    ids=["gzip", "deflate", "br"],
)
def test_unpacks_what_nobody_asked_to_be_packed(encoding: str, packed: bytes) -> None:
    assert get(lambda _: [reply(200, packed, {"Content-Encoding": encoding})]).body in {b"{}", b"raw"}


def test_a_body_that_cannot_be_unpacked_is_empty() -> None:
    assert get(lambda _: [reply(200, b"no gzip", {"Content-Encoding": "gzip"})]).body == b""


def test_an_event_stream_is_read_up_to_its_first_event() -> None:
    endless = itertools.chain(
        [b"HTTP/1.1 200 x\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\nevent: message\n", b"data: {}\n\n"],
        itertools.repeat(b": still here\n\n" * 100),
    )
    got = get(lambda _: endless)
    assert got.unanswered is Unanswered.NONE
    assert b"data: {}" in got.body


# -- what is refused before anything is sent -----------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Authorization", "cookie", "Proxy-Authorization", "X-Api-Key", "host"])
def test_there_is_no_way_to_give_it_a_secret(header: str) -> None:
    with sender() as sending, pytest.raises(ValueError, match="anonymous"):
        sending.send(Ask("https://mcp.test/", headers={header: "secret"}))
    words = set(inspect.signature(AnonymousTransport).parameters) | set(inspect.signature(Manners).parameters)
    assert not [word for word in words if any(part in word for part in ("auth_", "token", "cookie", "secret", "proxy"))]


def test_the_environment_does_not_steer_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setenv("NETRC", "/nowhere")
    assert get(lambda _: [document({})]).status == 200


@pytest.mark.parametrize(
    "answers",
    [["169.254.169.254"], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"], ["2002:7f00:1::"]],
)
def test_all_answers_of_the_resolver_must_be_public(answers: list[str]) -> None:
    with sender(Policy(), lambda _h, _p: answers) as sending:
        got = sending.send(Ask("https://mcp.test/"))
    assert got.unanswered is Unanswered.BLOCKED
    assert not [answer for answer in answers if answer in got.detail], "internal addresses are nobody's business"
    assert sending.meter.requests == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.1", "[::1]", "localhost"])
def test_every_spelling_of_loopback_is_judged_by_its_address(host: str) -> None:
    from reconciler.oauth.dial import system_resolver

    with sender(Policy(), system_resolver) as sending:
        assert sending.send(Ask(f"https://{host}/")).unanswered in {Unanswered.BLOCKED, Unanswered.UNRESOLVED}


def test_a_name_is_resolved_once_so_a_second_answer_cannot_rebind_it() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Iterable[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with endpoint(lambda _: [reply(headers={"Connection": "close"})], NAME) as server, sender(resolver=rebinding) as s:
        for _ in range(3):
            assert s.send(Ask(server.url(NAME))).status == 200
        assert asked == [NAME]
        assert s.facts(server.url(NAME)) is not None
    assert len(asked) == 2


def test_tells_how_a_name_resolves_in_counts() -> None:
    answers = iter([["93.184.216.34", "10.0.0.1"], ["93.184.216.34"]])
    with sender(Policy(), lambda _h, _p: next(answers)) as sending:
        facts = sending.facts("https://mcp.test/")
    assert facts is not None
    assert (facts.host, facts.public, facts.refused, facts.second) == (NAME, 1, 1, (1, 0))


@pytest.mark.parametrize("answers", [[], ["not an address"]])
def test_a_name_without_addresses_is_unresolved(answers: list[str]) -> None:
    with sender(resolver=lambda _h, _p: answers) as sending:
        assert sending.send(Ask("https://mcp.test/")).unanswered is Unanswered.UNRESOLVED


def test_a_resolver_that_hangs_ends_the_question() -> None:
    release = threading.Event()

    def hanging(_host: str, _port: int) -> Iterable[str]:
        release.wait(30)
        return []

    with sender(resolver=hanging, clock=Hurried(4.7)) as sending:
        got = sending.send(Ask("https://mcp.test/"))
    release.set()
    assert got.unanswered is Unanswered.TIMEOUT


def test_http_is_asked_on_this_machine_only() -> None:
    with endpoint(lambda _: [document({"plain": True})]) as server:
        with sender() as sending:
            assert sending.send(Ask(server.url("localhost"))).body == b'{"plain": true}'
        with sender(resolver=lambda _h, _p: ["93.184.216.34"]) as sending:
            assert sending.send(Ask(server.url("mcp.test"))).unanswered is Unanswered.BLOCKED
            assert sending.send(Ask("http://mcp.test/", "POST", {}, b"{}")).unanswered is Unanswered.BLOCKED


# -- what is broken off --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "said"),
    [
        (server_context((NAME,), trusted=False), "known authority"),
        (server_context(("other.test",)), "another name"),
        (server_context((NAME,), days=-2), "expired"),
    ],
    ids=["untrusted", "other name", "expired"],
)
def test_a_bad_certificate_ends_it(context: Any, said: str) -> None:
    with endpoint(lambda _: [document({})], tls=context) as server, sender() as sending:
        got = sending.send(Ask(server.url(NAME)))
    assert got.unanswered is Unanswered.TLS
    assert said in got.detail
    assert server.seen == []


def test_a_server_without_tls_is_a_tls_fault() -> None:
    with Endpoint(lambda _: [], greeting=b"HTTP/1.1 400 x\r\n\r\n") as server, sender() as sending:
        assert sending.send(Ask(f"https://{NAME}:{server.port}/")).unanswered is Unanswered.TLS


def test_a_closed_port_is_tried_twice_by_get_and_once_by_post() -> None:
    with endpoint(lambda _: [], NAME) as server:
        url = server.url(NAME)
    with sender() as sending:
        assert sending.send(Ask(url)).unanswered is Unanswered.UNREACHABLE
        assert sending.meter.requests == 2
        assert sending.send(Ask(url, "POST", {}, b"")).unanswered is Unanswered.UNREACHABLE
        assert sending.meter.requests == 3


def test_a_get_whose_connection_broke_is_tried_once_more() -> None:
    answers = iter([b"", document({})])
    with endpoint(lambda _: [next(answers), b""], NAME) as server, sender() as sending:
        server.answer = lambda _: _close(next(answers))
        assert sending.send(Ask(server.url(NAME))).status == 200
    assert server.connections == 2


def _close(answer: bytes) -> Iterable[bytes]:
    if not answer:
        raise OSError
    return [answer]


@pytest.mark.parametrize("nonsense", [b"SSH-2.0-OpenSSH_9.9\r\n", b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_http_is_unreachable(nonsense: bytes) -> None:
    def once(_: object) -> Iterable[bytes]:
        yield nonsense
        raise OSError

    assert get(once).unanswered is Unanswered.UNREACHABLE


def test_redirects_end_after_three() -> None:
    numbers = itertools.count(1)
    with endpoint(lambda _: [redirect(f"/{next(numbers)}")], NAME) as server, sender() as sending:
        got = sending.send(Ask(server.url(NAME)))
    assert (got.unanswered, len(server.seen), len(got.redirects)) == (Unanswered.REDIRECT, 4, 3)


@pytest.mark.parametrize(
    "target",
    [
        "http://mcp.test/",
        "http://169.254.169.254/latest/meta-data/",
        "https://user@mcp.test/",
        "https://mcp.test\\@evil.example/",
        "ftp://mcp.test/",
        "file:///etc/passwd",
        "https://internal.test/",
    ],
)
def test_a_redirect_passes_every_rule_anew(target: str) -> None:
    def resolver(host: str, _port: int) -> Iterable[str]:
        return ["10.0.0.7"] if host == "internal.test" else ["127.0.0.1"]

    got = get(lambda _: [redirect(target)], resolver=resolver)
    assert (got.unanswered, got.body) == (Unanswered.REDIRECT, b"")


def test_all_the_time_of_a_server_is_bounded() -> None:
    with endpoint(lambda _: [document({})], NAME) as server, sender() as sending:
        assert sending.send(Ask(server.url(NAME)), until=0.0).unanswered is Unanswered.TIMEOUT
    assert server.seen == []


def test_a_slow_answer_is_left_although_each_piece_comes_in_time() -> None:
    def dripping(_: object) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 x\r\nContent-Length: 1000\r\n\r\n"
        yield from itertools.repeat(b"x", 1000)

    assert get(dripping, clock=Hurried(0.7)).unanswered is Unanswered.TIMEOUT


def test_an_origin_that_was_silent_twice_is_left_alone_for_the_run() -> None:
    def dripping(_: object) -> Iterable[bytes]:
        return itertools.chain([b"HTTP/1.1 200 x\r\nContent-Length: 1000\r\n\r\n"], itertools.repeat(b"x", 999))

    with endpoint(dripping, NAME) as server, sender(clock=Hurried(0.7)) as sending:
        replies = [sending.send(Ask(server.url(NAME))) for _ in range(4)]
        requests = sending.meter.requests
    assert {each.unanswered for each in replies} == {Unanswered.TIMEOUT}
    assert requests == 2
    assert "left alone" in replies[3].detail


def test_time_that_was_used_up_elsewhere_is_not_held_against_an_origin() -> None:
    with endpoint(lambda _: [document({})], NAME) as server, sender() as sending:
        for _ in range(3):
            assert sending.send(Ask(server.url(NAME)), until=0.0).unanswered is Unanswered.TIMEOUT
        assert sending.send(Ask(server.url(NAME))).status == 200


def test_the_budget_of_a_run_holds() -> None:
    with endpoint(lambda _: [document({})], NAME) as server, sender(requests=2) as sending:
        replies = [sending.send(Ask(server.url(NAME))).unanswered for _ in range(4)]
    assert replies == [Unanswered.NONE] * 2 + [Unanswered.BUDGET] * 2
    assert len(server.seen) == 2


def test_at_most_two_requests_to_a_host_at_once() -> None:
    inside, lock, most = [0], threading.Lock(), [0]
    gate = threading.Barrier(2, timeout=10)

    def counting(_: object) -> Iterable[bytes]:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        gate.wait()
        with lock:
            inside[0] -= 1
        return [document({})]

    with endpoint(counting, NAME) as server, sender() as sending:
        url = server.url(NAME)
        threads = [threading.Thread(target=sending.send, args=(Ask(url),)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert (most[0], len(server.seen)) == (2, 6)


# -- untrusted runs ------------------------------------------------------------------------------------------------


def _untrusted(answers: list[str], url: str = "https://mcp.test/") -> Reply:
    policy = Policy(hosts=hosts(["mcp.test"]), untrusted=True)
    with sender(policy, lambda _h, _p: answers) as sending:
        assert sending.facts(url) is None
        return sending.send(Ask(url))


def test_blocked_and_unreachable_look_the_same_to_the_untrusted() -> None:
    blocked, unresolved = _untrusted(["10.0.0.1"]), _untrusted([])
    assert blocked == unresolved
    assert blocked.unanswered is Unanswered.UNREACHABLE

    with endpoint(lambda _: [], NAME) as server:
        closed = server.url(NAME)
    policy = Policy(guard=Guard(allow_loopback=True), hosts=hosts(["mcp.test"]), untrusted=True)
    with sender(policy) as sending:
        assert sending.send(Ask(closed)).detail == blocked.detail


def test_the_untrusted_ask_listed_hosts_only_also_by_redirect() -> None:
    assert _untrusted(["93.184.216.34"], "https://other.test/").unanswered is Unanswered.BLOCKED
    policy = Policy(guard=Guard(allow_loopback=True), hosts=hosts(["mcp.test"]), untrusted=True)
    got = [
        get(lambda _, to=to: [redirect(to)], policy=policy)
        for to in ("https://other.test/", "https://mcp.test:1/", "http://mcp.test/")
    ]
    assert {each.unanswered for each in got} <= {Unanswered.REDIRECT}
