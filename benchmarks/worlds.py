"""The inputs: registries of any size, organisations that already hold them, and the same amount of work for peers."""

import json
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN_VARIABLE = "RECONCILER_BENCH_TOKEN"  # noqa: S105 - a variable's name
SERVERS_PER_ISSUER = 50
CHANGED_EVERY = 100
"""In a world with changes, one server in so many: one percent."""

_AUTHORIZATION_SERVER = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata:
  name: auth-{0:05d}
spec:
  type: external
  issuer: https://auth-{0:05d}.example.com
  discovery: static
  oauth:
    authorizationEndpoint: https://auth-{0:05d}.example.com/authorize
    tokenEndpoint: https://auth-{0:05d}.example.com/token
    grantTypes: [authorization_code, refresh_token]
    source: https://auth-{0:05d}.example.com/docs
    reviewBy: 2099-06-30
"""
_SERVER = """\
apiVersion: reconciler/v1
kind: McpServer
metadata:
  name: server-{0:05d}
  labels: {{team: team-{1}}}
spec:
  resourceUrl: https://mcp-{0:05d}.example.com/mcp
  displayName: Server {0}
  description: {2}
  authorizationServers: [auth-{3:05d}]
"""
_CONFIGURATION = """\
apiVersion: reconciler/v1
registry: [registry.d]
defaultEnvironment: loopback
probe: {{gate: "off"}}  # these servers exist on paper only; benchmarks/probe.py measures the readiness checks
environments:
  loopback:
    target: {{type: okta, orgUrl: "{0}", auth: {{apiToken: {{fromEnv: {1}}}}}}}
"""
_OCTODNS = """\
providers:
  config: {class: octodns.provider.yaml.YamlProvider, directory: config}
  live: {class: octodns.provider.yaml.YamlProvider, directory: live}
zones:
  example.com.: {sources: [config], targets: [live]}
"""


@dataclass(frozen=True, slots=True)
class World:
    """A repository with a registry in it."""

    root: Path
    servers: int
    documents: int


def registry(root: Path, servers: int, *, per_file: int = 500) -> World:
    """Write a registry: servers, and one static external authorization server for every fifty of them."""
    issuers = -(-servers // SERVERS_PER_ISSUER)
    documents = [_AUTHORIZATION_SERVER.format(number) for number in range(issuers)]
    documents += [_server(number) for number in range(servers)]
    folder = root / "registry.d"
    folder.mkdir(parents=True)
    for first in range(0, len(documents), per_file):
        text = "---\n".join(documents[first : first + per_file])
        (folder / f"{first:06d}.yaml").write_text(text, encoding="utf-8")
    point(root, "https://example.okta.com")
    return World(root, servers, len(documents))


def _server(number: int, *, changed: bool = False) -> str:
    team = number % 7
    text = ("Changed. " if changed else "") + _description(number)
    return _SERVER.format(number, team, text, number // SERVERS_PER_ISSUER)


def point(root: Path, org_url: str) -> None:
    """Write the configuration, with the organisation at a URL."""
    (root / "reconciler.yaml").write_text(_CONFIGURATION.format(org_url, TOKEN_VARIABLE), encoding="utf-8")


def change_one_percent(world: World) -> int:
    """Change the description of every hundredth server in place; give how many that are."""
    numbers = range(0, world.servers, CHANGED_EVERY)
    swaps = {_server(number): _server(number, changed=True) for number in numbers}
    for file in sorted((world.root / "registry.d").iterdir()):
        documents = file.read_text(encoding="utf-8").split("---\n")
        file.write_text("---\n".join(swaps.get(document, document) for document in documents), encoding="utf-8")
    return len(numbers)


_LONG_AGO = "2026-01-01T00:00:00.000Z"


def multiply(state: Path, servers: int) -> None:
    """Turn the emulator's state with one applied server into one with as many as a registry of that size describes.

    Applying ten thousand servers takes minutes; copying rows takes a second. A plan that then finds nothing to do is
    the proof that the copy is what an apply would have made.
    """
    database = sqlite3.connect(state)
    database.row_factory = sqlite3.Row
    # Long ago: what has just changed is not remembered between runs.
    database.execute("UPDATE mcp_servers SET created=created-86400, last_updated=last_updated-86400")
    database.execute("UPDATE attachments SET created=created-86400, last_updated=last_updated-86400")
    database.execute(
        "UPDATE log_events SET published=1767225600, document=json_set(document, '$.published', ?)", (_LONG_AGO,)
    )
    server = dict(database.execute("SELECT * FROM mcp_servers").fetchone())
    row = dict(database.execute("SELECT * FROM attachments").fetchone())
    for number in range(1, servers):
        name, issuer = f"Server {number}", f"auth-{number // SERVERS_PER_ISSUER:05d}"
        identity = {"seq": None, "id": f"ems{number:017d}", "resource_url": f"https://mcp-{number:05d}.example.com/mcp"}
        words = {"display_name": name, "folded_name": name.lower(), "description": _description(number)}
        _insert(database, "mcp_servers", server | identity | words)
        owner = {"seq": None, "server_id": identity["id"], "id": f"eas{number // SERVERS_PER_ISSUER:017d}"}
        endpoints = {key: str(row[key]).replace("auth-00000", issuer) for key in ("issuer", "config")}
        _insert(database, "attachments", row | owner | endpoints)
    database.commit()
    database.close()


def _description(number: int) -> str:
    return f"Tools of team {number % 7}, number {number}."


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    holes = ",".join("?" * len(row))
    database.execute(f"INSERT INTO {table}({','.join(row)}) VALUES({holes})", list(row.values()))


def terraform(root: Path, resources: int, *, applied: bool) -> None:
    """Write as many resources with the same three texts; `applied` adds the state that an apply would leave."""
    root.mkdir(parents=True)
    inputs = {f"server_{number:05d}": _input(number) for number in range(resources)}
    blocks = {"resource": {"terraform_data": {name: {"input": value} for name, value in inputs.items()}}}
    (root / "main.tf.json").write_text(json.dumps(blocks), encoding="utf-8")
    if applied:
        state = {
            "version": 4,
            "terraform_version": "1.0.0",
            "serial": resources,
            "lineage": str(uuid.UUID(int=1)),
            "outputs": {},
            "resources": [_instance(name, value) for name, value in inputs.items()],
        }
        (root / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")


def _input(number: int) -> dict[str, str]:
    return {
        "resourceUrl": f"https://mcp-{number:05d}.example.com/mcp",
        "displayName": f"Server {number}",
        "description": _description(number),
    }


def _instance(name: str, value: dict[str, str]) -> dict[str, Any]:
    typed = {"value": value, "type": ["object", dict.fromkeys(value, "string")]}
    identity = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
    attributes = {"id": identity, "input": typed, "output": typed, "triggers_replace": None}
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": name,
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }


def octodns(root: Path, records: int) -> None:
    """Write a zone with as many TXT records, and an empty folder as its target."""
    for folder in ("config", "live"):
        (root / folder).mkdir(parents=True)
    (root / "octodns.yaml").write_text(_OCTODNS, encoding="utf-8")
    lines = [
        f'server-{number:05d}: {{ttl: 300, type: TXT, values: ["Server {number}", "{_input(number)["resourceUrl"]}"]}}'
        for number in range(records)
    ]
    (root / "config" / "example.com.yaml").write_text("---\n" + "\n".join(lines) + "\n", encoding="utf-8")
