"""Arming faults of an emulator that runs elsewhere, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx


class RemoteError(Exception):
    """The emulator cannot be reached, or refuses."""


class Remote:
    """A running emulator, asked for what only an emulator has."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"SSWS {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, transport=transport, trust_env=False, timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._http.close()

    def faults(self) -> list[dict[str, Any]]:
        """Every fault, with where it is armed."""
        found: list[dict[str, Any]] = self._ask("GET", "/_emulator/faults").json()
        return found

    def arm(self, name: str, how: Mapping[str, Any]) -> dict[str, Any]:
        """`at`, `times`, `method`, `path`, `seconds`; None leaves it to the fault."""
        body = {"name": name, **{key: value for key, value in how.items() if value is not None}}
        armed: dict[str, Any] = self._ask("POST", "/_emulator/faults", body).json()
        return armed

    def disarm(self, armed_id: str | None = None) -> None:
        """One, or all."""
        self._ask("DELETE", f"/_emulator/faults{'' if armed_id is None else f'/{armed_id}'}")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RemoteError(f"no emulator answers at {self._http.base_url}: {error}") from error
        if answer.is_success and answer.headers.get("X-Okta-Request-Id"):
            return answer
        raise RemoteError(_reason(answer))


def _reason(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        causes = [cause["errorSummary"] for cause in body["errorCauses"]]
        return "; ".join(causes) or str(body["errorSummary"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answers {answer.status_code}, which is not what an emulator would say"
