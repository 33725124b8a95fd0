"""Credentials: what makes a request recognisable to the organisation (okta-api §4). Here the API token."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Protocol

import httpx

from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock

TOKEN_PATH = "/oauth2/v1/token"  # noqa: S105 - a path

TokenRequest = tuple[Mapping[str, str], Mapping[str, str]]
"""A form and headers. What is signed is good for one request: each try needs a new one."""

AskToken = Callable[[Callable[[], TokenRequest]], httpx.Response]
"""Sends what is made for each try to the token endpoint, without any other credential."""


def scope(area: str, *, write: bool) -> str:
    """Give the scope for reading or writing in an area such as `okta.apps` (okta-api §4)."""
    return f"{area}.{'manage' if write else 'read'}"


class Credential(Protocol):
    """What makes a request of ours recognisable to the organisation."""

    def need(self, scopes: frozenset[str]) -> None:
        """See to it that requests under these scopes can be made; PermissionDenied names what was not granted."""
        ...

    def prepare(self) -> None:
        """Come by whatever the next request needs; may ask the organisation."""
        ...

    def headers(self, method: str, url: httpx.URL) -> Mapping[str, str]:
        """Give the headers for one request."""
        ...

    def refused(self, sent: Mapping[str, str], response: httpx.Response) -> bool:
        """Learn from a 401 or 403; True when the same request is worth another try with new headers."""
        ...


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A header that never changes: `SSWS …`."""

    authorization: str = field(repr=False)

    def need(self, _scopes: frozenset[str]) -> None:
        pass

    def prepare(self) -> None:
        pass

    def headers(self, _method: str, _url: httpx.URL) -> Mapping[str, str]:
        return {"Authorization": self.authorization}

    def refused(self, _sent: Mapping[str, str], _response: httpx.Response) -> bool:
        return False


class App(Protocol):
    """Somebody who has to ask for tokens before there is a credential."""

    def open(self, endpoint: httpx.URL, ask: AskToken, clock: Clock) -> Credential:
        """Give the credential that asks at a token endpoint when it is needed."""
        ...
