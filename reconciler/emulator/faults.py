"""Faults by name: what may go wrong with one request, and who is to suffer it.

A fault is armed for the nth request that matches a method and a path pattern, counted from the arming, and for how
many requests from there on; then it is spent. What each of them does is in `fault_acts`.
"""

from __future__ import annotations

import difflib
import fnmatch
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


class FaultError(ValueError):
    """A fault that does not exist, or that cannot be armed like this."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the table: name, what happens, and where it was seen (`wire`, or a section of the contract)."""

    name: str
    description: str
    origin: str = "wire"
    method: str = "*"
    path: str = "*"
    lasts: bool = False
    """Whether it holds until it is disarmed, unless told otherwise: an oddity rather than an accident."""


_SERVERS = "/resource-servers/api/v1/mcp-servers"
_AGENTS = "/workload-principals/api/v1/ai-agents"

FAULTS: tuple[Fault, ...] = (
    Fault("reset-before", "The connection is reset before the request is looked at; nothing is done."),
    Fault("reset-after", "The request is done, then the connection is reset without an answer."),
    Fault("timeout-after", "The request is done, then nothing is said for `seconds`, then the connection ends."),
    Fault("truncated-body", "The request is done, the connection ends in the middle of the body."),
    Fault("short-json", "The request is done, the body lacks its end, and Content-Length agrees with that."),
    Fault("duplicate-delivery", "The request arrives twice; the second answer is what the client sees."),
    Fault("error-500", "500 E0000009, nothing is done. A burst is `times`."),
    Fault("error-500-after", "The request is done, then 500 E0000009."),
    Fault("error-503", "503 E0000010, nothing is done. A burst is `times`."),
    Fault("rate-limited", "429 E0000047 with Remaining 0 and a Reset two seconds ahead, nothing is done."),
    Fault("html", "200 with a page of HTML, nothing is done."),
    Fault("html-after", "The request is done, the answer is 200 with a page of HTML."),
    Fault("date-ahead", "The request is done, the Date of the answer is an hour ahead."),
    Fault("date-behind", "The request is done, the Date of the answer is an hour behind."),
    Fault("slow", "The request is done, the answer comes `seconds` later."),
    Fault("expired-cursor", "400 E0000001: the cursor of the page is no longer good.", method="GET", path="*?*after=*"),
    Fault(
        "stale-reads",
        "From this write on, until three seconds after its operation completed, every list or object that was read "
        "since the arming is shown as it was.",
        "6.25",
        "!GET",
    ),
    Fault("empty-400", "The request is done, the answer is 400 without a body.", "5.2", "POST", _SERVERS),
    Fault("register-201", "A register is done at once and answers 201 with the object.", "2.2", "POST", _SERVERS),
    Fault("top-level-names", "Names and descriptions are at the top level.", "5.4", "GET", f"{_SERVERS}*", lasts=True),
    Fault("bare-list", "A list is a bare array, without its envelope.", "5.5", "GET", lasts=True),
    Fault(
        "base-self-link",
        "The self link of a list of authorization servers is the base URL.",
        "5.9",
        "GET",
        f"{_SERVERS}/*/authorization-servers*",
        lasts=True,
    ),
    Fault("firewall", "403 with a page of HTML for the user agents of Python libraries.", "5.14", lasts=True),
    Fault("pending-forever", "An MCP server is shown as PENDING.", "5.16", "GET", f"{_SERVERS}*", lasts=True),
    Fault("misspelled-links", "Links say /workload-principal/, without the s.", "5.18", lasts=True),
    Fault("agent-without-orn", "An agent is shown without its ORN.", "5.19", "GET", f"{_AGENTS}*", lasts=True),
    Fault(
        "misleading-404",
        "What an INACTIVE app answers when it is used: 404 E0000007.",
        "5.26",
        "POST",
        "/oauth2/v1/token",
    ),
    Fault("not-subscribed", "401 E0000015: the feature is not enabled.", "2.8", lasts=True),
    Fault("no-such-path", "404 E0000008, as an organisation without the feature may answer.", "2.8", lasts=True),
)
_BY_NAME = {fault.name: fault for fault in FAULTS}
_FOR_EVER = 1_000_000_000
_LONGEST = 3600
"""Seconds that a fault may take."""


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault that waits: for the `at`th match, then for `times` requests."""

    id: str
    fault: Fault
    method: str
    path: str
    at: int = 1
    times: int = 1
    seconds: float = 2.0
    matched: int = 0

    @property
    def fired(self) -> int:
        return max(0, min(self.matched - self.at + 1, self.times))

    def is_spent(self) -> bool:
        return self.fired >= self.times

    def matches(self, method: str, path: str) -> bool:
        """A method, `*`, or `!GET` for what writes; a path pattern, with the query when the pattern has one."""
        if self.method not in ("*", method) and not (self.method == "!GET" and method not in ("GET", "HEAD")):
            return False
        return fnmatch.fnmatchcase(path if "?" in self.path else path.partition("?")[0], self.path)

    def view(self) -> dict[str, Any]:
        names = ("id", "method", "path", "at", "times", "seconds", "matched", "fired")
        shown = {name: getattr(self, name) for name in names}
        return {"name": self.fault.name, **shown, "times": None if self.times == _FOR_EVER else self.times}


@dataclass(slots=True)
class FaultBox:
    """What is armed in one organisation; forgotten with the process."""

    _armed: dict[str, Armed] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, name: str, **how: Any) -> Armed:
        """`at`, `times`, `method`, `path`, `seconds`; FaultError when there is no such fault or no such request."""
        fault = _BY_NAME.get(name)
        if fault is None:
            near = difflib.get_close_matches(name, _BY_NAME, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise FaultError(f"unknown fault {name!r}.{hint} Faults: {', '.join(_BY_NAME)}")
        wanted = {key: value for key, value in how.items() if value is not None}
        usual = {"method": fault.method, "path": fault.path, "times": _FOR_EVER if fault.lasts else 1}
        armed = Armed(f"flt{secrets.token_hex(6)}", fault, **_checked(usual | wanted))
        with self._lock:
            self._armed[armed.id] = armed
        return armed

    def disarm(self, armed_id: str | None = None) -> bool:
        """One, or all; whether there was any."""
        with self._lock:
            gone = [key for key in self._armed if armed_id in (None, key)]
            for key in gone:
                del self._armed[key]
        return bool(gone)

    def armed(self) -> list[Armed]:
        """All, also those that are spent, until they are disarmed."""
        with self._lock:
            return list(self._armed.values())

    def are_none(self) -> bool:
        return not self._armed

    def fire(self, method: str, path: str) -> list[Armed]:
        """Count one request; the faults that it must suffer."""
        fired: list[Armed] = []
        with self._lock:
            for key, armed in self._armed.items():
                if armed.is_spent() or not armed.matches(method, path):
                    continue
                counted = self._armed[key] = replace(armed, matched=armed.matched + 1)
                if counted.fired:
                    fired.append(counted)
        return fired


def _checked(how: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in how.items():
        if name not in ("at", "times", "method", "path", "seconds"):
            raise FaultError(f"a fault is not armed by {name!r}")
        if name in ("method", "path"):
            is_good = isinstance(value, str) and bool(value)
        elif name == "seconds":
            is_good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST
        else:
            is_good = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _FOR_EVER
        if not is_good:
            raise FaultError(f"{name} of a fault cannot be {value!r}")
    return {**how, "method": str(how["method"]).upper()}
