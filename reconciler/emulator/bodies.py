"""Request bodies: media types, JSON, merge patches, and the checks of single fields."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from .errors import LengthRequired, Refusal, invalid

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_MAX_BYTES = 1 << 20
_WITH_LENGTH = frozenset({"POST", "PUT"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Document = Mapping[str, Any]


def check_headers(request: Request, media_type: str) -> None:
    """411 without a length, E0000021 for a media type that is not taken or cannot be given (okta-api §2.8)."""
    length = request.environ.get("CONTENT_LENGTH")
    if request.method in _WITH_LENGTH and not length and "HTTP_TRANSFER_ENCODING" not in request.environ:
        raise LengthRequired
    if request.headers.get("Accept") and not request.accept_mimetypes[JSON]:
        raise Refusal("E0000021")
    has_body = request.method in _WITH_BODY and length not in (None, "", "0")
    if has_body and request.mimetype != media_type:
        raise Refusal("E0000021")


def read(request: Request) -> dict[str, Any]:
    """The JSON object in the body."""
    if (request.content_length or 0) > _MAX_BYTES:
        raise Refusal("E0000003")
    return _parse(request.get_data(cache=False))


def read_patch(request: Request) -> dict[str, Any]:
    """A merge patch, whose media type is demanded even of an empty body (okta-api §2.1)."""
    if request.mimetype != MERGE_PATCH:
        raise Refusal("E0000021")
    return read(request)


def read_nothing(request: Request) -> None:
    """The body of a lifecycle call: none, or an object that says nothing (okta-api §2.2)."""
    text = request.get_data(cache=False)
    if text and _parse(text):
        raise invalid("body", "This call takes no properties.")


def _parse(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
        json.dumps(body, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is not text
    except (ValueError, RecursionError) as error:
        raise Refusal("E0000003") from error
    if not isinstance(body, dict):
        raise Refusal("E0000003")
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396 section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def only(body: Document, allowed: Iterable[str]) -> None:
    """Refuse what the newer families do not know, instead of dropping it silently."""
    unknown = sorted(set(body) - set(allowed))
    if unknown:
        raise invalid(unknown[0], "The property is not recognised or cannot be set.")


def text(body: Document, name: str, *, at_most: int = 0, required: bool = False) -> str | None:
    """A string, stripped of nothing; None when absent or null."""
    value = body.get(name)
    if value is None:
        if required:
            raise invalid(name, "The field cannot be left blank")
        return None
    if not isinstance(value, str):
        raise invalid(name, "The field must be a string")
    if required and not value.strip():
        raise invalid(name, "The field cannot be left blank")
    if at_most and len(value) > at_most:
        raise invalid(name, f"The field is too long, at most {at_most} characters are allowed")
    return value


def required_text(body: Document, name: str, *, at_most: int = 0) -> str:
    value = text(body, name, at_most=at_most, required=True)
    assert value is not None
    return value


def choice(body: Document, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = body.get(name)
    if value is None:
        return default
    if value not in allowed:
        raise invalid(name, f"The field must be one of {', '.join(allowed)}")
    return str(value)


def texts(body: Document, name: str) -> tuple[str, ...] | None:
    """A list of strings without repetition; None when absent or null."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise invalid(name, "The field must be a list of strings")
    if len(set(value)) != len(value):
        raise invalid(name, "The field names a value twice")
    return tuple(value)


def flag(body: Document, name: str, *, default: bool) -> bool:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise invalid(name, "The field must be true or false")
    return value


def number(body: Document, name: str, low: int, high: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise invalid(name, f"The field must be a whole number from {low} to {high}")
    return value


def url(body: Document, name: str, *, loopback_http: bool, required: bool = False) -> str | None:
    """An absolute https URL that can be reached; http only on loopback, and only where that is allowed."""
    value = text(body, name, at_most=2048, required=required)
    if value is not None and not is_reachable(value, loopback_http=loopback_http):
        raise invalid(name, "The field must be an absolute https URL", "INVALID_FORMAT")
    return value


def is_reachable(address: str, *, loopback_http: bool) -> bool:
    """Whether discovery may ask this address at all (okta-api §6 row 19)."""
    if not address.isascii() or any(character.isspace() or character in '<>"\\^`{|}' for character in address):
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_http and parts.hostname in _LOOPBACK)


def inner(body: Document, path: str) -> Document:
    """The object at a dotted path; an empty one when it is not there."""
    found = body
    for name in path.split("."):
        value = found.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise invalid(path, "The field must be an object")
        found = value
    return found


def objects(body: Document, name: str) -> list[dict[str, Any]] | None:
    """A list of objects; None when absent or null."""
    value = body.get(name)
    if value is not None and not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
        raise invalid(name, "The field must be a list of objects")
    return value
