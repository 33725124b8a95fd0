"""The evidence lock: what an approved run saw of each server and issuer, so that a later run notices a change.

One entry for each MCP server and one for each issuer, as canonical JSON text (`reconciler.lock.json`). Hashes and
identities only, never a body and never a secret.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, field

from pydantic import TypeAdapter, ValidationError

from reconciler.core.noun import dataclass
from reconciler.oauth import strict_json

FORMAT = 1
_MOST_BYTES = 16 << 20


class LockFault(ValueError):
    """The text is not a lock file of a version that this program knows; the message says why."""


@dataclass(frozen=True, slots=True)
class ResourceLock:
    """What was approved for one MCP server.

    `document` is the fingerprint of its protected-resource metadata, `capabilities` the verified ones by subject.
    """

    document: str | None = None
    authorization_servers: tuple[str, ...] = ()
    capabilities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IssuerLock:
    """What was approved for one issuer; `thumbprints` are RFC 7638 ones, sorted."""

    document: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    thumbprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """All entries: by resource URL and by issuer, letter by letter."""

    resources: Mapping[str, ResourceLock] = field(default_factory=dict)
    issuers: Mapping[str, IssuerLock] = field(default_factory=dict)


_LOCK = TypeAdapter(Lock)


def text(lock: Lock) -> str:
    """Write the one text of a lock: sorted, indented, newline at the end; equal locks have equal text."""
    return json.dumps({"format_version": FORMAT, **asdict(lock)}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read(content: bytes) -> Lock:
    """Read the text again; raise LockFault when it is damaged or of a newer major version."""
    parsed = strict_json.parse(content, most=_MOST_BYTES)
    if parsed.value is None:
        raise LockFault("; ".join(map(str, parsed.faults)))
    version = parsed.value.get("format_version")
    if version != FORMAT:
        raise LockFault(f"format_version is {version!r}, this program writes {FORMAT}")
    try:
        return _LOCK.validate_python(parsed.value)
    except ValidationError as error:
        places = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
        raise LockFault(f"wrong at {', '.join(places)}") from None


def merge(old: Lock, new: Lock) -> Lock:
    """The old lock with the entries of the new one in place of its own; what the new one lacks stays."""
    return Lock({**old.resources, **new.resources}, {**old.issuers, **new.issuers})
