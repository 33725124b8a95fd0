"""The documents that most stories begin with: an outside authorization server, and an MCP server that trusts it."""

_EXTERNAL = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: {name}}}
spec:
  type: external
  issuer: {issuer}
  discovery: static
  oauth:
    authorizationEndpoint: {issuer}/authorize
    tokenEndpoint: {issuer}/token
    grantTypes: [authorization_code]
    source: a test
    reviewBy: 2099-01-01
"""
_SERVER = """\
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: {name}{state}}}
spec:
  resourceUrl: https://{name}.mcp.test/mcp
  displayName: {title}
  authorizationServers: [{name}]
{more}"""


def external(name: str, issuer: str = "") -> str:
    """An authorization server whose endpoints are written down, so that nobody asks it."""
    return _EXTERNAL.format(name=name, issuer=issuer or f"https://{name}.auth.test")


def pair(name: str, title: str = "", state: str = "", more: str = "") -> str:
    """An MCP server and its authorization server, both of one name; `state` and `more` are put in as they are."""
    return external(name) + _SERVER.format(name=name, title=title or name, state=state, more=more)
