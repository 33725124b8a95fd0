"""Every backend keeps every promise, for every kind."""

from functools import partial
from threading import RLock

import pytest

from reconciler.backends.memory import MemoryBackend
from reconciler.core.document import resolve
from reconciler.emulator import paging
from reconciler.kinds import KINDS
from tests.backends.contract import PROMISES, World
from tests.support.build import (
    JWT_BEARER,
    agent,
    app,
    connection,
    external,
    key,
    link,
    mcp,
    oauth_client,
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


def client_plain(_number):
    return oauth_client()


def client_full(_number):
    return oauth_client(keys=[key(0), key(1, "inactive"), key(2, kid=None)])


def link_from_app(_number):
    return link(**{"from": {"app": "client"}})


SAMPLES = {
    "AuthorizationServer": (custom_plain, custom_full),
    "McpServer": (server_plain, server_full),
    "ClientApp": (app_plain, app_full),
    "ClientRegistration": (registration_plain, registration_full),
    "AgentConnection": (connection_plain, connection_full),
    "McpOAuthClient": (client_plain, client_full),
    "DelegationLink": (link_from_app, link_from_app),
}
EACH_ITS_OWN = {
    "AgentConnection": "AuthorizationServer",
    "McpOAuthClient": "McpServer",
    "DelegationLink": "ClientApp",
}
"""Of what the object of each number has one for itself, so that there may be as many as it takes."""
WRITTEN = [name for name, kind in KINDS.items() if kind.lifecycle.moves]


class Ground:
    """What documents refer to, made when it is first asked for: one of each, or one for each number."""

    def __init__(self, backend, make_agent, for_each):
        self.backend, self.make_agent, self.for_each = backend, make_agent, for_each
        self.facts, self.lock = {}, RLock()

    def look_up(self, ref, number):
        kind = ref.address.kind
        place = kind, number if kind == self.for_each else 0
        with self.lock:
            if place not in self.facts:
                self.facts[place] = self.backend.find(KINDS[kind], self.made(*place)).facts
        return self.facts[place][ref.attribute]

    def made(self, kind, number):
        if kind == "AiAgent":
            return self.make_agent("Support assistant")
        return self.backend.create(KINDS[kind], document_of(BENEATH[kind](number), self, number))


def server_of_a_client(number):
    return mcp(resourceUrl=f"https://mcp{number}.example.com/mcp", authorizationServers=["agents", "idp"])


BENEATH = {
    "AuthorizationServer": custom_plain,
    "McpServer": server_of_a_client,
    "ClientApp": app_plain,
    "McpOAuthClient": client_plain,
}


def document_of(resource, ground, number):
    kind = KINDS[resource.address.kind]
    others = wish(external(), server_of_a_client(0), agent(), okta(), app(), oauth_client())
    return resolve(kind.document(resource, others, KINDS), lambda ref: ground.look_up(ref, number))


@pytest.fixture(scope="module")
def organisation():
    with Emulated() as emulated:
        yield emulated


@pytest.fixture(params=["memory", "okta"])
def backend(request, organisation, monkeypatch):
    """A backend over nothing; the organisation lists six objects a page, so that few of them are many."""
    if request.param == "memory":
        return MemoryBackend()
    asked = paging._limit
    monkeypatch.setattr(paging, "_limit", lambda *given: min(asked(*given), 6))
    organisation.put(Story((), (), ()))
    return organisation.backend


def in_memory(backend, agent_name):
    return backend.create(KINDS["AiAgent"], {"profileName": agent_name})


TEXTS = {"ClientRegistration": "name", "AuthorizationServer": "description", "McpServer": "description"}
LENIENT = {"AuthorizationServer", "ClientRegistration"}
"""Kinds of which the organisation itself would make two under one key, when both come at the same moment."""


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_backend_keeps_its_promises(organisation, backend, promise, name):
    real = not isinstance(backend, MemoryBackend)
    plain, full = SAMPLES[name]
    make_agent = organisation.agent if real else partial(in_memory, backend)
    ground = Ground(backend, make_agent, EACH_ITS_OWN.get(name))
    promise(
        World(
            backend,
            KINDS[name],
            lambda number: document_of(plain(number), ground, number),
            lambda number: document_of(full(number), ground, number),
            strict=not (real and name in {"AuthorizationServer", "ClientApp", "AgentConnection"}),
            atomic=not (real and name in LENIENT),
            adopts=real and name in {"AgentConnection", "McpOAuthClient", "DelegationLink"},
            alterable=name != "DelegationLink",
            text=TEXTS.get(name),
        )
    )


def test_an_update_keeps_what_a_child_of_the_document_does_not_name(organisation, backend):
    kind = KINDS["AuthorizationServer"]
    ground = Ground(backend, organisation.agent, None)
    document = document_of(custom_full(1), ground, 1)
    record = backend.create(kind, document)
    [(policy, rules)] = ((name, body["rules"]) for name, body in document["accessPolicies"].items())
    less = {name: {k: v for k, v in rule.items() if "Lifetime" not in k} for name, rule in rules.items()}
    assert less != rules
    policies = {policy: {**document["accessPolicies"][policy], "rules": less, "description": "Changed"}}
    backend.update(kind, record, {**document, "accessPolicies": policies})
    found = backend.find(kind, record).document["accessPolicies"][policy]
    assert (found["description"], found["rules"]["jwt"]["accessTokenLifetimeMinutes"]) == ("Changed", 30)
