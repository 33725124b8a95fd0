"""A program that serves somebody else's server on loopback and prints where: `real_servers.py NAME [ISSUER]`."""

import json
import logging
import socket
import sys

import uvicorn
from starlette.responses import JSONResponse
from starlette.routing import Route


def word_count(text: str) -> int:
    """Count words."""
    return len(text.split())


ISSUER = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:1"


def official(port: int, *, metadata: bool):
    """The official SDK's server without authentication; with metadata it looks like one that asks only at a tool."""
    from mcp.server import MCPServer

    server = MCPServer("open", log_level="CRITICAL")
    server.add_tool(word_count)
    app = server.streamable_http_app(streamable_http_path="/mcp", host="127.0.0.1")
    if metadata:
        document = {
            "resource": f"http://127.0.0.1:{port}/mcp",
            "authorization_servers": [ISSUER],
            "scopes_supported": ["tools:use"],
        }
        place = "/.well-known/oauth-protected-resource/mcp"
        app.routes.insert(0, Route(place, lambda _request: JSONResponse(document)))
    return app


def fastmcp(port: int):
    """FastMCP, protected by tokens of another authorization server."""
    from fastmcp import FastMCP
    from fastmcp.server.auth import RemoteAuthProvider
    from fastmcp.server.auth.providers.jwt import JWTVerifier
    from pydantic import AnyHttpUrl

    verifier = JWTVerifier(jwks_uri=f"{ISSUER}/jwks", issuer=ISSUER, audience="x")
    auth = RemoteAuthProvider(
        token_verifier=verifier,
        authorization_servers=[AnyHttpUrl(ISSUER)],
        base_url=f"http://127.0.0.1:{port}",
    )
    server = FastMCP("fast", auth=auth)
    server.tool(word_count)
    return server.http_app(path="/mcp")


def canaille():
    """The Canaille OpenID provider, with its data in memory."""
    from canaille import create_app
    from werkzeug.serving import make_server

    logging.disable(logging.CRITICAL)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    said = {"SECRET_KEY": "x", "SERVER_NAME": f"127.0.0.1:{port}", "PREFERRED_URL_SCHEME": "http"}
    app = create_app(config={**said, "CANAILLE_DATABASE": "memory", "CANAILLE": {"DATABASE": "memory"}})
    served = make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno())
    sys.stdout.write(json.dumps({"issuer": f"http://127.0.0.1:{port}"}) + "\n")
    sys.stdout.flush()
    served.serve_forever()


def main():
    """Serve until the end of the process."""
    name = sys.argv[1]
    if name == "canaille":
        return canaille()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = fastmcp(port) if name == "fastmcp" else official(port, metadata=name == "lazy")

    class Announcing(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            sys.stdout.write(json.dumps({"mcp": f"http://127.0.0.1:{port}/mcp"}) + "\n")
            sys.stdout.flush()

    return Announcing(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listening])


if __name__ == "__main__":
    main()
