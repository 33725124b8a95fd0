"""Custom authorization servers (okta-api §1.6): the noun, its table, its JSON, its published metadata."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import identifiers, signing
from .errors import not_found
from .log import Event, Target, record

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/api/v1/authorizationServers"
DEFAULT_ALIAS = "default"
_COLUMNS = "seq, id, alias, name, status, document, keys, created, last_updated"


@dataclass(frozen=True, slots=True)
class CustomServer:
    seq: int
    id: str
    alias: str | None
    name: str
    status: str
    document: Mapping[str, Any]
    """What its administrator wrote, besides the name."""
    keys: Mapping[str, Any]
    created: float
    last_updated: float

    def target(self) -> Target:
        return Target(self.id, "AuthorizationServer", self.name)


def _custom(row: sqlite3.Row) -> CustomServer:
    said = dict(row)
    said["document"], said["keys"] = json.loads(said["document"]), json.loads(said["keys"])
    return CustomServer(**said)


def seek(db: sqlite3.Connection, name: str) -> CustomServer | None:
    """By id or alias; None when there is none."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM authorization_servers WHERE id=? OR alias=?",  # noqa: S608
        (name, name),
    ).fetchone()
    return None if row is None else _custom(row)


def get(db: sqlite3.Connection, name: str) -> CustomServer:
    found = seek(db, name)
    if found is None:
        raise not_found(name, "AuthorizationServer")
    return found


def page(db: sqlite3.Connection, query: str, after: int, limit: int) -> list[CustomServer]:
    """Those whose name or audience contains the query."""
    condition, values = "", []
    if query:
        condition = " AND (instr(lower(name), ?) OR instr(lower(json_extract(document, '$.audiences[0]')), ?))"
        values = [query.lower(), query.lower()]
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM authorization_servers WHERE seq>?{condition} ORDER BY seq LIMIT ?",  # noqa: S608
        (after, *values, limit),
    )
    return [_custom(row) for row in rows]


def add(
    db: sqlite3.Connection, now: float, name: str, document: Mapping[str, Any], alias: str | None = None
) -> CustomServer:
    """Created ACTIVE."""
    server_id = identifiers.mint("aus")
    db.execute(
        "INSERT INTO authorization_servers(id, alias, name, status, document, keys, created, last_updated)"
        " VALUES(?,?,?,'ACTIVE',?,?,?,?)",
        (server_id, alias, name, json.dumps(document), json.dumps(signing.first_keys(now)), now, now),
    )
    return get(db, server_id)


def save(db: sqlite3.Connection, server: CustomServer, now: float) -> CustomServer:
    db.execute(
        "UPDATE authorization_servers SET name=?, status=?, document=?, keys=?, last_updated=? WHERE id=?",
        (server.name, server.status, json.dumps(server.document), json.dumps(server.keys), now, server.id),
    )
    return replace(server, last_updated=now)


def remove(db: sqlite3.Connection, server_id: str) -> None:
    """With its parts."""
    db.execute("DELETE FROM authorization_servers WHERE id=?", (server_id,))


def log(db: sqlite3.Connection, now: float, verb: str, server: CustomServer, debug: Mapping[str, str]) -> None:
    record(db, now, Event(f"oauth2.as.{verb}", server.target(), debug=debug))


def view(org: Organisation, server: CustomServer) -> dict[str, Any]:
    return {
        "id": server.id,
        "name": server.name,
        **server.document,
        "issuer": org.issuer(server.id),
        "status": server.status,
        "credentials": {"signing": signing.credentials(server.keys)},
        "created": identifiers.timestamp(server.created),
        "lastUpdated": identifiers.timestamp(server.last_updated),
        "_links": _links(org, server),
    }


def _links(org: Organisation, server: CustomServer) -> dict[str, Any]:
    here = org.url(f"{PATH}/{server.id}")
    verb = "deactivate" if server.status == "ACTIVE" else "activate"
    return {
        "self": {"href": here, "hints": {"allow": ["GET", "PUT", "DELETE"]}},
        "scopes": {"href": f"{here}/scopes", "hints": {"allow": ["GET"]}},
        "claims": {"href": f"{here}/claims", "hints": {"allow": ["GET"]}},
        "policies": {"href": f"{here}/policies", "hints": {"allow": ["GET"]}},
        "rotateKey": {"href": f"{here}/credentials/lifecycle/keyRotate", "hints": {"allow": ["POST"]}},
        "metadata": [
            {
                "name": "oauth-authorization-server",
                "href": f"{org.issuer(server.id)}/.well-known/oauth-authorization-server",
                "hints": {"allow": ["GET"]},
            }
        ],
        verb: {"href": f"{here}/lifecycle/{verb}", "hints": {"allow": ["POST"]}},
    }


def metadata(org: Organisation, server: CustomServer, scopes: list[str]) -> dict[str, Any]:
    """RFC 8414 metadata. As in the published sample, it lists neither jwt-bearer nor the ID-JAG profile."""
    issuer = org.issuer(server.id)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/v1/authorize",
        "token_endpoint": f"{issuer}/v1/token",
        "registration_endpoint": org.url("/oauth2/v1/clients"),
        "jwks_uri": f"{issuer}/v1/keys",
        "response_types_supported": ["code", "token", "id_token", "code id_token", "code token", "id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "password", "client_credentials"],
        "subject_types_supported": ["public"],
        "scopes_supported": scopes,
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
        ],
        "code_challenge_methods_supported": ["S256"],
        "introspection_endpoint": f"{issuer}/v1/introspect",
        "revocation_endpoint": f"{issuer}/v1/revoke",
        "end_session_endpoint": f"{issuer}/v1/logout",
        "request_parameter_supported": True,
    }
