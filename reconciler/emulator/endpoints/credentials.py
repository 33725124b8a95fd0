"""Secrets and public keys: of apps, of agents, of MCP servers that are clients (okta-api §1.5, §1.10, §2.5, §2.7).

The families differ in whose they are and how many there may be; a secret or key is ACTIVE or INACTIVE, only an
INACTIVE one can be deleted, and the last active one stays. That is the table here.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import agents, apps, bodies, jwk, mcp_clients, paging, records
from reconciler.emulator.call import Call, Handler, answer, empty
from reconciler.emulator.errors import Cause, Refusal, invalid
from reconciler.emulator.log import Event, record
from reconciler.emulator.records import ACTIVE, INACTIVE, Draft, Kind, Record

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_SECRET_LENGTHS = (14, 100)
_GENERATED_BYTES = 48


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of credential: whose it is, what it consists of, how many there may be."""

    kind: Kind
    word: str
    """The placeholder in paths."""
    owner: Callable[[sqlite3.Connection, Mapping[str, str]], str]
    """The id of whom the credentials in a path belong to; refuses when there is nobody."""
    shape: Callable[[Mapping[str, Any]], dict[str, Any]]
    most: int
    is_enveloped: bool = False
    conflict: str | None = None
    """The reason of a 409 for what the state forbids; without one it is 400 E0000001 (okta-api §2.8)."""
    last_goes: Callable[[Organisation], bool] = lambda _org: False
    """Whether the last ACTIVE one, which cannot be deactivated, can be deleted as it is."""
    hidden: Callable[[Organisation], bool] = lambda _org: False
    """Whether no call lists or reads them."""

    def look(self, org: Organisation) -> None:
        """Refuse where nobody may look."""
        if self.hidden(org):
            raise Refusal("E0000022")

    def refused(self, text: str) -> Refusal:
        if self.conflict is None:
            return invalid("status", text)
        return Refusal("E0000195", Cause(text, self.conflict, "status"))


def secret(body: Mapping[str, Any]) -> dict[str, Any]:
    """A client secret: given, or generated; 14 to 100 characters (okta-api §1.5)."""
    value = bodies.text(body, "client_secret") or secrets.token_urlsafe(_GENERATED_BYTES)
    shortest, longest = _SECRET_LENGTHS
    if not shortest <= len(value) <= longest:
        raise invalid("client_secret", f"The field must have {shortest} to {longest} characters")
    hashed = hashlib.sha256(value.encode("utf-8")).hexdigest()[:22]
    return {"client_secret": value, "secret_hash": hashed}


def _key(body: Mapping[str, Any]) -> dict[str, Any]:
    said = jwk.public(body)
    return {**said, "kid": said.get("kid") or secrets.token_urlsafe(16)}


def _app(db: sqlite3.Connection, ids: Mapping[str, str]) -> str:
    return records.get(db, apps.APP, ids["app"]).id


def _agent(db: sqlite3.Connection, ids: Mapping[str, str]) -> str:
    return agents.get(db, ids["agent"]).id


def _mcp_client(db: sqlite3.Connection, ids: Mapping[str, str]) -> str:
    return mcp_clients.get(db, ids["server"]).id


SECRETS = Family(apps.SECRET, "secret", _app, secret, 2)
APP_KEYS = Family(apps.APP_KEY, "key", _app, _key, 50)
AGENT_KEYS = Family(agents.AGENT_KEY, "key", _agent, _key, 50, is_enveloped=True)
MCP_CLIENT_KEYS = Family(
    mcp_clients.CLIENT_KEY,
    "key",
    _mcp_client,
    _key,
    50,
    is_enveloped=True,
    conflict="DEACTIVATE_NOT_ALLOWED",
    last_goes=lambda org: org.switches["last-mcp-key"] == "deletable",
    hidden=lambda org: org.switches["mcp-keys"] == "hidden",
)


def view(found: Record) -> dict[str, Any]:
    return {"id": found.id, **found.document, "status": found.status, **found.times()}


def listing(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        family.look(org)
        with org.store.read() as db:
            found = records.of(db, family.kind, family.owner(db, call.ids))
        page = paging.Page([view(one) for one in found], None)
        return paging.enveloped(org, call, page) if family.is_enveloped else paging.bare(org, call, page)

    return handle


def creating(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        body = bodies.read(call.request) if call.request.content_length else {}
        said = family.shape(body)
        status = bodies.choice(body, "status", (ACTIVE, INACTIVE), ACTIVE)
        with org.store.write() as db:
            owner = family.owner(db, call.ids)
            made = add(org, db, family, Draft(said, owner, said.get("kid"), status))
            record(db, org.now(), Event(f"{_events(family)}.create", made.target(), debug=call.debug()))
        return answer(view(made), 201)

    return handle


def add(org: Organisation, db: sqlite3.Connection, family: Family, draft: Draft) -> Record:
    """Refused when there are enough, or when the key is there already."""
    present = records.of(db, family.kind, draft.parent)
    if len(present) >= family.most:
        raise invalid("id", f"At most {family.most} are allowed")
    if draft.name is not None and any(one.name == draft.name for one in present):
        raise invalid("kid", "A key with this kid exists already", "UNIQUE_CONSTRAINT")
    return records.add(db, org.now(), family.kind, draft)


def reading(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        family.look(org)
        with org.store.read() as db:
            found = _get(db, family, call)
        return answer(view(found))

    return handle


def deleting(family: Family) -> Handler:
    def handle(org: Organisation, call: Call) -> Response:
        with org.store.write() as db:
            found = _get(db, family, call)
            if found.status == ACTIVE and not (family.last_goes(org) and _is_last(db, family, found)):
                raise family.refused("An ACTIVE one cannot be deleted, deactivate it first")
            records.remove(db, found.id)
            record(db, org.now(), Event(f"{_events(family)}.delete", found.target(), debug=call.debug()))
        return empty(204)

    return handle


def setting_status(family: Family, status: str) -> Handler:
    """Activate or deactivate; a repetition is a no-op, and the last active one stays."""

    def handle(org: Organisation, call: Call) -> Response:
        bodies.read_nothing(call.request)
        with org.store.write() as db:
            found = _get(db, family, call)
            if found.status != status:
                if status == INACTIVE and _is_last(db, family, found):
                    raise family.refused("The last ACTIVE one cannot be deactivated")
                found = records.save(db, org.now(), replace(found, status=status))
                verb = "activate" if status == ACTIVE else "deactivate"
                record(db, org.now(), Event(f"{_events(family)}.{verb}", found.target(), debug=call.debug()))
        return answer(view(found))

    return handle


def _is_last(db: sqlite3.Connection, family: Family, found: Record) -> bool:
    others = (one for one in records.of(db, family.kind, found.parent) if one.id != found.id)
    return not any(one.status == ACTIVE for one in others)


def _get(db: sqlite3.Connection, family: Family, call: Call) -> Record:
    return records.get(db, family.kind, call.ids[family.word], family.owner(db, call.ids))


def _events(family: Family) -> str:
    return "app.oauth2.client.lifecycle.secret" if family is SECRETS else "app.oauth2.client.lifecycle.key"
