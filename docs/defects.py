"""Break the quickstart's real servers in every way listed here, and see what `reconciler probe` says first.

`python docs/defects.py` writes docs/defects.md; with --check it changes nothing and says what is not as written.
Needs the development extra. The servers are those of examples/quickstart/world.py (official SDK), served in this
process behind a thin layer that spoils one answer at a time; the prober is the installed command.
"""

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "defects.md"
QUICKSTART = ROOT / "examples" / "quickstart"
sys.path.insert(0, str(QUICKSTART))

import world  # noqa: E402 - an example that is a program, not a package

RESOURCE, SERVER = f"{world.RESOURCE_METADATA}{world.MCP_PATH}", world.SERVER_METADATA
PATIENCE = 60.0


@dataclass
class Answer:
    """An answer on its way to the client, for a defect to change."""

    status: int
    headers: dict[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """The JSON object that the body holds."""
        made: dict[str, Any] = json.loads(self.body)
        return made


Spoil = Callable[[Answer], None]
Scope = MutableMapping[str, Any]


@dataclass
class Spoiled:
    """An application in front of another: it changes the answers that it is told to change."""

    inner: Any
    spoils: dict[str, Spoil] = field(default_factory=dict)
    """What to do to answers, by method and path."""

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        spoil = self.spoils.get(f"{scope.get('method')} {scope.get('path')}") if scope["type"] == "http" else None
        if spoil is None:
            await self.inner(scope, receive, send)
            return
        answer = Answer(200, {}, b"")

        async def keep(message: Scope) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        await self.inner(scope, receive, keep)
        spoil(answer)
        said = answer.headers | {"content-length": str(len(answer.body))}
        headers = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


@contextlib.contextmanager
def served() -> Iterator[tuple[Spoiled, "world.World"]]:
    """Serve the quickstart's world behind a spoiler, until the end of the block."""
    place = world.World(*(socket.create_server((world.HOST, 0)) for _ in range(2)))
    app = Spoiled(place.app())
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    ready = threading.Event()
    begin = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await begin(sockets)
        ready.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, args=([place.mcp_socket, place.as_socket],), daemon=True)
    thread.start()
    try:
        if not ready.wait(PATIENCE):
            raise TimeoutError
        yield app, place
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


# -- the defects ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Defect:
    """Something done wrong by hand, in an answer or in a manifest; `first` is the check to be told first."""

    name: str
    first: str
    repair: str
    answers: tuple[tuple[str, Spoil], ...] = ()
    manifest: tuple[tuple[str, str], ...] = ()
    """Texts of the manifest, each with what stands in its place."""
    locked: bool = False
    """Whether the sound world was approved with --update-lock before."""


def says(name: str, value: Any) -> Spoil:
    """Give a member of a JSON document another value; None removes it, ISSUER stands for the issuer of the world."""

    def spoil(answer: Answer) -> None:
        changed = answer.document() | {name: value}
        answer.body = json.dumps({name: value for name, value in changed.items() if value is not None}).encode()

    return spoil


def becomes(status: int, body: bytes = b"{}", kind: str = "application/json") -> Spoil:
    """Answer with something else."""

    def spoil(answer: Answer) -> None:
        answer.status, answer.body = status, body
        answer.headers = {"content-type": kind, "cache-control": "no-store"}

    return spoil


def challenges(text: str | None) -> Spoil:
    """Give the refusal another WWW-Authenticate header, or none."""

    def spoil(answer: Answer) -> None:
        answer.headers.pop("www-authenticate", None)
        if text is not None:
            answer.headers["www-authenticate"] = text

    return spoil


def twice(answer: Answer) -> None:
    """Write one member a second time, with another value."""
    answer.body = answer.body.replace(b"{", b'{"resource": "https://evil.example/mcp", ', 1)


def resource(spoil: Spoil) -> tuple[tuple[str, Spoil], ...]:
    return ((f"GET {RESOURCE}", spoil),)


def server(spoil: Spoil) -> tuple[tuple[str, Spoil], ...]:
    return ((f"GET {SERVER}", spoil),)


def endpoint(spoil: Spoil) -> tuple[tuple[str, Spoil], ...]:
    return ((f"POST {world.MCP_PATH}", spoil),)


HTML = b"<!doctype html><title>Welcome</title>"
DEFECTS = (
    Defect("the metadata of the resource is not served", "PRM001", "serve it again", resource(becomes(404))),
    Defect(
        "a page of the web application answers in its place",
        "NET011",
        "route the path before the application",
        resource(becomes(200, HTML, "text/html")),
    ),
    Defect("it holds a member twice", "NET012", "write the member once", resource(twice)),
    Defect(
        "it redirects to another host",
        "NET008",
        "answer there directly",
        resource(lambda answer: _redirect(answer, "https://static.example.com/prm.json")),
    ),
    Defect(
        "it calls the server by another host",
        "PRM005",
        "echo the server's own URL",
        resource(says("resource", "https://mcp.example.com/mcp")),
    ),
    Defect(
        "its resource is a list", "PRM004", "write one string", resource(says("resource", ["https://a.example/mcp"]))
    ),
    Defect(
        "it lists no authorization server", "PRM007", "list the issuer", resource(says("authorization_servers", []))
    ),
    Defect(
        "it lists another authorization server",
        "PRM008",
        "list the declared issuer",
        resource(says("authorization_servers", ["https://login.example.com"])),
    ),
    Defect(
        "it accepts tokens in the query",
        "PRM012",
        "publish header alone",
        resource(says("bearer_methods_supported", ["header", "query"])),
    ),
    Defect(
        "it demands DPoP-bound tokens",
        "PRM015",
        "accept bearer tokens",
        resource(says("dpop_bound_access_tokens_required", value=True)),
    ),
    Defect("the refusal carries no challenge", "WWA001", "send the header", endpoint(challenges(None))),
    Defect("the challenge is Basic", "WWA002", "challenge for Bearer", endpoint(challenges('Basic realm="x"'))),
    Defect("403 instead of 401", "MCP003", "answer 401", endpoint(becomes(403))),
    Defect(
        "the endpoint is gone",
        "MCP001",
        "serve it again",
        tuple((f"{method} {world.MCP_PATH}", becomes(404, b"no", "text/plain")) for method in ("GET", "POST")),
    ),
    Defect("the endpoint fails", "MCP001", "mend the server", endpoint(becomes(500))),
    Defect("the authorization server has no metadata", "ASD002", "publish it", server(becomes(404))),
    Defect(
        "its metadata names another issuer",
        "ASD004",
        "publish one issuer everywhere",
        server(says("issuer", "https://login.example.com")),
    ),
    Defect("no token endpoint is named", "ASM001", "name it", server(says("token_endpoint", None))),
    Defect(
        "a token endpoint in the clear, on another host",
        "ASM002",
        "name an https URL",
        server(says("token_endpoint", "http://tokens.example.com/token")),
    ),
    Defect(
        "a script as authorization endpoint",
        "ASM002",
        "name the page",
        server(says("authorization_endpoint", "javascript:alert(1)")),
    ),
    Defect("no code flow", "ASM006", "offer code", server(says("response_types_supported", ["token"]))),
    Defect(
        "no grant for codes",
        "STS002",
        "allow authorization_code",
        server(says("grant_types_supported", ["client_credentials"])),
    ),
    Defect(
        "public clients only",
        "STS004",
        "allow clients to authenticate",
        server(says("token_endpoint_auth_methods_supported", ["none"])),
    ),
    Defect(
        "a text where a boolean belongs",
        "ASM020",
        "write true without quotes",
        server(says("authorization_response_iss_parameter_supported", "true")),
    ),
    Defect(
        "the token endpoint answers with a page",
        "END001",
        "return OAuth errors as JSON",
        (("POST /token", becomes(200, HTML, "text/html")),),
    ),
    Defect("the authorization page is gone", "END004", "correct the URL", (("GET /authorize", becomes(404)),)),
    Defect("the manifest has a slip in the path", "MCP001", "write /mcp", manifest=(("/mcp", "/mpc"),)),
    Defect(
        "the manifest names another issuer",
        "PRM008",
        "write the issuer that the server names",
        manifest=(("issuer: ISSUER", "issuer: ISSUER/tenant"),),
    ),
    Defect(
        "the server was repointed since it was approved",
        "DRF002",
        "point it back, or approve with --update-lock",
        resource(says("authorization_servers", ["https://login.example.com", "ISSUER"])),
        locked=True,
    ),
    Defect(
        "the token endpoint moved since it was approved",
        "DRF003",
        "move it back, or approve with --update-lock",
        server(says("token_endpoint", "https://tokens.example.com/token")),
        locked=True,
    ),
)


def _redirect(answer: Answer, target: str) -> None:
    answer.status, answer.body = 302, b""
    answer.headers = {"location": target}


# -- examining -----------------------------------------------------------------------------------------------------

Prober = Callable[[Path, tuple[str, ...]], tuple[int, str]]
"""Runs `reconciler probe` in a folder; gives exit code and standard output."""


def installed(folder: Path, arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run the command that is installed beside this interpreter."""
    command = [str(Path(sys.executable).with_name("reconciler")), "probe", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - our own command
    return done.returncode, done.stdout


@dataclass(frozen=True)
class Row:
    """What came of one defect."""

    defect: Defect
    code: int
    first: str
    told: str
    fix: str
    healed: bool

    @property
    def faults(self) -> list[str]:
        """Everything that is not as it should be."""
        checks = (
            (self.first == self.defect.first, f"{self.first or 'nothing'} came first, not {self.defect.first}"),
            (self.code == 9, f"exit code {self.code}"),  # noqa: PLR2004 - not ready
            (self.fix, "no fix was told"),
            (self.healed, "not ready after the repair"),
        )
        return [f"{self.defect.name}: {fault}" for right, fault in checks if not right]


def project(folder: Path, place: "world.World", defect: Defect | None) -> None:
    """Write the quickstart's manifest and configuration for a world, with the defect that is one of the manifest."""
    text = (QUICKSTART / "registry.d" / "quickstart.yaml").read_text(encoding="utf-8")
    text = text.replace("${var.mcpUrl}", place.mcp).replace("${var.issuer}", "ISSUER")
    for old, new in defect.manifest if defect else ():
        text = text.replace(old, new)
    (folder / "registry.d").mkdir(exist_ok=True)
    (folder / "registry.d" / "quickstart.yaml").write_text(text.replace("ISSUER", place.issuer), encoding="utf-8")
    (folder / "reconciler.yaml").write_text("probe: {allowLoopback: true, cache: false}\n", encoding="utf-8")


def examine(app: Spoiled, place: "world.World", defect: Defect, probe: Prober) -> Row:
    """Break, probe, repair, probe."""
    with tempfile.TemporaryDirectory(prefix="reconciler-defect-") as name:
        folder = Path(name)
        if defect.locked:
            project(folder, place, None)
            probe(folder, ("--active", "--update-lock"))
        project(folder, place, defect)
        app.spoils = {where: _placed(spoil, place) for where, spoil in defect.answers}
        code, told = probe(folder, ("--active",))
        app.spoils = {}
        project(folder, place, None)
        healed, _ = probe(folder, ("--active",))
    return Row(defect, code, *_first(told), healed=healed == 0)


def _placed(spoil: Spoil, place: "world.World") -> Spoil:
    """The same, with the issuer of this world where a document says ISSUER."""

    def placed(answer: Answer) -> None:
        spoil(answer)
        answer.body = answer.body.replace(b'"ISSUER"', json.dumps(place.issuer).encode())

    return placed


def _first(told: str) -> tuple[str, str, str]:
    """The first check of a letter: its id, what it saw, and the fix."""
    lines = told.splitlines()
    titles = ("  what stands in the way", "  what has to be mended all the same")
    places = [lines.index(title) for title in titles if title in lines]
    line = lines[places[0] + 1].strip() if places else ""
    said, _, fix = line.partition(" Fix: ")
    code, _, seen = said.partition(" ")
    return code, seen, fix


def rows(probe: Prober) -> Iterator[Row]:
    """Every defect in turn, against one world."""
    with served() as (app, place):
        for defect in DEFECTS:
            yield examine(app, place, defect, probe)


def page(found: list[Row]) -> str:
    """The table as Markdown."""
    head = (
        "# Defects by hand, and what is told first\n\n"
        "Made by `python docs/defects.py`: the quickstart's real MCP server and authorization server, broken in one\n"
        "way at a time, probed by `reconciler probe --active`. Each run ended with exit code 9, and with 0 once the\n"
        "defect was repaired.\n\n"
        "| Defect | First check | What it tells to do | What repaired it |\n|---|---|---|---|\n"
    )
    return head + "".join(map(line, found))


def line(row: Row) -> str:
    """One line of the table."""
    return f"| {row.defect.name} | [{row.first}](checks.md) | {row.fix} | {row.defect.repair} |\n"


def main() -> int:
    """Write, or check; say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when the page is stale")
    check = parser.parse_args().check
    found = []
    for row in rows(installed):
        found.append(row)
        sys.stdout.write(f"{row.first or '-':<7} {row.defect.name}\n        {row.told}\n        Fix: {row.fix}\n")
    faults = [fault for row in found for fault in row.faults]
    text = page(found)
    if not faults and not check:
        PAGE.write_text(text, encoding="utf-8")
    if check and text != (PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""):
        faults.append("docs/defects.md is stale; run python docs/defects.py")
    sys.stdout.write("".join(f"WRONG: {fault}\n" for fault in faults))
    sys.stdout.write(f"{len(found)} defects, {len(faults)} faults.\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
