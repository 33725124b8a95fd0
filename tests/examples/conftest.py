"""A running quickstart world for the tests of this folder."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

WORLD = Path(__file__).parents[2] / "examples" / "quickstart" / "world.py"
PATIENCE = 60.0


@dataclass(frozen=True)
class Running:
    """A world that answers, and where."""

    process: subprocess.Popen[str]
    mcp: str
    issuer: str
    control: str

    @property
    def resource_metadata(self) -> str:
        return self.mcp.removesuffix("/mcp") + "/.well-known/oauth-protected-resource/mcp"

    @property
    def server_metadata(self) -> str:
        return self.issuer + "/.well-known/oauth-authorization-server"


def first_line(process: subprocess.Popen[str]) -> str:
    """The ready line, or a failure after a bounded wait; the world says it when it answers, so nobody polls."""
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=PATIENCE)
    except queue.Empty:
        pytest.fail("the world did not come up in time")
    return line or pytest.fail(f"the world ended before it was ready: {process.stderr.read()}")


@contextmanager
def running_world() -> Iterator[Running]:
    command = [sys.executable, str(WORLD), "--mcp-port", "0", "--as-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process, **json.loads(first_line(process)))
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(PATIENCE)
                finally:
                    process.kill()


@pytest.fixture(scope="session")
def start_world() -> Callable[[], AbstractContextManager[Running]]:
    """Starts a world of its own, for tests that end it."""
    return running_world


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with running_world() as running:
        yield running


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def weather(world: Running, http: httpx.Client) -> Iterator[Callable[..., None]]:
    """Sets what is broken; whatever a test did, the world is whole afterwards."""

    def become(broken: bool | str) -> None:  # noqa: FBT001  # what the control takes
        response = http.post(world.control, json={"broken": broken})
        assert response.json() == {"broken": broken}

    yield become
    become(broken=False)
