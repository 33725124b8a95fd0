import json

import pytest

from reconciler.app.secret import demand_secrets, resolve_key, revealer
from reconciler.core.address import Address
from reconciler.core.errors import SecretUnavailable
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, Plan, Reason, Transition
from reconciler.core.secret import SecretRef
from reconciler.core.veil import VEIL
from reconciler.manifests import SecretSource
from tests.support.build import TARGET

HERE = Address("McpServer", "jira")
ENV = SecretRef("env", "SOME_CLIENT_SECRET")


def test_a_secret_is_found_in_the_environment_and_in_files_without_the_line_end(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_CLIENT_SECRET", "from the environment")
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    reveal = revealer(tmp_path)
    assert reveal(ENV) == "from the environment"
    assert reveal(SecretRef("file", "secret")) == "from a file"


@pytest.mark.parametrize("value", ["", "  ", "********", "two\nlines", "ümlaut"])
def test_what_is_no_secret_is_refused_without_being_quoted(value, tmp_path, monkeypatch):
    """A masked value that was copied from a log or a console must never replace the secret."""
    monkeypatch.setenv("SOME_CLIENT_SECRET", value)
    with pytest.raises(SecretUnavailable) as caught:
        revealer(tmp_path)(ENV)
    assert "SOME_CLIENT_SECRET" in str(caught.value)
    assert not value.strip() or value not in str(caught.value)


def test_an_unset_variable_is_told_from_an_empty_one(tmp_path, monkeypatch):
    monkeypatch.delenv("SOME_CLIENT_SECRET", raising=False)
    with pytest.raises(SecretUnavailable, match=r"SOME_CLIENT_SECRET is not set\."):
        revealer(tmp_path)(ENV)
    monkeypatch.setenv("SOME_CLIENT_SECRET", " ")
    with pytest.raises(SecretUnavailable, match=r"SOME_CLIENT_SECRET is empty\."):
        revealer(tmp_path)(ENV)


def test_a_key_keeps_its_lines_and_each_of_them_is_veiled(tmp_path):
    lines = ["-----BEGIN PRIVATE KEY-----", "A" * 64, "B" * 64, "-----END PRIVATE KEY-----"]
    (tmp_path / "key.pem").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert resolve_key(SecretSource(from_file="key.pem"), tmp_path) == "\n".join(lines)
    assert VEIL.over(f"x {'A' * 64} y") == "x *** y"
    assert VEIL.covers(lines[0])


def test_private_members_of_a_jwk_are_veiled_by_themselves(tmp_path, monkeypatch):
    key = {"kty": "EC", "crv": "P-256", "x": "x" * 43, "d": "d" * 43}
    monkeypatch.setenv("K", json.dumps({"keys": [key]}))
    resolve_key(SecretSource(from_env="K"), tmp_path)
    assert VEIL.over(f"{key['d']} {key['x']}") == f"*** {key['x']}"


@pytest.mark.parametrize("text", ["{}", "[]", '{"keys": 1}', '{"keys": [1]}', '{"d": 1}', '{"kty"', "no JSON at all"])
def test_what_is_no_jwk_is_a_secret_all_the_same(text, tmp_path, monkeypatch):
    monkeypatch.setenv("K", text + "      ")
    assert resolve_key(SecretSource(from_env="K"), tmp_path) == text


UNREADABLE = {
    "absent": "there is no such file",
    ".": "it is a directory",
    "binary": "it is not text",
    "binary/x": "there is no such file",
    "large": "it is larger than any secret",
    "\0": "ValueError",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_cannot_be_read_are_named_with_the_reason(name, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * 1_100_000)
    with pytest.raises(SecretUnavailable, match=f"file {name} cannot be read: {UNREADABLE[name]}"):
        revealer(tmp_path)(SecretRef("file", name))


def test_a_plan_whose_secrets_cannot_be_found_is_refused_before_anything_is_sent(tmp_path, monkeypatch):
    monkeypatch.delenv("SOME_CLIENT_SECRET", raising=False)
    document = {"clientSecret": ENV.to_json()}
    create = Create("a", HERE, document, State.ACTIVE)
    move = Transition("b", HERE, "1", "activate", State.INACTIVE, State.ACTIVE, document)
    change = Change(HERE, Action.CREATE, Reason.MISSING, steps=(create, move))
    with pytest.raises(SecretUnavailable, match="SOME_CLIENT_SECRET"):
        demand_secrets(Plan(TARGET, (change,)), revealer(tmp_path))
