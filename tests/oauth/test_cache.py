"""What is remembered within a run and between runs, for how long, and when it is forgotten."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.evidence import Ask, Reply, TlsFacts, Unanswered
from reconciler.oauth.cache import LONGEST, Remembering, Store, lifetime
from tests.support.clock import VirtualClock

URL = "https://mcp.test/.well-known/oauth-protected-resource"
ASK = Ask(URL)


def answer(control: str = "max-age=600", **said: Any) -> Reply:
    headers = (("cache-control", control), ("etag", "x")) if control else ()
    return Reply(
        **{"url": URL, "status": 200, "headers": headers, "body": b"{}", "tls": TlsFacts("TLSv1.3", 9), **said}
    )


class Counting:
    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[Ask] = []

    def send(self, ask: Ask, **_until: float) -> Reply:
        self.asked.append(ask)
        return self.reply


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (answer("max-age=600"), 600),
        (answer("public, Max-Age = 60"), 60),
        (answer("max-age=86400"), LONGEST),
        (answer("max-age=999999999999"), 0 + LONGEST),
        (answer("no-store, max-age=600"), 0),
        (answer("max-age=600, no-cache"), 0),
        (answer('no-cache="set-cookie", max-age=600'), 0),
        (answer("max-age=0"), 0),
        (answer(""), 0),
        (answer("s-maxage=600"), 0),
        (answer(headers=(("cache-control", "max-age=600"), ("age", "550"))), 50),
        (answer(headers=(("cache-control", "max-age=600"), ("cache-control", "no-store"))), 0),
        (answer(status=404), 0),
        (answer(redirects=("https://a.test/",)), 0),
        (answer(status=0, unanswered=Unanswered.TIMEOUT), 0),
    ],
)
def test_the_owner_decides_how_long_and_an_hour_is_the_end(reply: Reply, seconds: float) -> None:
    assert lifetime(reply) == seconds


def test_asks_once_in_a_run_and_every_different_question() -> None:
    counting = Counting(answer(""))
    remembering = Remembering(counting)
    for ask in (ASK, ASK, Ask(URL, headers={"Accept": "text/html"}), Ask(URL, follow=False), ASK):
        assert remembering.send(ask, until=0).status == 200
    post = Ask(URL, "POST", {}, b"{}")
    for _ in range(2):
        remembering.send(post, until=0)
    assert len(counting.asked) == 5


def test_memory_is_bounded() -> None:
    counting = Counting(answer("", body=b"x" * 60))
    remembering = Remembering(counting, most=100)
    for _ in range(2):
        for path in ("a", "b"):
            remembering.send(Ask(f"https://mcp.test/{path}"), until=0)
    assert [ask.url[-1] for ask in counting.asked] == ["a", "b", "b"]


def test_between_runs_an_answer_holds_as_long_as_it_may(tmp_path: Path) -> None:
    clock, counting = VirtualClock(1000.0), Counting(answer("max-age=600"))
    for passed, asked in ((0, 1), (599, 1), (1, 2)):
        clock.sleep(passed)
        remembering = Remembering(counting, Store(tmp_path / "cache", clock.now))
        assert remembering.send(ASK, until=0) == counting.reply
        assert len(counting.asked) == asked
        remembering.judged([URL], good=True)


def test_what_made_a_server_fail_is_asked_again(tmp_path: Path) -> None:
    clock, counting = VirtualClock(1000.0), Counting(answer("max-age=600"))
    for good in (True, False, True):
        remembering = Remembering(counting, Store(tmp_path, clock.now))
        remembering.send(ASK, until=0)
        remembering.judged([URL], good=good)
    assert len(counting.asked) == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 2}', b"\x00" * 100, b"x" * 2_000_000])
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: bytes) -> None:
    clock, counting = VirtualClock(1000.0), Counting(answer("max-age=600"))
    store = Store(tmp_path, clock.now)
    store.keep(ASK, counting.reply)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert store.find(ASK) is None
    store.tidy()
    assert list(tmp_path.iterdir()) == []


def test_an_entry_from_the_future_or_of_another_question_does_not_count(tmp_path: Path) -> None:
    clock = VirtualClock(1_000_000.0)
    store = Store(tmp_path, clock.now)
    store.keep(ASK, answer("max-age=600"))
    assert Store(tmp_path, VirtualClock(10.0).now).find(ASK) is None
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace("mcp.test", "evil.test"))
    assert store.find(ASK) is None


def test_a_folder_that_cannot_be_written_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "cache", VirtualClock().now)
    store.keep(ASK, answer())
    store.forget(ASK)
    store.tidy()
    assert store.find(ASK) is None
