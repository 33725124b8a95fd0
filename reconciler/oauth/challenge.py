"""The WWW-Authenticate header, read by the grammar of RFC 9110 section 11.6.1, and again as a hasty client reads it."""

import re
from collections.abc import Iterable
from dataclasses import field

from reconciler.core.noun import dataclass

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|\Z))")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e\x80-\xff])*)"')
_BLANK = re.compile(r"[ \t]*")
_TO_PARAMETER = re.compile(r"[ \t]+(?=[^ \t,])")
_SPACES = re.compile(r" +")
_SEPARATOR = re.compile(r"[ \t,]*")
_TO_COMMA = re.compile(r"[^,]*")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge; names of parameters in lower case, values without their quotes."""

    scheme: str
    token68: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The first value of a parameter, or None."""
        return next((value for key, value in self.parameters if key == name), None)

    def is_scheme(self, name: str) -> bool:
        return self.scheme.lower() == name.lower()


@dataclass(frozen=True, slots=True)
class Challenges:
    """All challenges of a response, and what the grammar does not allow, in words."""

    items: tuple[Challenge, ...] = ()
    faults: tuple[str, ...] = ()

    def of(self, *schemes: str) -> Challenge | None:
        """The first challenge of one of the schemes."""
        return next((c for c in self.items if any(c.is_scheme(s) for s in schemes)), None)


@dataclass(slots=True)
class _Reader:
    """A cursor over one header value."""

    text: str
    at: int = 0
    items: list[tuple[str, str | None, list[tuple[str, str]]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def fault(self, problem: str) -> None:
        self.faults.append(f"character {self.at}: {problem}")


def parse(values: Iterable[str]) -> Challenges:
    """Read all WWW-Authenticate values of a response, in order. Never raises; reads on after a fault."""
    items: list[Challenge] = []
    faults: list[str] = []
    for value in values:
        reader = _Reader(value)
        reader.take(_SEPARATOR)
        while reader.at < len(value):
            _element(reader)
        items += [Challenge(scheme, token68, tuple(pairs)) for scheme, token68, pairs in reader.items]
        faults += reader.faults
    faults += [f"{c.scheme}: {name} stands twice" for c in items for name in _repeated(c)]
    faults += [f"{c.scheme}: parameters after a token" for c in items if c.token68 is not None and c.parameters]
    return Challenges(tuple(items), tuple(faults))


def naive(values: Iterable[str], name: str) -> str | None:
    """What the regular expression of a well-known client finds for a parameter, wherever it stands."""
    found = re.search(rf'{re.escape(name)}=(?:"([^"]+)"|([^\s,]+))', ", ".join(values))
    return None if found is None else found[1] or found[2]


def _element(reader: _Reader) -> None:
    """Read one element of the list: a parameter of the challenge before, or the head of a new one."""
    name = reader.take(_TOKEN)
    if name is None:
        reader.fault("a name is expected")
        reader.take(_TO_COMMA)
    elif reader.take(_EQUALS) is not None:
        _value(reader, name.lower())
    else:
        reader.items.append((name, _token68(reader), []))
        if reader.items[-1][1] is None and reader.take(_TO_PARAMETER):
            return  # its first parameter follows without a comma
    _end(reader)


def _value(reader: _Reader, name: str) -> None:
    quoted = reader.take(_QUOTED)
    value = reader.take(_TOKEN) if quoted is None else re.sub(r"\\(.)", r"\1", quoted[1:-1])
    if value is None:
        reader.fault(f"{name} has no value that can be read")
        reader.take(_TO_COMMA)
    elif not reader.items:
        reader.fault(f"{name} belongs to no challenge")
    else:
        reader.items[-1][2].append((name, value))


def _token68(reader: _Reader) -> str | None:
    before = reader.at
    found = reader.take(_TOKEN68) if reader.take(_SPACES) is not None else None
    if found is None:
        reader.at = before
    return found


def _end(reader: _Reader) -> None:
    reader.take(_BLANK)
    if reader.at < len(reader.text) and not reader.text.startswith(",", reader.at):
        reader.fault("a comma is missing")
    reader.take(_SEPARATOR)


def _repeated(challenge: Challenge) -> list[str]:
    names = [name for name, _ in challenge.parameters]
    return sorted({name for name in names if names.count(name) > 1})
