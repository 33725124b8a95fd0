"""One emulated organisation: its settings, its state, its meters."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import switches
from .faults import FaultBox
from .meters import Meters
from .settings import Settings
from .store import Store, digest, fact


@dataclass(frozen=True, slots=True)
class Organisation:
    """What every handler is given; the store is the only part that remembers."""

    id: str
    settings: Settings
    switches: switches.Switches
    store: Store
    meters: Meters
    faults: FaultBox

    def now(self) -> float:
        return self.settings.clock()

    def url(self, path: str) -> str:
        return self.settings.base_url.rstrip("/") + path

    def issuer(self, authorization_server: str) -> str:
        """The issuer of a custom authorization server (okta-api §1.6)."""
        return self.url(f"/oauth2/{authorization_server}")

    def own_issuer(self, issuer: str) -> str | None:
        """The id (or alias) in an issuer of this organisation, None when the issuer is somebody else's."""
        prefix = self.url("/oauth2/")
        return issuer.removesuffix("/")[len(prefix) :] if issuer.startswith(prefix) else None

    def host(self) -> str:
        return urlsplit(self.settings.base_url).netloc

    def knows_token(self, token: str) -> bool:
        with self.store.read() as db:
            known = fact(db, "token") or ""
        return hmac.compare_digest(known, digest(token))
