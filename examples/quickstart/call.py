"""Use the quickstart world as an MCP client does: discover, register, get a token with PKCE, call the tools.

Proof that the world is real. The browser is replaced by one request: the authorization server approves at once.
"""

import argparse
import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

REDIRECT = "http://127.0.0.1:9103/callback"  # nobody listens there: the answer is read from the redirect itself


@dataclass
class Memory:
    """Where the SDK keeps what it obtained: here, for as long as this program runs."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """A user agent that opens the authorization page and reads the answer off the redirect."""

    def __init__(self) -> None:
        self.answer = ""

    async def open(self, url: str) -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            response = await client.get(url)
        if not response.is_redirect:
            raise RuntimeError(f"the authorization server answered {response.status_code}: {response.text}")
        self.answer = response.headers["location"]

    async def callback(self) -> AuthorizationCodeResult:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.answer).query).items()}
        if "code" not in query:
            raise RuntimeError(f"no authorization code: {query}")
        return AuthorizationCodeResult(code=query["code"], state=query.get("state"), iss=query.get("iss"))


async def walk(url: str) -> list[str]:
    """Do the whole walk against an MCP server and tell what happened, a line each."""
    browser, memory = Browser(), Memory()
    wish = OAuthClientMetadata.model_validate({"client_name": "quickstart call", "redirect_uris": [REDIRECT]})
    auth = OAuthClientProvider(url, wish, memory, browser.open, browser.callback)
    async with (
        httpx2.AsyncClient(auth=auth, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        tools = (await client.list_tools()).tools
        words = await client.call_tool("word_count", {"text": "trust, but verify"})
        days = await client.call_tool("days_between", {"start": "2026-02-27", "end": "2026-03-01"})
    if memory.client is None or memory.tokens is None:
        raise RuntimeError("the server let us in without a token")
    return [
        f"registered as {memory.client.client_id}",
        f"token for scope {memory.tokens.scope}, good for {memory.tokens.expires_in} s",
        f"tools: {', '.join(sorted(tool.name for tool in tools))}",
        f"word_count('trust, but verify') = {words.structured_content}",
        f"days_between(2026-02-27, 2026-03-01) = {days.structured_content}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mcp", default="http://127.0.0.1:9101/mcp", help="URL of the MCP server")
    print("\n".join(asyncio.run(walk(parser.parse_args().mcp))))


if __name__ == "__main__":
    main()
