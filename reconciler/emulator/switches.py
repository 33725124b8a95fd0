"""The open questions of the contract (okta-api §6), each a named switch with a default."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from .switch import Switch
from .switches_of_organisation import ORGANISATION_SWITCHES
from .switches_of_servers import SERVER_SWITCHES


class SwitchError(ValueError):
    """A switch that does not exist, or a value that it does not take."""


SWITCHES: tuple[Switch, ...] = (*SERVER_SWITCHES, *ORGANISATION_SWITCHES)

_BY_NAME = {switch.name: switch for switch in SWITCHES}


@dataclass(frozen=True, slots=True)
class Switches:
    """Every switch with the value that holds."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def number(self, name: str) -> int:
        return int(self.values[name])


def parse(chosen: Mapping[str, str]) -> Switches:
    """All switches, the chosen ones over their defaults; SwitchError lists what would have been right."""
    for name, value in chosen.items():
        _check(name, value)
    return Switches({switch.name: chosen.get(switch.name, switch.default) for switch in SWITCHES})


def _check(name: str, value: str) -> None:
    switch = _BY_NAME.get(name)
    if switch is None:
        raise SwitchError(f"unknown switch {name!r}.{_hint(name, _BY_NAME)} Switches: {', '.join(_BY_NAME)}")
    if not switch.accepts(value):
        allowed = ", ".join(switch.values) or "a whole number of at least 0"
        raise SwitchError(f"switch {name!r} does not take {value!r}.{_hint(value, switch.values)} Values: {allowed}")


def _hint(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
