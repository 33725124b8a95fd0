"""Every shipped document can be read, validates against its kind, and says where its facts are from."""

import itertools
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import TypeAdapter

from reconciler import manifests
from reconciler.kinds import KINDS
from reconciler.kinds.authorization_server.spec import ExternalAuthorizationServer

ROOT = Path(__file__).parents[2]
SPECS = {name: TypeAdapter(kind.spec) for name, kind in KINDS.items()}
VARIABLE = re.compile(r"\$\{var\.([A-Za-z0-9_]+)\}")
CONFIDENTIAL = {"client_secret_basic", "client_secret_post"}


@dataclass(frozen=True)
class Registry:
    """A folder of manifests, and the variables under which it is read."""

    name: str
    folder: Path
    variables: dict[str, str]
    loopback: bool = False

    def files(self):
        return sorted(self.folder.rglob("*.yaml"))

    def documents(self):
        return [
            substitute(document, self.variables)
            for file in self.files()
            for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        ]

    def specs(self, kind):
        return {
            document["metadata"]["name"]: SPECS[kind].validate_python(document["spec"])
            for document in self.documents()
            if document["kind"] == kind
        }


def substitute(value: Any, variables: dict[str, str]) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: variables[found[1]], value)
    if isinstance(value, dict):
        return {key: substitute(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [substitute(inner, variables) for inner in value]
    return value


def configuration(example: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "examples" / example / "reconciler.yaml").read_text(encoding="utf-8"))


def registries():
    yield Registry("registry.d", ROOT / "registry.d", {})
    for example in ("not-connectable", "agents"):
        yield Registry(example, ROOT / "examples" / example / "registry.d", {})
    for example in ("quickstart", "multi-environment"):
        for environment, settings in configuration(example)["environments"].items():
            yield Registry(
                f"{example} {environment}",
                ROOT / "examples" / example / "registry.d",
                settings["variables"],
                loopback=example == "quickstart",
            )


REGISTRIES = tuple(registries())
every_registry = pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)


def urls(registry):
    """Every URL of a registry that somebody would connect to or compare."""
    for server in registry.specs("McpServer").values():
        yield server.resource_url
    for server in registry.specs("AuthorizationServer").values():
        if isinstance(server, ExternalAuthorizationServer):
            yield server.issuer
            if server.oauth:
                yield from filter(None, (server.oauth.authorization_endpoint, server.oauth.token_endpoint))


@every_registry
def test_every_document_is_addressed_and_its_spec_validates(registry):
    addresses = []
    for document in registry.documents():
        assert document.keys() == {"apiVersion", "kind", "metadata", "spec"}
        assert document["apiVersion"] == "reconciler/v1"
        assert document["metadata"].keys() <= {"name", "labels", "state"}
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", document["metadata"]["name"])
        SPECS[document["kind"]].validate_python(document["spec"])
        addresses.append((document["kind"], document["metadata"]["name"]))
    assert addresses
    assert len(addresses) == len(set(addresses))


@every_registry
def test_loader_understands_everything_and_has_nothing_to_say(registry):
    loaded = manifests.load(registry.folder.parent, [registry.folder.name], registry.variables, KINDS)
    assert loaded.diagnostics == ()
    assert loaded.documents == len(loaded.desired) == len(registry.documents())


@pytest.mark.parametrize("example", ["quickstart", "multi-environment", "agents"])
def test_settings_of_every_example_are_understood(example):
    config, diagnostics = manifests.read_config(ROOT / "examples" / example)
    assert diagnostics == ()
    assert config.default_environment in config.environments


@every_registry
def test_every_file_tells_editors_where_the_schema_is(registry):
    for file in registry.files():
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert found, file
        assert (file.parent / found[1]).resolve() == ROOT / "schemas" / "manifest.schema.json"


@every_registry
def test_urls_are_https_except_on_this_machine(registry):
    for url in urls(registry):
        parts = urlsplit(url)
        assert parts.scheme == ("http" if registry.loopback else "https"), url
        assert not registry.loopback or parts.hostname == "127.0.0.1", url


@every_registry
def test_static_facts_are_complete_and_say_where_they_are_from_and_until_when(registry):
    for name, server in registry.specs("AuthorizationServer").items():
        if isinstance(server, ExternalAuthorizationServer) and server.discovery == "static":
            oauth = server.oauth
            assert oauth, name
            assert oauth.authorization_endpoint, name
            assert oauth.token_endpoint, name
            assert oauth.grant_types, name
            assert oauth.source, name
            assert isinstance(oauth.review_by, date), name


@every_registry
def test_references_resolve_and_every_authorization_server_is_used(registry):
    known = registry.specs("AuthorizationServer").keys()
    used = set(itertools.chain(*(s.authorization_servers for s in registry.specs("McpServer").values())))
    assert used == known


@every_registry
def test_identities_are_unique_modulo_one_slash(registry):
    for kind, identity in (("McpServer", "resource_url"), ("AuthorizationServer", "issuer")):
        keys = [getattr(spec, identity, None) or spec.audience for spec in registry.specs(kind).values()]
        assert len({key.removesuffix("/") for key in keys}) == len(keys)


def test_registry_is_about_real_servers_of_many_vendors():
    registry = REGISTRIES[0]
    assert len(registry.specs("McpServer")) >= 18
    vendors = {document["metadata"]["labels"]["vendor"] for document in registry.documents()}
    assert len(vendors) >= 18
    assert all(document["metadata"]["labels"]["team"] for document in registry.documents())
    assert not any("example" in urlsplit(url).netloc for url in urls(registry))


def test_registry_shows_two_servers_behind_one_authorization_server():
    used = [name for s in REGISTRIES[0].specs("McpServer").values() for name in s.authorization_servers]
    assert len(used) > len(set(used))


def test_active_server_has_an_authorization_server_that_takes_a_confidential_client():
    """Okta's brokered consent authenticates with a client secret; a public-only provider cannot be connected."""
    registry = REGISTRIES[0]
    servers = registry.specs("AuthorizationServer")
    for name, server in registry.specs("McpServer").items():
        methods = set(
            itertools.chain(*(servers[a].oauth.token_endpoint_auth_methods for a in server.authorization_servers))
        )
        assert (server.state == "active") == bool(methods & CONFIDENTIAL), name


def test_multi_environment_example_applies_offline_and_shows_every_case():
    registry = next(r for r in REGISTRIES if r.name == "multi-environment dev")
    servers = registry.specs("AuthorizationServer")
    assert {server.type for server in servers.values()} == {"okta", "external"}
    assert all(server.type == "okta" or server.discovery == "static" for server in servers.values())
    assert sum(s.protect for s in registry.specs("McpServer").values()) == 1
    assert [d["metadata"].get("state") for d in registry.documents()].count("absent") == 1


def test_environments_differ_in_target_and_in_every_variable():
    environments = configuration("multi-environment")["environments"]
    assert environments["dev"]["target"] == {"type": "embedded"}
    targets = [environments[name]["target"] for name in ("staging", "production")]
    assert {target["type"] for target in targets} == {"okta"}
    assert len({target["orgUrl"] for target in targets}) == 2
    assert len({target["auth"]["apiToken"]["fromEnv"] for target in targets}) == 2
    names = {frozenset(settings["variables"]) for settings in environments.values()}
    assert len(names) == 1
    for name in next(iter(names)):
        assert len({settings["variables"][name] for settings in environments.values()}) == 3


def test_quickstart_defaults_are_the_ports_of_the_world():
    world = (ROOT / "examples" / "quickstart" / "world.py").read_text(encoding="utf-8")
    default = {option: re.search(rf'"{option}".*default=(\d+)', world)[1] for option in ("--mcp-port", "--as-port")}
    variables = configuration("quickstart")["environments"]["local"]["variables"]
    assert variables == {
        "mcpUrl": f"http://127.0.0.1:{default['--mcp-port']}/mcp",
        "issuer": f"http://127.0.0.1:{default['--as-port']}",
    }


def test_agents_example_shows_both_ways_to_a_server_and_holds_no_secret():
    registry = next(each for each in REGISTRIES if each.name == "agents")
    types = {spec.type for spec in registry.specs("AgentConnection").values()}
    assert types == {"STS_ACCESS_TOKEN", "IDENTITY_ASSERTION_MCP_SERVER"}
    clients = registry.specs("ClientRegistration").values()
    assert {client.client_secret.from_env for client in clients} == {"TICKETS_CLIENT_SECRET", "WIKI_CLIENT_SECRET"}
