"""The secret of a client registration that cannot be had: said with its place, before anything is sent."""

import json

import httpx
import pytest

from .conftest import manifest

REGISTRATION = """\
---
apiVersion: reconciler/v1
kind: ClientRegistration
metadata: {name: tools}
spec: {mcpServer: tools, authorizationServer: tools, clientId: client-1, clientSecret: {%s}}
"""
APPLY = ("apply", "--auto-approve", "--gate", "off")


def folder(path):
    path.mkdir()


def loop(path):
    """What nobody can read, root neither."""
    path.symlink_to(path.name)


VARIABLES = {
    "unset": (None, "is not set"),
    "empty": ("", "is empty"),
    "masked": ("********", "a masked value"),
}
FILES = {
    "missing": (lambda _path: None, "there is no such file"),
    "directory": (folder, "it is a directory"),
    "unreadable": (loop, "symbolic links"),
    "binary": (lambda path: path.write_bytes(b"hunter2\xff\xfe"), "it is not text"),
}


def refused(shop, console, place, reason):
    said = shop(*APPLY)
    assert said.code == 3, said.out + said.err
    assert "RUN031" in said.err
    assert place in said.err
    assert reason in said.err
    assert "hunter2" not in said.out + said.err
    assert console().servers() == [], "nothing was half-sent"
    assert shop("history", "--format", "json").json["runs"] == []
    return True


@pytest.mark.parametrize(("value", "reason"), VARIABLES.values(), ids=VARIABLES)
def test_a_variable_without_a_secret_stops_an_apply_before_the_first_write(shop, console, monkeypatch, value, reason):
    shop.write(manifest() + REGISTRATION % "fromEnv: TOOLS_SECRET")
    monkeypatch.delenv("TOOLS_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("TOOLS_SECRET", value)
    assert refused(shop, console, "environment variable TOOLS_SECRET", reason)


@pytest.mark.parametrize(("make", "reason"), FILES.values(), ids=FILES)
def test_a_file_without_a_secret_stops_an_apply_before_the_first_write(shop, console, make, reason):
    shop.write(manifest() + REGISTRATION % "fromFile: secret")
    make(shop.root / "secret")
    assert refused(shop, console, "file secret", reason)


def test_a_plan_needs_no_secret_and_a_trailing_newline_is_no_part_of_it(shop, monkeypatch):
    shop.write(manifest() + REGISTRATION % "fromFile: secret")
    assert shop("plan", "--gate", "off").code == 0
    (shop.root / "secret").write_text("hunter2-of-the-client\r\n")
    sent, pass_on = [], httpx.WSGITransport.handle_request

    def noting(self, request):
        sent.append(request.read())
        return pass_on(self, request)

    monkeypatch.setattr(httpx.WSGITransport, "handle_request", noting)
    assert shop(*APPLY).code == 0
    [body] = [json.loads(content) for content in sent if b"hunter2" in content]
    assert body["clientSecret"] == "hunter2-of-the-client"
