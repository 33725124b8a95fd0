"""`reconciler init`: a registry to start from."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import remark, say, say_json

_CONFIGURATION = """\
apiVersion: reconciler/v1
registry: [registry.d]
defaultEnvironment: local
environments:
  # An emulated organisation in this folder: try everything without a tenant.
  local:
    target: {type: embedded}
  # production:
  #   target:
  #     type: okta
  #     orgUrl: https://acme.okta.com
  #     auth: {apiToken: {fromEnv: OKTA_API_TOKEN}}
"""
_EXAMPLE = """\
# An MCP server, and the authorization server that protects it. Replace the URLs with your own.
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata:
  name: example
spec:
  type: external
  issuer: https://auth.example.com
  # static: what follows stands in for the provider's metadata. auto: Okta reads the metadata by itself.
  discovery: static
  oauth:
    authorizationEndpoint: https://auth.example.com/authorize
    tokenEndpoint: https://auth.example.com/token
    grantTypes: [authorization_code, refresh_token]
    source: https://auth.example.com/docs
    reviewBy: 2027-06-30
---
apiVersion: reconciler/v1
kind: McpServer
metadata:
  name: example
spec:
  resourceUrl: https://mcp.example.com/mcp
  displayName: Example
  description: What agents can do with it.
  authorizationServers: [example]
"""
_IGNORED = ".reconciler/"


@click.command("init")
@common
def command(chosen: Common) -> int:
    """Start a registry in this folder: reconciler.yaml, an example, and .reconciler/ ignored by git.

    Files that exist are left as they are.
    """
    from reconciler.cli.files import read_text, write_text

    root = chosen.root
    made = []
    (root / "registry.d").mkdir(parents=True, exist_ok=True)
    wanted = {root / "reconciler.yaml": _CONFIGURATION}
    if not any((root / "registry.d").iterdir()):
        wanted[root / "registry.d" / "example.yaml"] = _EXAMPLE
    for path, text in wanted.items():
        if not path.exists():
            write_text(path, text)
            path.chmod(0o644)
            made.append(str(path.relative_to(root)))
    ignore = root / ".gitignore"
    lines = read_text(ignore) if ignore.exists() else ""
    if _IGNORED not in lines.splitlines():
        write_text(ignore, lines + ("" if lines.endswith("\n") or not lines else "\n") + f"{_IGNORED}\n")
        ignore.chmod(0o644)
        made.append(".gitignore")
    if chosen.json:
        say_json({"written": made})
    else:
        say(f"Wrote {', '.join(made)}." if made else "Everything is there already.")
        remark("Next: reconciler validate, reconciler plan, reconciler apply.")
    return 0
