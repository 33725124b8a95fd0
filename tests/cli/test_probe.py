"""`reconciler probe` as a user meets it: what is asked, what is told, in which format, with which exit code."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from tests.support.endpoint import NOT_FOUND, Endpoint, authority_file
from tests.support.estate import AS, SERVER, Estate, estate

HERE = ("localhost", "127.0.0.1")


class Repository:
    """A folder whose manifests describe a served estate."""

    def __init__(self, root: Path, made: Estate, endpoint: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.estate, self.endpoint, self._capsys = root, made, endpoint, capsys
        (root / "ca.pem").write_bytes(Path(authority_file()).read_bytes())
        self.configure("{allowLoopback: true, caFile: ca.pem}")
        self.write()

    def configure(self, probe: str) -> None:
        (self.root / "reconciler.yaml").write_text(f"probe: {probe}\n", encoding="utf-8")

    def write(self, **more: Any) -> None:
        server = {"type": "external", "issuer": self.estate.issuer}
        said = {"resourceUrl": self.estate.url, "authorizationServers": ["idp"], "requires": ["sts"], **more}
        (self.root / "registry.d").mkdir(exist_ok=True)
        head = "apiVersion: reconciler/v1\nkind: AuthorizationServer\nmetadata: {name: idp}\n"
        (self.root / "registry.d" / "all.yaml").write_text(
            f"{head}spec: {json.dumps(server)}\n"
            "---\napiVersion: reconciler/v1\nkind: McpServer\n"
            f"metadata: {{name: jira, labels: {{team: collab}}}}\nspec: {json.dumps(said)}\n",
            encoding="utf-8",
        )

    def probe(self, *arguments: str) -> tuple[int, str, str]:
        code = run(["probe", "--chdir", str(self.root), *arguments])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def break_it(self) -> None:
        self.estate.routes[AS, f"GET {SERVER}"] = NOT_FOUND


@pytest.fixture
def repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Repository]:
    with estate(hosts=HERE) as (made, endpoint):
        yield Repository(tmp_path, made, endpoint, capsys)


def test_tells_the_verdict_first(repository: Repository) -> None:
    code, out, _ = repository.probe("--active")
    assert code == 0
    assert out.splitlines()[:2] == [
        f"McpServer.jira  {repository.estate.url}  registry.d/all.yaml:6:1",
        "  Ready: connectable: AuthorizationServer.idp by STS (verified)",
    ]
    assert out.splitlines()[-1] == "1 server: 1 ready."


def test_tells_what_blocks_and_how_to_repair_it(repository: Repository) -> None:
    repository.break_it()
    code, out, _ = repository.probe()
    assert code == 9
    assert "Not ready: not connectable because AuthorizationServer.idp: STS blocked by ASD002" in out
    assert "ASD002 found: AuthorizationServer.idp:" in out
    assert "Fix: Publish" in out


def test_a_url_that_is_in_no_file(repository: Repository) -> None:
    (repository.root / "registry.d" / "all.yaml").write_text("nonsense: [", encoding="utf-8")
    code, out, _ = repository.probe(repository.estate.url)
    assert (code, out.splitlines()[0]) == (0, repository.estate.url)


def test_faulty_manifests_are_told_when_they_are_asked_for(repository: Repository) -> None:
    repository.write(resourceUrl="ftp://x")
    assert repository.probe("jira")[0] == 3
    assert repository.endpoint.seen == []


@pytest.mark.parametrize(
    ("arguments", "servers"),
    [
        (("jira",), 1),
        (("McpServer.jira", "jira"), 1),
        (("--select", "team=collab"), 1),
        (("--select", "team=other"), 0),
        (("jira", "--select", "team=other"), 0),
    ],
)
def test_chooses_servers(repository: Repository, arguments: tuple[str, ...], servers: int) -> None:
    code, out, _ = repository.probe("--format", "json", "--tier", "0", *arguments)
    assert (code, len(json.loads(out)["servers"])) == (0, servers)
    assert repository.endpoint.seen == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("McpServer.jria",),
        ("AuthorizationServer.idp",),
        ("--select", "team"),
        ("--tier", "X"),
        ("--format", "yaml"),
        ("--untrusted", "--active"),
        ("--untrusted", "--tier", "K"),
        ("--untrusted", "--update-lock"),
    ],
)
def test_a_wrong_call_is_a_usage_error_and_asks_nothing(repository: Repository, arguments: tuple[str, ...]) -> None:
    assert repository.probe(*arguments)[0] == 64
    assert repository.endpoint.seen == []


def test_an_untrusted_run_takes_nothing_from_the_file(repository: Repository) -> None:
    code, out, _ = repository.probe("--untrusted", "--allow-host", "localhost")
    assert (code, repository.endpoint.seen) == (9, [])
    assert "CFG016" in out
    assert repository.probe("--untrusted", "--allow-host", "localhost", "--allow-host", "127.0.0.1")[0] == 0
    assert repository.endpoint.seen == []


def test_nothing_is_asked_on_this_machine_unless_it_is_allowed(repository: Repository) -> None:
    repository.configure("{caFile: ca.pem}")
    code, _, _ = repository.probe()
    assert repository.endpoint.seen == []
    assert code in {0, 9}


def test_hosts_that_are_not_listed_are_not_asked(repository: Repository) -> None:
    repository.configure("{allowLoopback: true, caFile: ca.pem, allowHosts: [mcp.example.com]}")
    code, _, _ = repository.probe()
    assert (code, repository.endpoint.seen) == (0, [])
    repository.probe("--allow-host", "localhost")
    assert {str(request.header("host")).partition(":")[0] for request in repository.endpoint.seen} == {"localhost"}


def test_sarif_points_at_the_line_of_the_manifest(repository: Repository) -> None:
    repository.break_it()
    code, out, _ = repository.probe("--format", "sarif")
    run_ = json.loads(out)["runs"][0]
    found = {result["ruleId"]: result for result in run_["results"]}
    assert (code, json.loads(out)["version"]) == (9, "2.1.0")
    assert run_["tool"]["driver"]["rules"][found["ASD002"]["ruleIndex"]]["id"] == "ASD002"
    place = found["ASD002"]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "registry.d/all.yaml"}, "region": {"startLine": 1, "startColumn": 1}}


def test_junit_and_markdown_say_the_same(repository: Repository) -> None:
    repository.break_it()
    failures = ET.fromstring(repository.probe("--format", "junit")[1]).iter("failure")
    assert {failure.get("type") for failure in failures} >= {"found", "connectable"}
    markdown = repository.probe("--format", "markdown")[1]
    assert "error **ASD002** found at `registry.d/all.yaml:1:1`" in markdown


def test_the_lock_is_written_once_and_a_moved_endpoint_is_noticed(repository: Repository) -> None:
    file = repository.root / "reconciler.lock.json"
    assert "was updated" in repository.probe("--update-lock")[2]
    first = file.read_bytes()
    assert repository.probe("--update-lock")[2] == ""
    assert file.read_bytes() == first

    repository.configure("{allowLoopback: true, caFile: ca.pem, cache: false}")
    repository.estate.server["token_endpoint"] = f"https://localhost:{repository.estate.port}/token"
    code, out, _ = repository.probe()
    assert code == 9
    assert "DRF003" in out
    assert file.read_bytes() == first


def test_a_damaged_lock_stops_the_run(repository: Repository) -> None:
    (repository.root / "reconciler.lock.json").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    code, _, err = repository.probe()
    assert (code, repository.endpoint.seen) == (3, [])
    assert "RUN032" in err


def test_what_speaks_for_a_server_is_not_asked_again_within_its_time(repository: Repository) -> None:
    repository.probe()
    before = len(repository.endpoint.seen)
    repository.probe()
    second = len(repository.endpoint.seen) - before
    assert second <= before / 2
    repository.configure("{allowLoopback: true, caFile: ca.pem, cache: false}")
    repository.probe()
    assert len(repository.endpoint.seen) == 2 * before + second


def test_a_ca_file_that_is_not_there_is_named(repository: Repository) -> None:
    repository.configure("{allowLoopback: true, caFile: gone.pem}")
    code, _, err = repository.probe()
    assert code == 1
    assert "gone.pem" in err


def test_the_contact_is_told(repository: Repository) -> None:
    repository.configure("{allowLoopback: true, caFile: ca.pem, contact: 'https://example.com/us'}")
    repository.probe()
    assert all("(+https://example.com/us)" in str(seen.header("user-agent")) for seen in repository.endpoint.seen)


def test_a_bug_in_a_check_is_told_and_ends_nothing_else(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.oauth import probe

    def broken(_observation: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(probe, "conclude", broken)
    code, out, _ = repository.probe()
    assert code == 1
    assert "this program has a bug (KeyError)" in out
    assert "secret" not in out


def test_explains_what_could_not_be_observed(repository: Repository) -> None:
    assert "MCP001" not in repository.probe()[1]
    assert "no opening request was sent (MCP001 MCP002" in repository.probe("--explain-unknown")[1]


def test_tier_k_reads_what_the_organisation_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "registry.d").mkdir()
    (tmp_path / "registry.d" / "all.yaml").write_text(
        """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: agents}
spec:
  type: okta
  displayName: Agents
  audience: api://agents
  scopes: [{name: "tools:use"}]
  accessPolicies:
  - name: agents
    rules:
    - {name: xaa, grantTypes: ["urn:ietf:params:oauth:grant-type:jwt-bearer"]}
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: jira}
spec: {resourceUrl: "https://mcp.example.invalid/mcp", authorizationServers: [agents]}
""",
        encoding="utf-8",
    )
    where = ["--chdir", str(tmp_path)]
    (tmp_path / "reconciler.yaml").write_text("probe: {allowHosts: [nobody.example]}\n", encoding="utf-8")

    def xaa(tier: str) -> str:
        run(["probe", *where, "--tier", tier, "--format", "json"])
        (server,) = json.loads(capsys.readouterr().out)["servers"]
        return next(a["standing"] for a in server["authorization_servers"] if a["capability"] == "xaa")

    assert xaa("G") == "declared"
    run(["apply", *where, "--auto-approve", "--wait", "5"])
    capsys.readouterr()
    assert xaa("K") == "verified"
