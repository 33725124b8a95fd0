"""`reconciler init`: a registry to start from."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside
from reconciler.cli.options import common
from reconciler.cli.output import progress, remark, say, say_answer

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
_OF_AN_ORGANISATION = """\
apiVersion: reconciler/v1
registry: [registry.d]
defaultEnvironment: production
environments:
  production:
    target:
      type: okta
      orgUrl: {url}
      auth: {{apiToken: {{fromEnv: OKTA_API_TOKEN}}}}
  # An emulated organisation in this folder: try everything without a tenant.
  local:
    target: {{type: embedded}}
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
_SHOWN = 5


@click.command("init")
@click.option("--from-live", is_flag=True, help="Write manifests for all that the organisation holds, not an example.")
@click.option("--org-url", metavar="URL", help="Begin with this Okta organisation, with its token in OKTA_API_TOKEN.")
@common
def command(chosen: Common, *, from_live: bool, org_url: str | None) -> int:
    """Start a registry in this folder: reconciler.yaml, an example, and .reconciler/ ignored by git.

    Files that exist are left as they are. With --from-live the registry begins with what the organisation holds.
    """
    made = list(_start(chosen.root, org_url, example=not from_live))
    if from_live:
        made += _imported(chosen)
    if chosen.json:
        from reconciler.render.answers import Written

        say_answer(Written(made))
    else:
        say(f"Wrote {', '.join(_shortened(made))}." if made else "Everything is there already.")
        remark("Next: reconciler validate, reconciler plan, reconciler apply.")
    return 0


def _start(root: Path, org_url: str | None, *, example: bool) -> Iterator[str]:
    """Write what is not there yet, and name it."""
    from reconciler.cli.files import read_text, write_text

    (root / "registry.d").mkdir(parents=True, exist_ok=True)
    configuration = _OF_AN_ORGANISATION.format(url=json.dumps(org_url)) if org_url else _CONFIGURATION
    wanted = {root / "reconciler.yaml": configuration}
    if example and not any((root / "registry.d").iterdir()):
        wanted[root / "registry.d" / "example.yaml"] = _EXAMPLE
    for path, text in wanted.items():
        if not path.exists():
            write_text(path, text)
            path.chmod(0o644)
            yield str(path.relative_to(root))
    ignore = root / ".gitignore"
    lines = read_text(ignore) if ignore.exists() else ""
    if _IGNORED not in lines.splitlines():
        write_text(ignore, lines + ("" if lines.endswith("\n") or not lines else "\n") + f"{_IGNORED}\n")
        ignore.chmod(0o644)
        yield ".gitignore"


def _imported(chosen: Common) -> Iterator[str]:
    """Describe everything that is there, and name the files."""
    from reconciler import app
    from reconciler.app import adopting

    workspace = app.open_workspace(chosen.root, chosen.environment)
    with progress("Reading the organisation"):
        prepared = adopting.propose(workspace, adopting.Wish(everything=True), adopting.Placing())
    report_aside(prepared.proposal.notes)
    adopting.write(workspace, prepared)
    yield from (file.name for file in prepared.texts)


def _shortened(made: Sequence[str]) -> Sequence[str]:
    hidden = len(made) - _SHOWN
    return made if hidden <= 1 else [*made[:_SHOWN], f"and {hidden} files more"]
