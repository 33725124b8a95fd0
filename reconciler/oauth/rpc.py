"""JSON-RPC messages of MCP: the opening requests that are sent, and what an answer says about the server's era."""

import json
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from reconciler.core.document import Document, Json
from reconciler.core.evidence import Ask, Reply
from reconciler.oauth import strict_json
from reconciler.oauth.observation import Limits, Revision, ServerEvidence

EMA_EXTENSION = "io.modelcontextprotocol/enterprise-managed-authorization"
_PREFIX = "io.modelcontextprotocol"
_MODERN_CODES = frozenset({-32020, -32021, -32022, -32601})
"""What a server of 2026-07-28 answers, with 400 or 404, to an opening request that it does not like."""
_NOT_LIKED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
FOREIGN_ORIGIN = "https://origin.invalid"


class Era(StrEnum):
    """How a server wants to be spoken to."""

    MODERN = "modern"
    LEGACY = "legacy"
    DUAL = "dual"
    STREAM = "http+sse"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def discover(url: str, limits: Limits, *, origin: str | None = None) -> Ask:
    """The opening question of 2026-07-28."""
    return _modern(url, "server/discover", limits, origin)


def tools(url: str, limits: Limits, revision: Revision, *, session: str | None = None) -> Ask:
    """Ask for the list of tools, in the words of the era; a tool itself is never called."""
    if revision >= Revision.M26:
        return _modern(url, "tools/list", limits, None)
    body = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
    return _post(url, body, revision, {"Mcp-Session-Id": session} if session else {})


def initialize(url: str, limits: Limits, *, origin: str | None = None) -> Ask:
    """The opening request of the revisions before."""
    params = {
        "protocolVersion": Revision.M25.value,
        "capabilities": {},
        "clientInfo": {"name": limits.client, "version": limits.version},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    return _post(url, body, Revision.M25, {"Origin": origin} if origin else {})


def _modern(url: str, method: str, limits: Limits, origin: str | None) -> Ask:
    meta = {
        f"{_PREFIX}/protocolVersion": Revision.M26.value,
        f"{_PREFIX}/clientInfo": {"name": limits.client, "version": limits.version},
        f"{_PREFIX}/clientCapabilities": {},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta}}
    return _post(url, body, Revision.M26, {"Mcp-Method": method} | ({"Origin": origin} if origin else {}))


def _post(url: str, body: Json, revision: Revision, headers: Mapping[str, str]) -> Ask:
    said = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": revision.value,
        **headers,
    }
    return Ask(url, "POST", said, json.dumps(body, separators=(",", ":")).encode(), follow=False)


def message(reply: Reply | None) -> Document | None:
    """The JSON-RPC message of an answer, alone or as the first event of a stream; None when there is none."""
    if reply is None or not reply.body:
        return None
    body = reply.body
    if "text/event-stream" in (reply.header("content-type") or "").lower():
        lines = [line[5:].strip() for line in body.splitlines() if line.startswith(b"data:")]
        body = next((line for line in lines if line), b"")
    value = strict_json.parse(body).value
    return value if value is not None and value.get("jsonrpc") == "2.0" else None


def result(reply: Reply | None) -> Document | None:
    """The result of a successful call, or None."""
    said = message(reply)
    found = said.get("result") if said is not None and reply is not None and reply.status == HTTPStatus.OK else None
    return found if isinstance(found, dict) else None


def is_modern(reply: Reply | None) -> bool:
    """Whether an answer to `server/discover` is one of a 2026-07-28 server that lets us in."""
    if result(reply) is not None:
        return True
    said = message(reply)
    error = said.get("error") if said else None
    code = error.get("code") if isinstance(error, dict) else None
    return reply is not None and reply.status in _NOT_LIKED and isinstance(code, int) and code in _MODERN_CODES


def era(evidence: ServerEvidence) -> Era:
    """What the opening requests showed."""
    if any(reply is not None and reply.status == HTTPStatus.UNAUTHORIZED for reply in openings(evidence)):
        return Era.REFUSED
    if is_modern(evidence.discover):
        return Era.DUAL if any(v < Revision.M26 for v in _versions(evidence)) else Era.MODERN
    if result(evidence.initialize) is not None:
        return Era.LEGACY
    return Era.STREAM if is_stream(evidence.stream) else Era.UNKNOWN


def is_stream(reply: Reply | None) -> bool:
    if reply is None or reply.status != HTTPStatus.OK:
        return False
    return "event-stream" in (reply.header("content-type") or "").lower()


def openings(evidence: ServerEvidence) -> tuple[Reply | None, ...]:
    return evidence.discover, evidence.initialize, evidence.stream


def revision(evidence: ServerEvidence | None) -> Revision | None:
    """The newest MCP revision that the server showed; None when it showed none."""
    if evidence is None:
        return None
    if is_modern(evidence.discover):
        return Revision.M26
    stated = (result(evidence.initialize) or {}).get("protocolVersion")
    return next((each for each in Revision if each == stated), None)


def extensions(evidence: ServerEvidence) -> tuple[str, ...]:
    """Names of extensions that an open `server/discover` lists."""
    capabilities = (result(evidence.discover) or {}).get("capabilities")
    found = capabilities.get("extensions") if isinstance(capabilities, dict) else None
    return tuple(found) if isinstance(found, dict) else ()


def _versions(evidence: ServerEvidence) -> tuple[str, ...]:
    stated = (result(evidence.discover) or {}).get("supportedVersions")
    return tuple(v for v in stated if isinstance(v, str)) if isinstance(stated, list) else ()
