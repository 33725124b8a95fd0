"""Documents, live objects and plans in few words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zlib import crc32

from pydantic import TypeAdapter

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.document import resolve
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Create, Plan, Target, Transition
from reconciler.core.remembered import Applied, Remembered
from reconciler.core.resources import Desired, Live, Record, Resource
from reconciler.core.result import StepResult
from reconciler.engine.planner import Context, make_plan
from reconciler.kinds import KINDS

AUTHORIZATION_SERVER, MCP_SERVER = "AuthorizationServer", "McpServer"
TARGET = Target("test", "memory", "memory:test")
ORG = "00oTestOrganisation0"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
STATIC = {
    "authorizationEndpoint": "https://idp.example.com/authorize",
    "tokenEndpoint": "https://idp.example.com/token",
    "grantTypes": ["authorization_code", "refresh_token"],
}
_ADAPTERS = {name: TypeAdapter(kind.spec) for name, kind in KINDS.items()}


def resource(kind: str, name: str, spec: Mapping[str, Any], *, absent: bool = False, line: int = 1) -> Resource[Any]:
    """One document, its spec judged as the loader would judge it."""
    typed = _ADAPTERS[kind].validate_python(dict(spec))
    outline = KINDS[kind].outline(typed)
    return Resource(Address(kind, name), typed, outline, Source("registry.d/test.yaml", line, 1), absent)


def okta(name: str = "agents", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """A managed custom authorization server."""
    said = {"type": "okta", "displayName": name.title(), "audience": "api://agents", **spec}
    return resource(AUTHORIZATION_SERVER, name, said, absent=absent)


def borrowed(name: str = "corp", server: str = "ausBorrowed000000000") -> Resource[Any]:
    return resource(AUTHORIZATION_SERVER, name, {"type": "okta", "managed": False, "id": server})


def external(name: str = "idp", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """An external authorization server with static facts."""
    said = {"type": "external", "issuer": f"https://{name}.example.com", "discovery": "static", "oauth": STATIC, **spec}
    return resource(AUTHORIZATION_SERVER, name, said, absent=absent)


def discovered(name: str = "idp", **spec: Any) -> Resource[Any]:
    """An external authorization server that the organisation looks up by itself."""
    return resource(AUTHORIZATION_SERVER, name, {"type": "external", "issuer": f"https://{name}.example.com", **spec})


def mcp(name: str = "jira", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    said = {"resourceUrl": f"https://{name}.example.com/mcp", "authorizationServers": ["idp"], **spec}
    return resource(MCP_SERVER, name, said, absent=absent)


def app(name: str = "client", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """An OAuth client app in the organisation."""
    said = {"label": name.title(), "redirectUris": ["https://example.okta.com/oauth2/v1/sts/callback"], **spec}
    return resource("ClientApp", name, said, absent=absent)


def registration(name: str = "jira", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """A client that was registered by hand at `idp`, for the MCP server `jira`."""
    said = {"mcpServer": "jira", "authorizationServer": "idp"}
    if spec.get("registration") != "dynamic":
        said |= {"clientSecret": {"fromEnv": "JIRA_SECRET"}} | ({} if "app" in spec else {"clientId": "client-1"})
    return resource("ClientRegistration", name, {**said, **spec}, absent=absent)


def agent(name: str = "support", **spec: Any) -> Resource[Any]:
    return resource("AiAgent", name, spec or {"profileName": "Support assistant"})


def connection(name: str = "support-jira", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """A connection of the agent `support`, to the MCP server `jira` unless it says otherwise."""
    said = {"type": "IDENTITY_ASSERTION_MCP_SERVER", "agent": "support", **spec}
    if said["type"] == "IDENTITY_ASSERTION_MCP_SERVER":
        said.setdefault("mcpServer", "jira")
    return resource("AgentConnection", name, said, absent=absent)


EC_KEYS = (
    ("6GVleZDOv_cQl-iPV4aOEqow8GAm4rOgxmeyVvrc4Lw", "GEIPnRxhXkikkliTEAf2k88qc-djL61S9rQ2pkqIb_M"),
    ("sgY9LJXefgRTWSqTEVE-qGExp0d_Kz_SCZtAmGHIlUQ", "C6BwtCWBRWWRgx5R3Og9ixSPpdJQl4w0G-cREVpsiXs"),
    ("73MeknCu5LZ20Z2QzEnAzYdDBGeLsSofCpaU_pd6Ze8", "_7IaEwJIx9Osdtx_i-B5dBeivkzuJLzhfDv41hLDS4M"),
)
"""Points on P-256, whose private halves nobody has kept."""


def key(number: int = 0, state: str = "active", **said: Any) -> dict[str, Any]:
    """A public key of an MCP server's OAuth client; its kid is `key-0` and so on."""
    x, y = EC_KEYS[number]
    jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": f"key-{number}", **said}
    return {"publicKey": {name: value for name, value in jwk.items() if value is not None}, "state": state}


def oauth_client(name: str = "jira", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """The MCP server `jira` as OAuth client."""
    return resource("McpOAuthClient", name, {"mcpServer": "jira", **spec}, absent=absent)


def link(name: str = "support-jira", *, absent: bool = False, **spec: Any) -> Resource[Any]:
    """A link from the agent `support` to the client `jira`."""
    said = {"from": {"agent": "support"}, "to": "jira", **spec}
    return resource("DelegationLink", name, said, absent=absent)


def wish(*resources: Resource[Any]) -> Desired:
    return {each.address: each for each in resources}


# -- what is there -------------------------------------------------------------------------------------------------


def row(issuer: str = "https://idp.example.com", *, status: str = "ACTIVE", **said: Any) -> dict[str, Any]:
    """A row of an external authorization server, by hand, with everything known."""
    return {
        "id": f"eas{crc32(issuer.encode()):017}",
        "type": "EXTERNAL",
        "issuer": issuer,
        "status": status,
        "authorizationEndpoint": STATIC["authorizationEndpoint"],
        "tokenEndpoint": STATIC["tokenEndpoint"],
        "grantTypesSupported": ["authorization_code", "refresh_token"],
        **said,
    }


def okta_row(server: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {"id": server, "type": "OKTA", "status": status, "orn": f"orn:okta:idp:{ORG}:authorization_servers:{server}"}


def raw_mcp(
    name: str = "jira", status: str = "ACTIVE", *, rows: Sequence[Mapping[str, Any]] | None = None, **said: Any
) -> dict[str, Any]:
    """An MCP server as the organisation gives it, rows added."""
    rows = [row()] if rows is None else rows
    server_id = said.pop("id", f"ems{name:0<17}")
    names = {key: said.pop(key) for key in ("displayName", "description") if key in said}
    return {
        "id": server_id,
        "orn": f"orn:okta:directory:{ORG}:resource-servers:mcp:{server_id}",
        "resourceUrl": f"https://{name}.example.com/mcp",
        "status": status,
        "metadata": names,
        "discoveryType": "MANUAL",
        "authorizationServerCount": len(rows),
        "authorizationServers": list(rows),
        **said,
    }


def raw_okta(name: str = "Agents", status: str = "ACTIVE", **said: Any) -> dict[str, Any]:
    """A custom authorization server as the organisation gives it, children added."""
    server_id = said.pop("id", f"aus{name:0<17}"[:20])
    return {
        "id": server_id,
        "name": name,
        "audiences": ["api://agents"],
        "issuer": f"https://example.okta.com/oauth2/{server_id}",
        "status": status,
        "scopes": [],
        "policies": [],
        **said,
    }


def orn(tail: str) -> str:
    return f"orn:okta:{tail}".replace("ORG", ORG)


def raw_registration(settings_id: str = "rsc1", server: str = f"ems{'jira':0<17}", **said: Any) -> dict[str, Any]:
    """Client auth settings as the organisation gives them, for the row of `row()`."""
    return {
        "id": settings_id,
        "orn": orn(f"idp:ORG:client_auth_settings:{settings_id}"),
        "resourceServerOrn": orn(f"directory:ORG:resource-servers:mcp:{server}"),
        "authorizationServerOrn": orn(f"idp:ORG:authorization_servers:{row()['id']}"),
        "registrationType": "MANUAL",
        "clientId": "client-1",
        "name": "jira",
        "scopes": ["read"],
        **said,
    }


def raw_agent(agent_id: str = "wlpSupport0000000000", name: str = "Support assistant", **said: Any) -> dict[str, Any]:
    named = orn(f"directory:ORG:workload-principals:ai-agents:{agent_id}")
    return {"id": agent_id, "orn": named, "status": "ACTIVE", "profile": {"name": name}, **said}


def raw_connection(connection_id: str = "mcn1", server: str = f"ems{'jira':0<17}", **said: Any) -> dict[str, Any]:
    """A connection of the agent of `raw_agent` to an MCP server, as a backend reads it."""
    return {
        "id": connection_id,
        "agent": "wlpSupport0000000000",
        "connectionType": "IDENTITY_ASSERTION_MCP_SERVER",
        "resource": {"orn": orn(f"directory:ORG:resource-servers:mcp:{server}")},
        "status": "ACTIVE",
        "scopeCondition": "ALL_SCOPES",
        "scopes": ["*"],
        **said,
    }


def raw_client(
    server: str = f"ems{'jira':0<17}", client_id: str = "wlpJira0000000000000", **said: Any
) -> dict[str, Any]:
    """The OAuth client of an MCP server, as a backend reads it."""
    named = orn(f"directory:ORG:workload-principals:mcp:{client_id}")
    return {"id": client_id, "clientId": client_id, "server": server, "orn": named, "status": "ACTIVE", **said}


def raw_link(link_id: str = "dlk1", **said: Any) -> dict[str, Any]:
    """A link from the agent of `raw_agent` to the client of `raw_client`, as a backend reads it."""
    client = raw_client()
    return {
        "id": link_id,
        "client": f"{client['server']}/{client['id']}",
        "from": {
            "type": "OKTA_AUTHORIZATION_SERVER",
            "clientOrn": raw_agent()["orn"],
            "tokenType": "ACCESS_TOKEN",
        },
        "to": {"resourceOrn": client["orn"], "authorizationServerOrn": orn("idp:ORG:authorization_servers:aus1")},
        **said,
    }


def raw_app(app_id: str = "0oa1", label: str = "Client", **said: Any) -> dict[str, Any]:
    """An OAuth client app as the organisation gives it."""
    method = {"client_id": app_id, "token_endpoint_auth_method": "client_secret_basic", "pkce_required": True}
    settings = {
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://example.okta.com/oauth2/v1/sts/callback"],
        "consent_method": "TRUSTED",
    }
    return {
        "id": app_id,
        "orn": orn(f"idp:ORG:apps:oidc_client:{app_id}"),
        "name": "oidc_client",
        "signOnMode": "OPENID_CONNECT",
        "label": label,
        "status": "ACTIVE",
        "credentials": {"oauthClient": method},
        "settings": {"oauthClient": settings},
        **said,
    }


def records(kind: str, raws: Iterable[Mapping[str, Any]]) -> tuple[Record, ...]:
    return tuple(KINDS[kind].wire.record(dict(raw)) for raw in raws)


def live(
    servers: Iterable[Mapping[str, Any]] = (),
    authorization_servers: Iterable[Mapping[str, Any]] = (),
    unreadable: Mapping[str, Diagnostic] | None = None,
    **others: Iterable[Mapping[str, Any]],
) -> Live:
    """What is there, as raw objects; objects of other kinds under their kind's name."""
    found = {
        **dict.fromkeys(KINDS, ()),
        AUTHORIZATION_SERVER: records(AUTHORIZATION_SERVER, authorization_servers),
        MCP_SERVER: records(MCP_SERVER, servers),
        **{kind: records(kind, raws) for kind, raws in others.items()},
    }
    return Live({k: v for k, v in found.items() if k not in (unreadable or {})}, unreadable or {})


def knowing(bindings: Mapping[Address, str] | None) -> Context:
    """What a plan takes into account when all that is remembered is which object is whose."""
    return Context(Remembered(bindings or {}))


def refused_as_empty(plan: Plan) -> bool:
    """Whether nothing was concluded since no document is about an object; such a plan must not do anything."""
    if [problem.code for problem in plan.problems] != ["PLN013"]:
        return False
    assert plan.steps == ()
    return True


def planned(desired: Desired, world: Live, memory: Mapping[Address, str] | Remembered | None = None) -> Plan:
    """A plan with full memory, or when all that is remembered is which object is whose."""
    context = Context(memory) if isinstance(memory, Remembered) else knowing(memory)
    return make_plan(desired, world, KINDS, TARGET, context)


def recalled(desired: Desired, world: Live) -> Remembered:
    """The memory that an apply of a wish would have left behind, had it made the objects of a world."""
    plan = planned(desired, world)
    applied = {
        change.address: Applied(
            change.record, change.document, change.goal, change.protected, KINDS[change.address.kind].version
        )
        for change in plan.changes
        if change.record and change.document is not None and change.goal
    }
    return Remembered({address: each.record for address, each in applied.items()}, applied)


def afterwards(before: Remembered, plan: Plan, results: Sequence[StepResult], world: Live) -> Remembered:
    """The memory after an apply: of what was wholly done or only to be remembered, the document as it came true."""
    bindings = remembered(before.bindings, plan, results)
    facts = {record.id: record.facts for each in world.records.values() for record in each}
    undone = {result.step.address for result in results if not result.ok}
    applied = dict(before.applied)
    for change in plan.changes:
        if change.action is Action.DELETE and change.address not in undone:
            applied.pop(change.address, None)
        elif change.document is not None and change.goal and change.address not in undone:
            document = resolve(change.document, lambda ref: facts[bindings[ref.address]][ref.attribute])
            record, version = bindings[change.address], KINDS[change.address.kind].version
            applied[change.address] = Applied(record, document, change.goal, change.protected, version)
    return Remembered(bindings, applied)


def remembered(bindings: Mapping[Address, str], plan: Plan, results: Iterable[StepResult]) -> dict[Address, str]:
    """What is bound after an apply: what was recognised or made, of a replace only once the old object is gone."""
    replaced = {change.address for change in plan.changes if change.action is Action.REPLACE}
    known = {c.address: c.record for c in plan.changes if c.record and c.goal is not State.DELETED}
    after = {**bindings, **{address: record for address, record in known.items() if address not in replaced}}
    made: dict[Address, str] = {}
    for result in results:
        step, record = result.step, result.record
        if record and isinstance(step, Create):
            made[step.address] = record
            after |= {} if step.address in replaced and step.address in after else {step.address: record}
        elif record and result.ok and isinstance(step, Transition) and step.target is State.DELETED:
            if after.get(step.address) == record:
                del after[step.address]
            heir = made.get(step.address) or known.get(step.address)
            after |= {step.address: heir} if heir and heir != record else {}
    return after
