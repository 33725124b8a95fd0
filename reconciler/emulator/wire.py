"""The emulator in the same process, with a wire that can break: a transport for httpx.

`httpx.WSGITransport` does the same while nothing goes wrong; only here a connection that ends looks to the client as it
does over a socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx

from .fault_acts import Broken, Silent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Wire(httpx.BaseTransport):
    """Requests to an application, answers from it, and the errors of httpx when a fault cuts the wire."""

    def __init__(self, app: WSGIApplication) -> None:
        self._inside = httpx.WSGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._inside.handle_request(request)
        except Silent as silent:
            raise httpx.ReadTimeout("timed out", request=request) from silent
        except Broken as broken:
            raise httpx.ReadError(str(broken), request=request) from broken
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Checked(request, answer))


class _Checked(httpx.SyncByteStream):
    """A body that must be as long as its headers say."""

    def __init__(self, request: httpx.Request, answer: httpx.Response) -> None:
        self._request = request
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        got = 0
        for chunk in self._answer.iter_raw():
            got += len(chunk)
            yield chunk
        if self._request.method != "HEAD" and got < int(self._answer.headers.get("Content-Length", 0)):
            text = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(text, request=self._request)
