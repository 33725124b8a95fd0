"""Every backend keeps every promise, for every kind."""

from functools import partial
from threading import Lock

import pytest

from reconciler.backends.memory import MemoryBackend
from reconciler.core.document import resolve
from reconciler.kinds import KINDS
from tests.backends.contract import PROMISES, World
from tests.support.build import (
    JWT_BEARER,
    agent,
    app,
    connection,
    external,
    mcp,
    okta,
    registration,
    wish,
)
from tests.support.emulated import Emulated
from tests.support.worlds import Story

POLICY = {"name": "agents", "rules": [{"name": "jwt", "grantTypes": [JWT_BEARER], "accessTokenLifetimeMinutes": 30}]}


def custom_plain(number):
    return okta(displayName=f"Agents {number}")


def custom_full(number):
    scopes = [{"name": "read", "description": "Reads", "consent": "REQUIRED"}, {"name": "write"}]
    return okta(displayName=f"Agents {number}", description="For agents", scopes=scopes, accessPolicies=[POLICY])


def server_plain(number):
    return mcp(resourceUrl=f"https://mcp{number}.example.com/mcp")


def server_full(number):
    return mcp(resourceUrl=f"https://mcp{number}.example.com/mcp", displayName="Jira", description="Tickets")


def app_plain(number):
    return app(label=f"Client {number}")


def app_full(number):
    return app(label=f"Client {number}", pkceRequired=False, dpopBoundAccessTokens=True)


def registration_plain(number):
    return registration(clientId=f"client-{number}")


def registration_full(number):
    return registration(clientId=f"client-{number}", scopes=["read", "write"])


CUSTOM_AS = {"type": "IDENTITY_ASSERTION_CUSTOM_AS", "authorizationServer": "agents"}


def connection_plain(_number):
    return connection(**CUSTOM_AS)


def connection_full(_number):
    narrow = {"scopeCondition": "INCLUDE_ONLY", "scopes": ["read", "write"]}
    return connection(**CUSTOM_AS, **narrow, resourceIndicator="https://jira.example.com/mcp")


SAMPLES = {
    "AuthorizationServer": (custom_plain, custom_full),
    "McpServer": (server_plain, server_full),
    "ClientApp": (app_plain, app_full),
    "ClientRegistration": (registration_plain, registration_full),
    "AgentConnection": (connection_plain, connection_full),
}
WRITTEN = [name for name, kind in KINDS.items() if kind.lifecycle.moves]


class Ground:
    """What documents refer to, made when it is first asked for: one MCP server, one agent, and for each number an
    authorization server, so that an agent can be connected as often as it takes.
    """

    def __init__(self, backend, make_agent):
        self.backend, self.make_agent = backend, make_agent
        self.facts, self.lock = {}, Lock()

    def look_up(self, ref, number):
        kind = ref.address.kind
        key = kind, number if kind == "AuthorizationServer" else 0
        with self.lock:
            if key not in self.facts:
                self.facts[key] = self.backend.find(KINDS[kind], self.made(kind, number)).facts
        return self.facts[key][ref.attribute]

    def made(self, kind, number):
        if kind == "AiAgent":
            return self.make_agent("Support assistant")
        document = document_of(custom_plain(number) if kind == "AuthorizationServer" else mcp(), self, number)
        return self.backend.create(KINDS[kind], document)


def document_of(resource, ground, number):
    kind = KINDS[resource.address.kind]
    document = kind.document(resource, wish(external(), mcp(), agent(), okta()), KINDS)
    return resolve(document, lambda ref: ground.look_up(ref, number))


@pytest.fixture(scope="module")
def organisation():
    with Emulated() as emulated:
        yield emulated


@pytest.fixture(params=["memory", "okta"])
def backend(request, organisation):
    if request.param == "memory":
        return MemoryBackend()
    organisation.put(Story((), (), ()))
    return organisation.backend


def in_memory(backend, agent_name):
    return backend.create(KINDS["AiAgent"], {"profileName": agent_name})


TEXTS = {"ClientApp": None, "ClientRegistration": "name", "AgentConnection": None}
LENIENT = {"AuthorizationServer", "ClientRegistration"}
"""Kinds of which the organisation itself would make two under one key, when both come at the same moment."""


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_backend_keeps_its_promises(organisation, backend, promise, name):
    real = not isinstance(backend, MemoryBackend)
    plain, full = SAMPLES[name]
    ground = Ground(backend, organisation.agent if real else partial(in_memory, backend))
    promise(
        World(
            backend,
            KINDS[name],
            lambda number: document_of(plain(number), ground, number),
            lambda number: document_of(full(number), ground, number),
            strict=not (real and name in {"AuthorizationServer", "ClientApp", "AgentConnection"}),
            atomic=not (real and name in LENIENT),
            adopts=real and name == "AgentConnection",
            text=TEXTS.get(name, "description"),
        )
    )
