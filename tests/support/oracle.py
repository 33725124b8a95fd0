"""What has to be true of each server of a `people.Project`: a table of what was last applied, is there, is wished."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.address import Address
from reconciler.core.drift import Cause, Standing
from reconciler.core.plan import Origin

Found = tuple[str, Cause, str | None]
"""The path at which a server differs from its document, whose doing it is, and the word that is there."""

_ORIGINS = {
    Cause.MANIFEST: Origin.PENDING,
    Cause.UNKNOWN: Origin.PENDING,
    Cause.ORGANISATION: Origin.DRIFT,
    Cause.BOTH: Origin.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class Table:
    """One moment. Servers are known by the hosts of their URLs, and each is one word."""

    wish: Mapping[str, str]
    gone: frozenset[str]
    """Those of which a tombstone speaks."""
    called: Mapping[str, Address]
    """The address of each document."""
    there: Mapping[str, tuple[str, str]]
    """The id and the word of each that is there."""
    last: Mapping[str, str]
    """The word that was last applied to those that are there."""
    bound: frozenset[Address]
    """The addresses that the ledger knows."""
    accepted: Mapping[str, str | None]
    """What somebody accepted, by path: the word that was there, or None for a server that was missing."""

    @property
    def words(self) -> dict[str, str]:
        return {host: word for host, (_, word) in self.there.items()}

    @property
    def strays(self) -> dict[str, tuple[str, str]]:
        """What is there, and no document speaks of."""
        return {host: each for host, each in self.there.items() if host not in {*self.wish, *self.gone}}

    @property
    def differences(self) -> dict[str, Found]:
        """Where each server differs from its document."""
        found: dict[str, Found] = {}
        for host, wish in self.wish.items():
            address = self.called[host]
            if host not in self.there:
                others = Cause.MANIFEST if self.bound else Cause.UNKNOWN
                found[host] = (str(address), Cause.ORGANISATION if address in self.bound else others, None)
            elif (word := self.there[host][1]) != wish:
                found[host] = (f"{address}.description", self._whose(host), word)
        return found

    @property
    def created(self) -> set[str]:
        """What a plan creates."""
        return {host for host, each in self.differences.items() if host not in self.there and not self.is_left(each)}

    @property
    def settled(self) -> dict[str, str]:
        """The words that are there once everything is applied, and each conflict decided for the manifest."""
        words = {host: word for host, word in self.words.items() if host not in self.gone}
        return words | {host: self.wish[host] for host, each in self.differences.items() if not self.is_left(each)}

    @property
    def origins(self) -> dict[str, Origin]:
        """Whose doing a plan says that the state of each server is, where anything is to be said."""
        origins = {
            host: Origin.CONVERGED
            for host, wish in self.wish.items()
            if host in self.there and self.there[host][1] == wish and self.last.get(host, wish) != wish
        }
        for host, each in self.differences.items():
            if host in self.there:
                origins[host] = Origin.ACCEPTED if self.is_left(each) else _ORIGINS[each[1]]
        return origins

    def standing(self, found: Found) -> Standing:
        """What drift says of a difference."""
        path, cause, word = found
        if cause is Cause.MANIFEST and (word is not None or path not in self.accepted):
            return Standing.PENDING
        if path not in self.accepted:
            return Standing.NEW
        return Standing.ACCEPTED if self.accepted[path] == word else Standing.CHANGED

    def is_left(self, found: Found) -> bool:
        """Whether a plan leaves a difference as it is: accepted, and not changed by both sides."""
        return self.standing(found) is Standing.ACCEPTED and found[1] is not Cause.BOTH

    def _whose(self, host: str) -> Cause:
        last, word, wish = self.last.get(host), self.there[host][1], self.wish[host]
        if last is None:
            return Cause.UNKNOWN
        if last == word:
            return Cause.MANIFEST
        return Cause.ORGANISATION if last == wish else Cause.BOTH
