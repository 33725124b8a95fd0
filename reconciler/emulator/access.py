"""Who may call what (okta-api §4): an API token everything, a service app what scope and role allow together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import apps, dpop, records, roles, tokens
from .errors import Refusal
from .records import ACTIVE, Record
from .signed import hashed

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from .call import Route
    from .organisation import Organisation

_SERVERS = "okta.resourceServers.mcpServers"
_SETTINGS = "okta.resourceServers.clientAuthSettings"
_OPERATIONS = "okta.resourceServers.operations"
_READS = frozenset({"GET", "HEAD"})
SUPER = "SUPER_ADMIN"


class Forbidden(Exception):
    """A token that lacks the scope: 403 with a challenge and no code (okta-api §2.8)."""

    def __init__(self, scheme: str, scope: str) -> None:
        self.challenge = f'{scheme} error="insufficient_scope", scope="{scope}"'
        super().__init__(self.challenge)


@dataclass(frozen=True, slots=True)
class Need:
    """What a family of calls wants: one of these pairs of scopes, and one of these roles."""

    scopes: tuple[str, ...]
    roles: tuple[str, ...] = (SUPER,)


NEEDS: Mapping[str, Need] = {
    "mcp-servers": Need((_SERVERS,), (SUPER, "CUSTOM")),
    "mcp-clients": Need((_SERVERS,), (SUPER, "CUSTOM")),
    "client-auth-settings": Need((_SETTINGS, _SERVERS)),
    "operations": Need((_SERVERS, _OPERATIONS), (SUPER, "CUSTOM")),
    "ai-agents": Need(("okta.aiAgents",)),
    "authorizationServers": Need(("okta.authorizationServers",), (SUPER, "API_ACCESS_MANAGEMENT_ADMIN")),
    "apps": Need(("okta.apps",), (SUPER, "APP_ADMIN")),
    "grants": Need(("okta.appGrants",)),
    "logs": Need(("okta.logs",)),
}
"""Scopes without `.read` or `.manage`; the first is the one that a challenge names."""


def check(org: Organisation, route: Route, request: Request) -> None:
    """Refusal E0000011 without a good token, Forbidden without the scope, E0000006 without the role."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme == "SSWS" and org.knows_token(text):
        return
    if scheme not in ("Bearer", "DPoP") or route.family not in NEEDS:
        raise Refusal("E0000011")
    with org.store.read() as db:
        token = tokens.find(org, db, text)
        if token is None:
            raise Refusal("E0000011", headers={"WWW-Authenticate": f'{scheme} error="invalid_token"'})
        app = records.get(db, apps.APP, token.parent)
    _check_possession(org, request, token)
    if app.status != ACTIVE:
        raise Refusal("E0000011")
    _check_scope(org, route, token, scheme)
    if not set(roles.of(app)) & set(NEEDS[route.family].roles):
        raise Refusal("E0000006")


def _check_possession(org: Organisation, request: Request, token: Record) -> None:
    """A bound token comes with a proof, an unbound one without."""
    bound = token.document["thumbprint"]
    scheme, _, text = request.headers["Authorization"].partition(" ")
    if (bound is not None) != (scheme == "DPoP"):
        wanted = "Bearer" if bound is None else "DPoP"
        raise Refusal("E0000011", headers={"WWW-Authenticate": f'{wanted} error="invalid_token"'})
    if bound is None:
        return
    try:
        with org.store.write() as db:
            _check_proof(dpop.check(org, db, request), bound, text)
    except dpop.BadProof as bad:
        said = f'DPoP error="invalid_dpop_proof", error_description="{bad}"'
        raise Refusal("E0000011", headers={"WWW-Authenticate": said}) from bad


def _check_proof(proof: dpop.Proof, thumbprint: str, token: str) -> None:
    if proof.thumbprint != thumbprint:
        raise dpop.BadProof("its key is not the one of the token")
    if proof.token_hash != hashed(token):
        raise dpop.BadProof("its ath is not the hash of the token")


def _check_scope(org: Organisation, route: Route, token: Record, scheme: str) -> None:
    verb = "read" if route.method in _READS else "manage"
    families = _families(org, route)
    good = {f"{family}.{verb}" for family in families}
    if verb == "read" and org.switches["manage-includes-read"] == "yes":
        good |= {f"{family}.manage" for family in families}
    if not good & set(token.document["scopes"]):
        raise Forbidden(scheme, f"{families[0]}.{verb}")


def scopes(family: str, method: str) -> list[str]:
    """The scopes each of which is good for a call of a family; none where only an API token is."""
    need = NEEDS.get(family)
    verb = "read" if method in _READS else "manage"
    return [] if need is None else [f"{scope}.{verb}" for scope in need.scopes]


def _families(org: Organisation, route: Route) -> tuple[str, ...]:
    """Row 18 of okta-api §6: whether settings and operations are content with the scopes of MCP servers."""
    if org.switches["settings-scope"] == "dedicated":
        return {"client-auth-settings": (_SETTINGS,), "operations": (_OPERATIONS,)}.get(
            route.family, NEEDS[route.family].scopes
        )
    return NEEDS[route.family].scopes
