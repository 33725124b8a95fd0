"""The emulator as a process: first line, signals, restart, and what only a socket can show."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.emulator.serve import ServeOptions, run
from reconciler.emulator.switches import SwitchError

ROOT = Path(__file__).parents[2]
SERVERS = "/resource-servers/api/v1/mcp-servers"
PROGRAM = """
import json, sys
from reconciler.emulator.serve import ServeOptions, run
run(ServeOptions(**json.loads(sys.argv[1])))
"""


@contextmanager
def process(**options):
    """A served emulator: the process and its base URL."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(options)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child, child.stdout.readline().strip()
        finally:
            child.kill()


def client(base, token="local-development-token"):
    return httpx.Client(base_url=base, headers={"Authorization": f"SSWS {token}"}, trust_env=False, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_line_is_the_base_url_and_a_signal_ends_it_with_zero(number):
    with process() as (child, base), client(base) as http:
        assert base.startswith("http://127.0.0.1:")
        assert http.get("/_emulator/health").json()["status"] == "ok"
        custom = http.get("/api/v1/authorizationServers/default").json()
        assert custom["issuer"] == f"{base}/oauth2/{custom['id']}"
        child.send_signal(number)
        assert child.wait(10) == 0
        assert child.stdout.read() == ""
        assert child.stderr.read() == ""


def test_a_killed_process_loses_nothing(tmp_path):
    options = {"state": str(tmp_path / "state.db"), "operation_delay": 30.0, "api_token": "mine"}
    with process(**options) as (child, base), client(base, "mine") as http:
        answer = http.post(SERVERS, json={"resourceUrl": "https://a.test/", "discoveryType": "MANUAL"})
        location = httpx.URL(answer.headers["Location"]).path
        assert http.get(location).json()["status"] == "SCHEDULED"
        child.kill()
        child.wait(10)
    with process(**options) as (_, base), client(base, "mine") as http:
        assert http.get(location).json()["status"] == "SCHEDULED"
        assert len(http.get(SERVERS).json()["data"]) == 1


def talk(base, request):
    """Send bytes, read until the server closes."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer.decode("latin-1")


def test_what_only_a_socket_can_show():
    head = "Host: x\r\nAuthorization: SSWS local-development-token\r\nConnection: close\r\n"
    with process() as (_, base):
        for method in ("POST", "PUT"):
            path = SERVERS if method == "POST" else "/api/v1/authorizationServers/default"
            answer = talk(base, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
            assert answer.startswith("HTTP/1.1 411")
        answer = talk(
            base, f"POST {SERVERS}/emsX/lifecycle/activate HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n".encode()
        )
        assert answer.startswith("HTTP/1.1 404")
        body = '{"resourceUrl": "https://a.test/"}'
        chunked = (
            f"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
        )
        answer = talk(base, f"POST {SERVERS} HTTP/1.1\r\n{head}{chunked}".encode())
        assert answer.startswith("HTTP/1.1 202")
        assert answer.count("\r\nDate: ") == 1
        answer = talk(base, f"GET /caf%C3%A9%zz%ff HTTP/1.1\r\n{head}\r\n".encode())
        assert answer.startswith("HTTP/1.1 404")


def test_a_wrong_switch_is_refused_before_anything_is_served(capsys):
    with pytest.raises(SwitchError, match="rate-limit"):
        run(ServeOptions(switches={"rate-limits": "1"}))
    assert capsys.readouterr().out == ""


def test_a_port_in_use_is_an_os_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            run(ServeOptions(port=taken.getsockname()[1]))


def test_a_wildcard_host_is_shown_as_loopback():
    with process(host="0.0.0.0") as (_, base), client(base) as http:
        assert base.startswith("http://127.0.0.1:")
        assert http.get("/_emulator/health").status_code == 200
