"""Take the pictures of the documentation anew: `make pictures`.

A small organisation is made on the emulator, changed on both sides, and planned; drift and readiness are looked at.
What the three commands write for a browser is opened in Chromium (the system's package) and photographed. How letters
are drawn differs from machine to machine, so no test compares the bytes.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import defects
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
TOKEN = "local-development-token"  # noqa: S105 - the emulator's, known to everybody


@dataclass(frozen=True)
class Picture:
    """One picture: which report, in which light, in a window of which size, filtered by which risk."""

    report: str
    scheme: str
    width: int
    height: int
    risk: str = ""


PICTURES = {
    "report-light": Picture("plan", "light", 1100, 1150),
    "report-dark": Picture("plan", "dark", 1100, 1150),
    "report-filtered": Picture("plan", "light", 1100, 800, risk="high"),
    "report-narrow": Picture("plan", "light", 390, 1100),
    "drift": Picture("drift", "light", 1100, 900),
    "probe": Picture("probe", "light", 1100, 900),
}

SETTINGS = """\
apiVersion: reconciler/v1
defaultEnvironment: production
probe: {gate: "off"}
policies: {builtin: [https-only, named-clients, no-wildcard-scopes]}
environments:
  production:
    target:
      type: okta
      orgUrl: URL
      auth: {apiToken: {fromEnv: OKTA_API_TOKEN}}
"""
SIGN_IN = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: corp}
spec:
  type: external
  issuer: https://sso.example.com
  discovery: static
  oauth:
    authorizationEndpoint: https://sso.example.com/authorize
    tokenEndpoint: https://sso.example.com/token
    grantTypes: [authorization_code, refresh_token]
    source: the identity team
    reviewBy: 2099-06-30
---
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: agents}
spec:
  type: okta
  displayName: Agents
  audience: api://agents
  scopes: [{name: "orders:read", displayName: Read orders}]
  accessPolicies:
    - name: Agents
      rules:
        - name: Identity assertions
          grantTypes: ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
          scopes: ["orders:read"]
          accessTokenLifetimeMinutes: 15
"""
SERVER = """\
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: {name}}}
spec:
  resourceUrl: https://{name}.example.com/mcp
  displayName: {title}
  description: {description}
  authorizationServers: [{by}]
"""
CLIENT = """\
---
apiVersion: reconciler/v1
kind: ClientRegistration
metadata: {name: wiki}
spec:
  mcpServer: wiki
  authorizationServer: corp
  clientId: okta-at-wiki
  clientSecret: {fromEnv: WIKI_SECRET, generation: 1}
"""
FIRST = {
    "sign-in": SIGN_IN,
    "jira": SERVER.format(name="jira", title="Jira", description="Issues of one project.", by="corp"),
    "wiki": SERVER.format(name="wiki", title="Wiki", description="Pages and comments.", by="corp") + CLIENT,
    "orders": SERVER.format(name="orders", title="Orders", description="Orders and returns.", by="agents")
    + "  protect: true\n",
    "search": SERVER.format(name="search", title="Search", description="The old search.", by="corp"),
}


def _next() -> dict[str, str]:
    """The registry of the branch that is reviewed."""
    wider = SIGN_IN.replace("displayName: Read orders}]", 'displayName: Read orders}, {name: "orders:write"}]')
    return {
        "sign-in": wider.replace('scopes: ["orders:read"]\n', 'scopes: ["orders:read", "orders:write"]\n'),
        "jira": FIRST["jira"].replace("of one project", "and projects, for all teams"),
        "wiki": FIRST["wiki"].replace("wiki.example.com", "handbook.example.com"),
        "orders": FIRST["orders"].replace("{name: orders}", "{name: orders, state: absent}"),
        "search": FIRST["search"].replace("{name: search}", "{name: search, state: absent}"),
        "reports": SERVER.format(name="reports", title="Reports", description="Figures of the quarter.", by="agents"),
    }


def main() -> int:
    """Take all of them."""
    if (found := shutil.which("chromium")) is None:
        sys.exit("The pictures need Chromium: apt-get install chromium")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plan_and_drift(folder / "organisation")
        readiness(folder / "readiness")
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, picture in PICTURES.items():
            page = browser.new_page(
                viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.scheme
            )
            _take(page, next(folder.glob(f"*/{picture.report}.html")), picture, IMAGES / f"{name}.png")
        browser.close()
    return 0


def _take(page: Page, report: Path, picture: Picture, target: Path) -> None:
    page.goto(report.as_uri())
    if picture.risk:
        page.get_by_label("Risk").select_option(picture.risk)
        page.get_by_role("button", name="Expand all").click()
    target.write_bytes(page.screenshot())
    sys.stdout.write(f"wrote {target.name}\n")


def plan_and_drift(folder: Path) -> None:
    """Write plan.html and drift.html of an organisation that both sides have changed."""
    with _emulator() as url:
        _write(folder, url, FIRST)
        _reconciler(folder, "apply", "--auto-approve")
        _by_hand(url, "jira", {"displayName": "Jira (do not touch)"})
        _by_hand(url, "orders", {"description": "Orders, returns and refunds."})
        accept = ("--owner", "shop@example.com", "--reason", "Until the audit is over.", "--expires", "2099-06-30")
        _reconciler(folder, "drift", "accept", "McpServer.orders.description", *accept)
        _reconciler(folder, "drift", "--report", "drift.html", ends=2)
        _write(folder, url, _next())
        _reconciler(folder, "plan", "--report", "plan.html", ends=5)


def readiness(folder: Path) -> None:
    """Write probe.html of two real servers, one of which is broken."""
    with defects.served() as (_, sound), defects.served() as (_, broken):
        for place, name in ((sound, "calendar"), (broken, "tickets")):
            (folder / name).mkdir(parents=True)
            defects.project(folder / name, place, None)
            text = (folder / name / "registry.d" / "quickstart.yaml").read_text(encoding="utf-8")
            text = text.replace("name: quickstart", f"name: {name}").replace("[quickstart]", f"[{name}]")
            (folder / "registry.d").mkdir(exist_ok=True)
            (folder / "registry.d" / f"{name}.yaml").write_text(text, encoding="utf-8")
        (folder / "reconciler.yaml").write_text(
            "probe: {allowLoopback: true, cache: false, vantage: the CI runner}\n", encoding="utf-8"
        )
        told = urllib.request.Request(  # noqa: S310 - it is http, and this machine
            broken.control, json.dumps({"broken": "issuer"}).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(told).close()  # noqa: S310
        _reconciler(folder, "probe", "--active", "--report", "probe.html", ends=9)


def _write(folder: Path, url: str, registry: dict[str, str]) -> None:
    (folder / "registry.d").mkdir(parents=True, exist_ok=True)
    (folder / "reconciler.yaml").write_text(SETTINGS.replace("URL", url), encoding="utf-8")
    for name, text in registry.items():
        (folder / "registry.d" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _reconciler(folder: Path, *arguments: str, ends: int = 0) -> None:
    environment = {**os.environ, "OKTA_API_TOKEN": TOKEN, "WIKI_SECRET": "a-secret-of-the-wiki"}
    command = [sys.executable, "-m", "reconciler", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != ends:
        sys.exit(
            f"reconciler {' '.join(arguments)} ended with {done.returncode}, not {ends}:\n{done.stdout}{done.stderr}"
        )


@contextmanager
def _emulator() -> Iterator[str]:
    command = [sys.executable, "-m", "reconciler", "emulator", "serve", "--port", "0", "--switch", "rate-limit=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:  # noqa: S603 - our own program
        assert serving.stdout is not None
        try:
            yield serving.stdout.readline().strip()
        finally:
            serving.terminate()


def _by_hand(url: str, name: str, change: dict[str, str]) -> None:
    """What somebody does in the admin console."""
    servers = f"{url}/resource-servers/api/v1/mcp-servers"
    headers = {"Authorization": f"SSWS {TOKEN}", "Content-Type": "application/merge-patch+json"}
    with urllib.request.urlopen(urllib.request.Request(servers, headers=headers)) as answer:  # noqa: S310
        [found] = [each["id"] for each in json.load(answer)["data"] if f"//{name}." in each["resourceUrl"]]
    body = json.dumps(change).encode()
    urllib.request.urlopen(urllib.request.Request(f"{servers}/{found}", body, headers, method="PATCH")).close()  # noqa: S310


if __name__ == "__main__":
    sys.exit(main())
