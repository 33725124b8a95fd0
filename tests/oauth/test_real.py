"""Servers that nobody here wrote, as installed: the official SDK, FastMCP, the Canaille provider; found as they are."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run

ROOT = Path(__file__).parents[2]
SERVERS = ROOT / "tests" / "support" / "real_servers.py"
WORLD = ROOT / "examples" / "quickstart" / "world.py"


@contextmanager
def started(*program: str) -> Iterator[Callable[[], dict[str, str]]]:
    """Start a program; the function waits for the line that it prints when it is ready."""
    command = [sys.executable, "-W", "ignore", *program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield lambda: json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, str]]:
    """Where each server is; they start side by side."""
    with ExitStack() as stack:
        first = {
            "open": stack.enter_context(started(str(SERVERS), "open")),
            "canaille": stack.enter_context(started(str(SERVERS), "canaille")),
            "world": stack.enter_context(started(str(WORLD), "--mcp-port", "0", "--as-port", "0")),
        }
        issuer = first["canaille"]()["issuer"]
        second = {name: stack.enter_context(started(str(SERVERS), name, issuer)) for name in ("lazy", "fastmcp")}
        world = first["world"]()
        found = {name: ready()["mcp"] for name, ready in (("open", first["open"]), *second.items())}
        more = {"strict": world["mcp"], "world_issuer": world["issuer"], "control": world["control"]}
        yield {**found, "issuer": issuer, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reconciler.yaml").write_text("probe: {allowLoopback: true}\n", encoding="utf-8")
    (tmp_path / "registry.d").mkdir()
    return tmp_path


def manifest(folder: Path, places: dict[str, str], **spec: Any) -> None:
    server = {"type": "external", "issuer": places["issuer"]}
    said = {"resourceUrl": places["mcp"], "authorizationServers": ["idp"], **spec}
    documents = [
        {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name}, "spec": body}
        for kind, name, body in (("AuthorizationServer", "idp", server), ("McpServer", "quickstart", said))
    ]
    text = "\n---\n".join(map(json.dumps, documents))
    (folder / "registry.d" / "all.yaml").write_text(text, encoding="utf-8")


def probed(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = run(["probe", "--chdir", str(folder), "--format", "json", *arguments])
    (server,) = json.loads(capsys.readouterr().out)["servers"]
    return code, server


def failures(server: dict[str, Any], severity: str) -> set[str]:
    return {f["id"] for f in server["findings"] if f["outcome"] == "fail" and f["severity"] == severity}


def standing(server: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["capability"], each["standing"]) for each in server["authorization_servers"]}


def test_the_official_sdk_in_strict_mode_with_its_own_authorization_server(places, folder, capsys) -> None:
    manifest(folder, {"mcp": places["strict"], "issuer": places["world_issuer"]})
    code, server = probed(folder, capsys, "--active")
    assert (code, server["ready"], failures(server, "E")) == (0, True, set())
    assert failures(server, "W") == {"ASM014", "ASM015"}
    assert standing(server) == {("xaa", "no"), ("sts", "verified")}


def test_the_official_sdk_without_authentication_is_open(places, folder, capsys) -> None:
    code, server = probed(folder, capsys, "--active", places["open"])
    assert (code, server["ready"]) == (9, False)
    assert failures(server, "E") == {"MCP003", "PRM001", "CON001"}
    assert "MCP006" in failures(server, "W")


def test_a_lazy_server_before_canaille_is_connectable_once_it_is_declared_so(places, folder, capsys) -> None:
    code, server = probed(folder, capsys, "--active", places["lazy"])
    assert (code, failures(server, "E")) == (9, {"MCP003"})
    assert {"MCP005", "MCP006", "ASM008", "ASM010", "ASM021"} <= failures(server, "W")
    assert standing(server) == {("xaa", "no"), ("sts", "verified")}

    manifest(folder, {"mcp": places["lazy"], "issuer": places["issuer"]}, auth="lazy")
    code, server = probed(folder, capsys, "--active")
    assert (code, server["ready"], failures(server, "E")) == (0, True, set())


def test_fastmcp_names_its_issuer_with_a_slash_that_is_not_there(places, folder, capsys) -> None:
    # pydantic's URL type adds it; clients that compare letter by letter refuse the pair.
    code, server = probed(folder, capsys, "--active", places["fastmcp"])
    assert (code, server["ready"]) == (0, True)
    assert failures(server, "E") == set()
    assert {"PRM010", "ASD004"} <= failures(server, "W")


def test_the_quickstart_world_breaks_heals_and_says_why(places, folder, capsys) -> None:
    manifest(folder, {"mcp": places["strict"], "issuer": places["world_issuer"]}, requires=["sts"])
    for broken, ready, first in ((True, True, ""), ("issuer", False, "ASD004"), (False, True, "")):
        become(places["control"], broken)
        code = run(["probe", "--chdir", str(folder), "--active"])
        told = capsys.readouterr().out
        assert code == (0 if ready else 9), told
        lines = told.splitlines()
        assert lines[1].strip().startswith("Ready: connectable" if ready else "Not ready: not connectable because")
        if first:
            blocked = lines[lines.index("  what stands in the way") + 1]
            assert blocked.strip().startswith(first)
            assert "Fix: " in blocked


def test_what_okta_saw_is_held_against_what_is_seen_now(places, folder, capsys) -> None:
    manifest(folder, {"mcp": places["strict"], "issuer": places["world_issuer"]}, requires=["sts"])
    assert run(["apply", "--chdir", str(folder), "--auto-approve"]) == 0
    capsys.readouterr()

    def okta() -> dict[str, str]:
        _, server = probed(folder, capsys, "--tier", "K")
        return {
            f["id"]: f["outcome"] for f in server["findings"] if f["id"] in {"CON003", "CON004", "CON005", "CON006"}
        }

    assert set(okta().values()) == {"pass"}
    become(places["control"], "issuer")  # Okta looks once a day
    assert okta() == {"CON003": "pass", "CON004": "fail", "CON005": "pass", "CON006": "pass"}
    become(places["control"], broken=False)
    assert set(okta().values()) == {"pass"}


def test_a_client_registration_counts_and_okta_has_to_hold_its_credentials(places, folder, capsys, monkeypatch) -> None:
    monkeypatch.setenv("IDP_CLIENT_SECRET", "never shown")
    manifest(folder, {"mcp": places["strict"], "issuer": places["world_issuer"]}, requires=["sts"])
    client = {"mcpServer": "quickstart", "authorizationServer": "idp", "clientId": "ours", "scopes": ["tools:use"]}
    said = {"apiVersion": "reconciler/v1", "kind": "ClientRegistration", "metadata": {"name": "idp"}}
    document = {**said, "spec": {**client, "clientSecret": {"fromEnv": "IDP_CLIENT_SECRET"}}}

    def creds(*arguments: str) -> tuple[str, str]:
        _, server = probed(folder, capsys, *arguments)
        (found,) = (each for each in server["findings"] if each["id"] == "STS005")
        return found["outcome"], found["origin"]

    assert creds()[0] == "unknown"
    assert run(["apply", "--chdir", str(folder), "--auto-approve"]) == 0
    capsys.readouterr()
    (folder / "registry.d" / "client.yaml").write_text(json.dumps(document), encoding="utf-8")
    assert creds() == ("pass", "static")
    assert creds("--tier", "K")[0] == "fail"  # described, and not yet in Okta
    assert run(["apply", "--chdir", str(folder), "--auto-approve"]) == 0
    capsys.readouterr()
    assert creds("--tier", "K") == ("pass", "control-plane")


def become(control: str, broken: bool | str) -> None:  # noqa: FBT001 - what the world calls it
    request = urllib.request.Request(
        control, json.dumps({"broken": broken}).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()
