"""Keyset paging: `limit`, the opaque `after`, the `Link` header and `_links` (okta-api §2.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .call import Call, answer
from .errors import invalid

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from .organisation import Organisation

_MAX_LIMIT_DIGITS = 9
_NEAR_END_OF_INTEGERS = 1 << 62


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is asked for: at most `limit` rows behind the cursor."""

    limit: int
    after: int


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the cursor of the next one if there is one."""

    items: Sequence[Any]
    next_after: int | None


def window(call: Call, default: int, most: int) -> Window:
    return Window(_limit(call, default, most), _cursor(call.request.args.get("after")))


def _limit(call: Call, default: int, most: int) -> int:
    text = call.request.args.get("limit")
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_LIMIT_DIGITS and 1 <= int(text) <= most):
        raise invalid("limit", f"The limit must be a whole number from 1 to {most}")
    return int(text)


def cut(rows: Sequence[Any], asked: Window, key: Callable[[Any], int]) -> Page:
    """One row more than the limit was read, to know whether there is another page."""
    if len(rows) <= asked.limit:
        return Page(rows, None)
    items = rows[: asked.limit]
    return Page(items, key(items[-1]))


def _encode(position: int) -> str:
    return base64.urlsafe_b64encode(f"p:{position}".encode()).decode().rstrip("=")


def _cursor(text: str | None) -> int:
    """The position in a cursor; only what we have made ourselves is taken."""
    if text is None:
        return 0
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        mark, _, position = base64.b64decode(padded, b"-_", validate=True).decode("ascii").partition(":")
        if mark == "p" and _encode(int(position)) == text and 0 < int(position) < _NEAR_END_OF_INTEGERS:
            return int(position)
    except (ValueError, binascii.Error):
        pass
    raise invalid("after", "The cursor is not one that this list has given out")


def enveloped(org: Organisation, call: Call, page: Page) -> Response:
    """`{data, _links}` and the header: how the newer families list."""
    links = _links(org, call, page)
    body = {"data": list(page.items), "_links": {rel: {"href": href} for rel, href in links.items()}}
    return _with_links(answer(body), links)


def bare(org: Organisation, call: Call, page: Page) -> Response:
    """A bare array and the header: how `/api/v1` lists."""
    return _with_links(answer(list(page.items)), _links(org, call, page))


def _links(org: Organisation, call: Call, page: Page) -> dict[str, str]:
    pairs = [(key, value) for key, value in call.request.args.items(multi=True) if key != "after"]
    here = [(key, value) for key, value in call.request.args.items(multi=True)]
    links = {"self": _href(org, call, here)}
    if page.next_after is not None:
        links["next"] = _href(org, call, [*pairs, ("after", _encode(page.next_after))])
    return links


def _href(org: Organisation, call: Call, pairs: list[tuple[str, str]]) -> str:
    query = urlencode(pairs, errors="replace")
    return org.url(call.request.path) + (f"?{query}" if query else "")


def _with_links(response: Response, links: dict[str, str]) -> Response:
    for rel, href in links.items():
        response.headers.add("Link", f'<{href}>; rel="{rel}"')
    return response
