"""A small real world on loopback: an MCP server, the authorization server that protects it, and a way to break them.

Both are made with the official MCP SDK; the tokens that one issues, the other verifies. Nothing leaves this machine.
"""

import argparse
import json
import secrets
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from types import FrameType
from typing import Literal

import httpx
import uvicorn
from mcp.server import MCPServer
from mcp.server.auth.handlers.metadata import MetadataHandler
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    OAuthAuthorizationServerProvider,
    ProviderTokenVerifier,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.server.auth.routes import build_metadata, cors_middleware, create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
MCP_PATH = "/mcp"
CONTROL_PATH = "/_world/metadata"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
SERVER_METADATA = "/.well-known/oauth-authorization-server"
SCOPE = "tools:use"
CODE_SECONDS = 60
TOKEN_SECONDS = 3600

# Issuers are compared letter by letter (RFC 8414 section 3.3); a plain AnyHttpUrl would add a slash to ours.
_LETTER_BY_LETTER = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))

Broken = Literal[True, False, "issuer"]


@dataclass
class Weather:
    """What is wrong with the world just now: nothing, no resource metadata, or a wrong issuer."""

    broken: Broken = False


@dataclass
class Approver(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """An authorization server that keeps everything in memory and approves at once: there is no user to ask here."""

    clients: dict[str, OAuthClientInformationFull] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    refreshers: dict[str, RefreshToken] = field(default_factory=dict)
    tokens: dict[str, AccessToken] = field(default_factory=dict)

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        code = AuthorizationCode(
            code=secrets.token_urlsafe(32),
            scopes=params.scopes or [SCOPE],
            expires_at=time.time() + CODE_SECONDS,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject="quickstart",
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        code = self.codes.get(authorization_code)
        return code if code and code.client_id == client.client_id else None

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        if self.codes.pop(authorization_code.code, None) is None:  # a code is good for one use
            raise TokenError("invalid_grant", "The authorization code was used before.")
        return self._issue(client, authorization_code.scopes, authorization_code)

    async def load_refresh_token(self, client: OAuthClientInformationFull, refresh_token: str) -> RefreshToken | None:
        known = self.refreshers.get(refresh_token)
        return known if known and known.client_id == client.client_id else None

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        if self.refreshers.pop(refresh_token.token, None) is None:  # refresh tokens rotate
            raise TokenError("invalid_grant", "The refresh token was used before.")
        return self._issue(client, scopes, refresh_token)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.tokens.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.tokens.pop(token.token, None)
        self.refreshers.pop(token.token, None)

    def _issue(
        self,
        client: OAuthClientInformationFull,
        scopes: list[str],
        grant: AuthorizationCode | RefreshToken,
    ) -> OAuthToken:
        """Mint a pair of tokens that is bound to the resource the grant was given for (RFC 8707)."""
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        bound = {"client_id": client.client_id, "scopes": scopes}
        self.tokens[access] = AccessToken(
            token=access,
            expires_at=int(time.time()) + TOKEN_SECONDS,
            resource=grant.resource,
            subject=grant.subject,
            **bound,
        )
        self.refreshers[refresh] = RefreshToken(token=refresh, resource=grant.resource, subject=grant.subject, **bound)
        return OAuthToken(access_token=access, expires_in=TOKEN_SECONDS, refresh_token=refresh, scope=" ".join(scopes))


def word_count(text: str) -> int:
    """Count the words of a text, as far as blanks separate them."""
    return len(text.split())


def days_between(start: date, end: date) -> int:
    """Count the days from one date to another; negative when the second comes first."""
    return (end - start).days


def resource_server(provider: Approver, resource: str, issuer: str, weather: Weather) -> ASGIApp:
    """The MCP server: two tools behind a bearer token, and the metadata that says where to get one."""
    settings = AuthSettings.model_validate(
        {
            "issuer_url": issuer,
            "resource_server_url": resource,
            "required_scopes": [SCOPE],
            "validate_token_resource": True,
        }
    )
    server = MCPServer(
        "quickstart",
        auth=settings,
        token_verifier=ProviderTokenVerifier(provider),
        log_level="CRITICAL",
    )
    server.add_tool(word_count)
    server.add_tool(days_between)
    inner = server.streamable_http_app(streamable_http_path=MCP_PATH, host=HOST)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(RESOURCE_METADATA):
            await inner(scope, receive, send)
        elif weather.broken is True:
            await _fresh(JSONResponse({"error": "broken on purpose"}, 503), scope, receive, send)
        else:
            await _fresh(inner, scope, receive, send)

    return app


def authorization_server(provider: Approver, issuer: str, weather: Weather) -> ASGIApp:
    """The authorization server: the SDK's own routes, and the control that breaks and repairs the world."""
    registration = ClientRegistrationOptions(enabled=True, valid_scopes=[SCOPE], default_scopes=[SCOPE])
    revocation = RevocationOptions(enabled=True)
    url = _LETTER_BY_LETTER.validate_python(issuer)
    right = build_metadata(url, None, registration, revocation)
    wrong = right.model_copy(update={"issuer": _LETTER_BY_LETTER.validate_python(f"{issuer}/somebody-else")})

    async def metadata(request: Request) -> Response:
        response = await MetadataHandler(wrong if weather.broken == "issuer" else right).handle(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def control(request: Request) -> Response:
        if request.method == "POST":
            wish = await _wish(request)
            if wish is None:
                return JSONResponse({"error": 'send {"broken": true}, {"broken": false} or {"broken": "issuer"}'}, 400)
            weather.broken = wish.broken
        return JSONResponse({"broken": weather.broken})

    return Starlette(
        routes=[
            Route(SERVER_METADATA, cors_middleware(metadata, ["GET", "OPTIONS"]), methods=["GET", "OPTIONS"]),
            Route(CONTROL_PATH, control, methods=["GET", "POST"]),
            *create_auth_routes(provider, url, client_registration_options=registration, revocation_options=revocation),
        ]
    )


async def _wish(request: Request) -> Weather | None:
    """Read what the control is asked for. Only JSON counts: a form on some web page cannot send that unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return None
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    wish = body.get("broken") if isinstance(body, dict) else None
    return Weather(wish) if wish is True or wish is False or wish == "issuer" else None


async def _fresh(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve what may change at any moment without a cache lifetime: the SDK would promise an hour."""

    async def uncached(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() != b"cache-control"]
            message = {**message, "headers": [*kept, (b"cache-control", b"no-store")]}
        await send(message)

    await app(scope, receive, uncached)


@dataclass(frozen=True)
class World:
    """Two listening sockets and the addresses that follow from them."""

    mcp_socket: socket.socket
    as_socket: socket.socket

    @property
    def mcp(self) -> str:
        return f"http://{HOST}:{self.mcp_socket.getsockname()[1]}{MCP_PATH}"

    @property
    def issuer(self) -> str:
        return f"http://{HOST}:{self.as_socket.getsockname()[1]}"

    @property
    def control(self) -> str:
        return self.issuer + CONTROL_PATH

    def app(self) -> ASGIApp:
        """One application for both sockets; the port tells which server is meant."""
        provider, weather = Approver(), Weather()
        resources = resource_server(provider, self.mcp, self.issuer, weather)
        tokens = authorization_server(provider, self.issuer, weather)
        as_port = self.as_socket.getsockname()[1]

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            mine = scope["type"] == "http" and scope["server"][1] == as_port
            await (tokens if mine else resources)(scope, receive, send)

        return dispatch

    async def announce(self) -> None:
        """Ask both servers for their metadata, then print the one line that says where they are."""
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            for url in (
                self.mcp.removesuffix(MCP_PATH) + RESOURCE_METADATA + MCP_PATH,
                self.issuer + SERVER_METADATA,
            ):
                (await client.get(url)).raise_for_status()
        print(json.dumps({"mcp": self.mcp, "issuer": self.issuer, "control": self.control}), flush=True)


class Server(uvicorn.Server):
    """A uvicorn server that announces its world as soon as it answers."""

    def __init__(self, world: World) -> None:
        super().__init__(
            uvicorn.Config(world.app(), log_level="critical", access_log=False, timeout_graceful_shutdown=2)
        )
        self.world = world

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.world.announce()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End with 0: uvicorn has shut down when it hands a signal on, and before it listens there is nothing to stop."""
    sys.exit(0)


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:  # noqa: PLR2004  # what a port can be
        raise ValueError
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mcp-port", type=port, default=9101, help="port of the MCP server; 0 picks one")
    parser.add_argument("--as-port", type=port, default=9102, help="port of the authorization server; 0 picks one")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        world = World(*(socket.create_server((HOST, port)) for port in (options.mcp_port, options.as_port)))
    except OSError as error:
        sys.exit(f"world: cannot listen on {HOST}: {error}. Choose other ports with --mcp-port and --as-port.")
    Server(world).run(sockets=[world.mcp_socket, world.as_socket])


if __name__ == "__main__":
    main()
