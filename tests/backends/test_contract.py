"""Every backend keeps every promise, for every kind."""

import pytest

from reconciler.backends.memory import MemoryBackend
from reconciler.core.document import resolve
from reconciler.kinds import KINDS
from tests.backends.contract import PROMISES, World
from tests.support.build import JWT_BEARER, external, mcp, okta, wish
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


SAMPLES = {"AuthorizationServer": (custom_plain, custom_full), "McpServer": (server_plain, server_full)}


def document_of(resource):
    kind = KINDS[resource.address.kind]
    return resolve(kind.document(resource, wish(external()), KINDS), lambda ref: pytest.fail(f"unresolved {ref}"))


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


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_backend_keeps_its_promises(backend, promise, name):
    plain, full = SAMPLES[name]
    lenient = name == "AuthorizationServer" and not isinstance(backend, MemoryBackend)
    promise(
        World(
            backend,
            KINDS[name],
            lambda number: document_of(plain(number)),
            lambda number: document_of(full(number)),
            strict=not lenient,
            atomic=not lenient,
        )
    )
