"""What was answered before: within a run each document is fetched once, between runs as long as its owner allows.

Between runs only GETs that answered 200 are kept, for at most one hour, never against `Cache-Control`, and only while
they speak for a server: what made one fail is asked again. A run over somebody else's YAML neither reads nor writes it.
"""

import base64
import contextlib
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.core.evidence import Ask, Reply, TlsFacts
from reconciler.core.noun import dataclass
from reconciler.oauth.crew import Sender

LONGEST = 3600.0
RUN_BYTES = 64 * 1024**2
_FORMAT = 1
_LARGEST_ENTRY = 1024 * 1024
_FORBIDS = re.compile(r"(?i)(^|,)\s*(no-store|no-cache|max-age\s*=\s*\"?0+\"?)\s*(,|=|$)")
_MAX_AGE = re.compile(r"(?i)(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})")


def lifetime(reply: Reply) -> float:
    """How many seconds an answer may be used again; 0 where its owner does not say so (RFC 9111 sections 4.2, 5.2)."""
    said = ", ".join(reply.all("cache-control"))
    found = _MAX_AGE.search(said)
    if reply.status != HTTPStatus.OK or reply.redirects or _FORBIDS.search(said) or found is None:
        return 0.0
    age = reply.header("age") or ""
    used = int(age) if age.isascii() and age.isdigit() else 0
    return max(0.0, min(LONGEST, float(found[1])) - used)


def key(ask: Ask) -> str:
    """The name under which an answer is kept: everything that the question says."""
    said = json.dumps([ask.method, ask.url, sorted(ask.headers.items()), ask.follow])
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the cache."""

    format: int
    ends: float
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    tls: TlsFacts | None = None


_ENTRY = TypeAdapter(_Entry)


class Store:
    """Answers between runs, one file each, in a folder that may vanish or be damaged at any time without harm."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now

    def find(self, ask: Ask) -> Reply | None:
        """The answer of an earlier run, while it holds."""
        entry = self._read(self._folder / f"{key(ask)}.json")
        if entry is None or entry.url != ask.url or not 0 < entry.ends - self._now() <= LONGEST:
            return None
        body = base64.b64decode(entry.body)
        return Reply(ask.url, HTTPStatus.OK, entry.headers, body, tls=entry.tls)

    def keep(self, ask: Ask, reply: Reply) -> None:
        """Keep an answer as long as its owner allows."""
        seconds = lifetime(reply)
        if seconds <= 0:
            return
        body = base64.b64encode(reply.body).decode("ascii")
        entry = _Entry(_FORMAT, self._now() + seconds, ask.url, reply.headers, body, reply.tls)
        self._write(self._folder / f"{key(ask)}.json", json.dumps(asdict(entry)))

    def forget(self, ask: Ask) -> None:
        """Ask anew next time."""
        with contextlib.suppress(OSError):
            (self._folder / f"{key(ask)}.json").unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what no longer holds."""
        with contextlib.suppress(OSError):
            for file in self._folder.glob("*.json"):
                entry = self._read(file)
                if entry is None or entry.ends <= self._now():
                    file.unlink(missing_ok=True)

    def _read(self, file: Path) -> _Entry | None:
        try:
            if file.stat().st_size > _LARGEST_ENTRY:
                return None
            entry = _ENTRY.validate_json(file.read_bytes())
            base64.b64decode(entry.body, validate=True)
        except (OSError, ValueError, ValidationError):
            return None
        return entry if entry.format == _FORMAT else None

    def _write(self, file: Path, text: str) -> None:
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_text(text, encoding="utf-8")
            beside.replace(file)


class Remembering:
    """A sender that asks each question once in a run, and not at all while the answer of an earlier run holds.

    Its memory is bounded: beyond the bound it asks again rather than grow.
    """

    def __init__(self, sender: Sender, store: Store | None = None, *, most: int = RUN_BYTES) -> None:
        self._sender = sender
        self._store = store
        self._room = most
        self._replies: dict[str, tuple[Ask, Reply]] = {}
        self._lock = threading.Lock()

    def send(self, ask: Ask, *, until: float) -> Reply:
        """Answer from memory, from the store, or by asking."""
        if ask.method != "GET":
            return self._sender.send(ask, until=until)
        name = key(ask)
        with self._lock:
            known = self._replies.get(name)
        if known is not None:
            return known[1]
        reply = (self._store.find(ask) if self._store else None) or self._sender.send(ask, until=until)
        with self._lock:
            size = len(reply.body) + sum(len(a) + len(b) for a, b in reply.headers)
            if name not in self._replies and size <= self._room:
                self._room -= size
                self._replies[name] = (ask, reply)
        return reply

    def judged(self, urls: Iterable[str], *, good: bool) -> None:
        """Say of documents whether they speak for their server: these are kept between runs, others forgotten."""
        if self._store is None:
            return
        wanted = frozenset(urls)
        with self._lock:
            found = [pair for pair in self._replies.values() if pair[0].url in wanted]
        for ask, reply in found:
            if not good:
                self._store.forget(ask)
            elif self._store.find(ask) is None:
                self._store.keep(ask, reply)
