"""What an end-to-end test needs: the installed command, organisations on real sockets, and folders to work in."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from tests.support.documents import pair
from tests.support.warm import client

ROOT = Path(__file__).parents[2]
RECONCILER = Path(sys.executable).with_name("reconciler")
PATIENCE = 90.0
TOKEN = "local-development-token"
HEADERS = {"Authorization": f"SSWS {TOKEN}"}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(more: Mapping[str, str | None] = {}) -> dict[str, str]:
    """The environment of a command: this one, less what would colour or steer it; None removes a variable."""
    steering = ("RECONCILER_", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    merged = {**kept, "OKTA_API_TOKEN": TOKEN, **more}
    return {name: value for name, value in merged.items() if value is not None}


@contextmanager
def running(command: list[str], **how: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program; when the block ends, whatever happened there, the program does as well."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdout=pipe, stderr=pipe, text=True, **how) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass
class Project:
    """A folder with manifests and a target."""

    root: Path
    files: int = field(default=0)
    warm: ClassVar[str] = ""
    """What stands for the installed command where its start is not the question."""

    def run(self, *arguments: str, env: Mapping[str, str | None] = {}) -> Done:
        """Run a command here; whatever happens, nobody is shown a traceback or a token."""
        done = subprocess.run(
            [self.warm, *arguments],
            cwd=self.root,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        for text in (done.stdout, done.stderr):
            assert "Traceback" not in text
            assert "has a bug" not in text
            assert TOKEN not in text
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Start the installed command in a process group of its own."""
        return running([str(RECONCILER), *arguments], cwd=self.root, stdin=subprocess.DEVNULL, process_group=0)

    def write(self, text: str, name: str = "manifest.yaml") -> None:
        folder = self.root / "registry.d"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    def servers(self, *names: str) -> None:
        """One MCP server with a static external authorization server for each name."""
        self.write("---\n".join(pair(name) for name in names))

    def target(self, org_url: str, secret: str = "{fromEnv: OKTA_API_TOKEN}") -> None:
        (self.root / "reconciler.yaml").write_text(
            "probe: {gate: 'off'}\n"  # the servers of these stories exist on paper only
            "environments:\n  local:\n    target:\n      type: okta\n"
            f"      orgUrl: {org_url}\n      auth: {{apiToken: {secret}}}\n",
            encoding="utf-8",
        )


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with client(tmp_path_factory.mktemp("warm")) as script:
        Project.warm = str(script)
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One MCP server, and no target yet."""
    made = Project(tmp_path)
    made.servers("alpha")
    return made


@pytest.fixture
def copied(tmp_path: Path) -> Callable[..., Project]:
    """Copies files and folders of this repository into a project."""

    def copy(*sources: Path) -> Project:
        for source in sources:
            if source.is_dir():
                shutil.copytree(source, tmp_path / source.name)
            else:
                shutil.copy(source, tmp_path)
        return Project(tmp_path)

    return copy


def first_line(process: subprocess.Popen[str]) -> str:
    """The line by which a program says that it is ready; a failure when it does not come."""
    assert process.stdout is not None
    stream, lines = process.stdout, queue.Queue[str]()
    threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        return lines.get(timeout=PATIENCE).strip()
    except queue.Empty:
        pytest.fail("the program did not come up in time")


@contextmanager
def program(command: list[str], cwd: Path = ROOT, said: list[str] | None = None) -> Iterator[str]:
    """Run a program until the block ends; gives its first line. What else it printed is then added to `said`."""
    with running(command, cwd=cwd) as process:
        try:
            yield first_line(process) or pytest.fail(str(process.communicate()))
        finally:
            process.send_signal(signal.SIGTERM)
            printed = process.communicate(timeout=PATIENCE)
            if said is not None:
                said += printed


@dataclass(frozen=True)
class Organisation:
    """An emulated organisation in a process of its own, and a client that is not ours."""

    url: str
    http: httpx.Client

    def servers(self) -> list[dict[str, Any]]:
        found = self.http.get("/resource-servers/api/v1/mcp-servers", params={"limit": 200}).json()
        assert "next" not in found["_links"]
        return list(found["data"])

    def statuses(self) -> dict[str, str]:
        """Status by URL; fails on a duplicate."""
        found = self.servers()
        urls = [server["resourceUrl"].removesuffix("/") for server in found]
        assert sorted(set(urls)) == sorted(urls), "an MCP server was registered twice"
        return {server["resourceUrl"]: server["status"] for server in found}

    def writes(self) -> int:
        return int(self.http.get("/_emulator/requests").json()["writes"])

    def forget_requests(self) -> None:
        self.http.delete("/_emulator/requests").raise_for_status()


@contextmanager
def emulator(*arguments: str, said: list[str] | None = None) -> Iterator[Organisation]:
    command = [str(RECONCILER), "emulator", "serve", "--port", "0", "--switch", "rate-limit=0", *arguments]
    with (
        program(command, said=said) as url,
        httpx.Client(base_url=url, headers=HEADERS, trust_env=False, timeout=PATIENCE) as client,
    ):
        yield Organisation(url, client)


@pytest.fixture(scope="session")
def shared_organisation() -> Iterator[Organisation]:
    with emulator("--operation-delay", "0", "--switch", "max-servers=0") as served:
        yield served


@pytest.fixture
def organisation(shared_organisation: Organisation) -> Organisation:
    """An empty organisation without delays."""
    shared_organisation.http.post("/_emulator/reset").raise_for_status()
    return shared_organisation


@pytest.fixture
def serve() -> Iterator[Callable[..., Organisation]]:
    """Serves organisations with options of their own."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(emulator(*arguments))


Reply = Callable[[BaseHTTPRequestHandler], None]


def reply(
    status: int, body: str = "", media: str = "application/json", headers: Mapping[str, str] = {}, cut: int = 0
) -> Reply:
    """An answer; `cut` promises so many bytes more than are sent."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = body.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", media)
        handler.send_header("Content-Length", str(len(content) + cut))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = bool(cut)

    return answer


class Stub:
    """A web server that answers everything the same way, and remembers what it was asked: line, headers and body."""

    def __init__(self, answer: Reply) -> None:
        self.asked: list[tuple[str, str]] = []
        self.heard: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(handler) -> None:  # noqa: N805 - the stub is `self` here
                body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
                self.asked.append((handler.command, handler.path))
                self.heard.append(f"{handler.requestline}\n{handler.headers}{body.decode()}")
                answer(handler)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - names of the library

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @contextmanager
    def served(self) -> Iterator["Stub"]:
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()


@pytest.fixture
def stub() -> Iterator[Callable[[Reply], Stub]]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(Stub(answer).served())


@pytest.fixture
def world() -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """Starts the real MCP server and authorization server of the quickstart; gives what they say of themselves."""
    with ExitStack() as stack:
        script = str(ROOT / "examples" / "quickstart" / "world.py")
        command = [sys.executable, script, "--mcp-port", "0", "--as-port", "0"]
        yield lambda: json.loads(stack.enter_context(program(command)))
