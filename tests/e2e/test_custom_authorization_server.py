"""An Okta custom authorization server, from its scopes and policies to the metadata of the MCP server that names it."""

import json
from http.server import BaseHTTPRequestHandler

import httpx

from .conftest import PATIENCE, reply

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CUSTOM = f"""\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: agents}}
spec:
  type: okta
  displayName: Agents
  audience: api://agents
  scopes:
    - {{name: "tools:read", description: Look, metadataPublish: ALL_CLIENTS}}
    - {{name: "tools:write", consent: REQUIRED}}
  accessPolicies:
    - name: Agents
      rules:
        - {{name: Read, grantTypes: ["{JWT_BEARER}"], scopes: ["tools:read"], accessTokenLifetimeMinutes: 10}}
"""
SERVERS = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: partner}}
spec: {{type: external, issuer: '{url}'}}
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: tools}}
spec: {{resourceUrl: '{url}/mcp', authorizationServers: [agents, partner], requires: [xaa]}}
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: unpublished}}
spec: {{resourceUrl: 'https://unpublished.test/mcp', authorizationServers: [agents]}}
"""


def test_custom_authorization_server_is_made_published_and_found_in_metadata(project, organisation, stub):
    documents: dict[str, dict] = {}

    def publish(handler: BaseHTTPRequestHandler):
        document = documents.get(handler.path)
        reply(200 if document else 404, json.dumps(document))(handler)

    site = stub(publish)
    project.target(organisation.url)
    project.write(CUSTOM)
    assert project.run("apply", "--auto-approve").code == 0

    [made] = organisation.http.get("/api/v1/authorizationServers", params={"q": "Agents"}).json()
    path = f"/api/v1/authorizationServers/{made['id']}"
    scopes = {scope["name"]: scope for scope in organisation.http.get(f"{path}/scopes").json()}
    assert scopes["tools:read"]["metadataPublish"] == "ALL_CLIENTS"
    assert scopes["tools:write"]["consent"] == "REQUIRED"
    [policy] = organisation.http.get(f"{path}/policies").json()
    [rule] = organisation.http.get(f"{path}/policies/{policy['id']}/rules").json()
    assert rule["conditions"]["grantTypes"]["include"] == [JWT_BEARER]
    assert rule["conditions"]["scopes"]["include"] == ["tools:read"]
    assert rule["actions"]["token"]["accessTokenLifetimeMinutes"] == 10
    published = httpx.get(
        f"{made['issuer']}/.well-known/oauth-authorization-server", trust_env=False, timeout=PATIENCE
    ).json()
    assert published["issuer"] == made["issuer"]
    assert "tools:read" in published["scopes_supported"]

    documents["/.well-known/oauth-protected-resource/mcp"] = {
        "resource": f"{site.url}/mcp",
        "authorization_servers": [made["issuer"], site.url],
    }
    documents["/.well-known/oauth-authorization-server"] = {
        "issuer": site.url,
        "authorization_endpoint": f"{site.url}/authorize",
        "token_endpoint": f"{site.url}/token",
    }
    project.write(SERVERS.format(url=site.url), "servers.yaml")
    assert project.run("apply", "--auto-approve").code == 0
    assert organisation.statuses() == {f"{site.url}/mcp": "ACTIVE", "https://unpublished.test/mcp": "ACTIVE"}
    for server in organisation.servers():
        rows = organisation.http.get(
            f"/resource-servers/api/v1/mcp-servers/{server['id']}/authorization-servers"
        ).json()
        found = {row["type"]: row["id"] for row in rows["data"]}
        assert found["OKTA"] == made["id"]
        assert ("EXTERNAL" in found) == (server["resourceUrl"] == f"{site.url}/mcp")
    assert project.run("plan", "--detailed-exitcode").code == 0
