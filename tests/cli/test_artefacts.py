"""Everything that the commands leave behind, in every form there is, searched for every secret that they were given."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from reconciler.core.veil import VEIL
from reconciler.emulator.settings import DEFAULT_API_TOKEN
from tests.support.hub import REPOSITORY, hub
from tests.support.leaks import files, leaks

from .conftest import manifest
from .test_policies import NAMED, demand

CLIENT = "client-secret/of+the_client & more"
MANIFEST = (
    manifest(more="  protect: false\n")
    + """\
---
apiVersion: reconciler/v1
kind: ClientRegistration
metadata: {name: tools}
spec:
  mcpServer: tools
  authorizationServer: tools
  clientId: client-1
  clientSecret: {fromEnv: TOOLS_SECRET}
"""
)
PULL = {
    "repository": {"full_name": REPOSITORY},
    "pull_request": {"number": 7, "head": {"sha": "b" * 40, "repo": {"full_name": REPOSITORY}}},
}
REPORTS = {
    "plan": ("plan.md", "plan.html", "plan.sarif", "policies.xml"),
    "drift": ("drift.md", "drift.html"),
    "probe": ("probe.md", "probe.html", "probe.sarif", "probe.xml", "probe.json"),
}


def reports(command):
    return [word for name in REPORTS[command] for word in ("--report", f"out/{name}")]


JOB = ("--files", "out/job")
COMMANDS = (
    ("validate", "--format", "sarif"),
    ("plan", "--verbose", "--out", "plan.json", *reports("plan")),
    ("github", "plan", *JOB),
    ("show", "plan.json", "--detail"),
    ("show", "plan.json", "--format", "github"),
    ("apply", "plan.json", "--verbose", "--events", "out/events.jsonl"),
    ("apply", "plan.json", "--format", "json"),
    ("history", "show", "1"),
    ("history", "show", "1", "--format", "json"),
    ("state", "show", "ClientRegistration.tools", "--format", "json"),
    ("drift", "--format", "json", "--metrics", "out/drift.prom", *reports("drift")),
    ("github", "drift", "--alarm-unmanaged", *JOB),
    ("probe", "--tier", "0", "--explain-unknown", *reports("probe")),
    ("probe", "--tier", "0", "--format", "github"),
    ("policy", "explain", "short-names"),
    ("graph",),
    ("export",),
)


@pytest.fixture
def town(shop, monkeypatch, tmp_path):
    """A project with a client secret, a policy, and a job at a GitHub on loopback, which is given back."""
    shop.write(MANIFEST)
    demand(shop, NAMED.replace("severity: error", "severity: warning"))
    shop.configure("probe: {gate: 'off'}\n")
    (tmp_path / "event.json").write_text(json.dumps(PULL))
    (tmp_path / "out").mkdir()
    with hub() as served:
        named = {
            "TOOLS_SECRET": CLIENT,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_SHA": "a" * 40,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": served.token(pull_requests="write", issues="write"),
            "GITHUB_API_URL": served.url,
            "GITHUB_OUTPUT": str(tmp_path / "out" / "outputs"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "out" / "summary.md"),
        }
        for variable, value in named.items():
            monkeypatch.setenv(variable, value)
        plain = httpx.HTTPTransport
        monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: plain(verify=False))  # http here, no need of roots
        yield served


def run(shop, served):
    """Run every command; give what each has said, and what each has left."""
    said = {}
    for arguments in COMMANDS:
        done = shop(*arguments)
        said[" ".join(arguments)] = (done.out + done.err).encode()
        assert done.code in {0, 2, 4, 9}, (arguments, done.out + done.err)
    said["comments"] = json.dumps(served.comments).encode()
    said["issues"] = json.dumps(served.issues).encode()
    return said | files(shop.root, but={"event.json"})


def test_no_output_of_any_command_holds_a_secret_and_one_that_is_planted_is_found(shop, town):
    artefacts = run(shop, town)
    names = {Path(name).name for name in artefacts}
    left = {"events.jsonl", "drift.prom", "summary.md", "outputs", "plan.json", "drift.json", "ledger.sqlite"}
    assert names >= {*left, *(name for group in REPORTS.values() for name in group), "okta.sqlite"}
    assert town.comments
    assert town.issues
    assert all(artefacts[name] for name in artefacts if name.split(" ")[0] in REPORTS), (
        "each command has said something"
    )
    [token] = town.tokens
    secrets = {"client secret": CLIENT, "GitHub token": token, "API token": DEFAULT_API_TOKEN}
    assert leaks(artefacts, secrets) == []
    for name, secret in secrets.items():
        for form in (secret, quote(secret, safe=""), base64.b64encode(f"x:{secret}".encode()).decode()):
            assert leaks({**artefacts, "planted": f"<{form}>".encode()}, {name: secret}) == [("planted", name)]


def test_what_somebody_has_written_into_a_manifest_is_in_no_report_either(shop, town):
    """The one way by which a secret could get into all of them: it is there as the name of a server."""
    shop.write(MANIFEST.replace("displayName: Tools", f'displayName: "{CLIENT}"'))
    VEIL.add(CLIENT)  # as after any apply that has sent it
    said = {}
    for arguments in COMMANDS[1:]:
        done = shop(*arguments)
        said[" ".join(arguments)] = (done.out + done.err).encode()
    said |= {"comments": json.dumps(town.comments).encode(), "issues": json.dumps(town.issues).encode()}
    assert leaks(said | files(shop.root / "out", but=set()), {"client secret": CLIENT}) == []
