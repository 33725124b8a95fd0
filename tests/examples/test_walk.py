"""What the READMEs of the examples promise, done with the command line in a copy of the example."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
NOTHING_TO_DO, CHANGES, REFUSED = 0, 2, 5


class Walk:
    """The command line in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def plan(self, expected: int) -> str:
        done = self("plan", "--detailed-exitcode")
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout

    def apply(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self("apply", "--auto-approve", *options)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new), encoding="utf-8")


@pytest.fixture
def walk(tmp_path, monkeypatch):
    """Copies a folder of the repository and gives its command line."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")

    def copied(*parts: str) -> Walk:
        source = ROOT.joinpath(*parts)
        folder = tmp_path / source.name
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".reconciler", "__pycache__"))
        return Walk(folder)

    return copied


def test_quickstart_registers_notices_and_heals(walk, world, weather):
    here = walk("examples", "quickstart")
    here.edit("reconciler.yaml", "http://127.0.0.1:9101/mcp", world.mcp)
    here.edit("reconciler.yaml", "http://127.0.0.1:9102", world.issuer)
    assert "+ McpServer.quickstart" in here.plan(CHANGES)
    assert here.apply().returncode == 0
    here.plan(NOTHING_TO_DO)
    for fault in (True, "issuer"):
        weather(broken=fault)
        assert "INVALID" in here.plan(CHANGES)
    weather(broken=False)
    assert here.apply().returncode == 0
    here.plan(NOTHING_TO_DO)


def test_quickstart_is_not_activated_while_it_is_broken(walk, world, weather):
    here = walk("examples", "quickstart")
    here.edit("reconciler.yaml", "http://127.0.0.1:9101/mcp", world.mcp)
    here.edit("reconciler.yaml", "http://127.0.0.1:9102", world.issuer)
    assert here.apply().returncode == 0
    weather(broken=True)
    assert here.apply("--wait", "1").returncode != 0
    assert "INVALID" in here.plan(CHANGES)


def test_multi_environment_applies_offline_and_protects(walk):
    here = walk("examples", "multi-environment")
    assert len(re.findall(r"^\+ ", here.plan(CHANGES), re.MULTILINE)) == 3
    assert here.apply().returncode == 0
    here.plan(NOTHING_TO_DO)
    here.edit("registry.d/servers.yaml", "tier: critical}", "tier: critical}\n  state: absent")
    assert "McpServer.orders" in here.plan(REFUSED)
    assert here.apply("--allow-delete").returncode == REFUSED


def test_whole_registry_applies_offline(walk):
    here = walk("registry.d")
    registry = here.folder.rename(here.folder.with_name("servers"))
    here = Walk(registry.parent)
    (here.folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\n"
        "registry: [servers]\n"
        "defaultEnvironment: local\n"
        'environments: {local: {target: {type: embedded, switches: {rate-limit: "0"}}}}\n',
        encoding="utf-8",
    )
    assert here.apply().returncode == 0
    here.plan(NOTHING_TO_DO)
