"""What may be shown: nothing secret, nothing that a terminal acts upon, nothing long."""

import pytest

from reconciler.manifests.show import dotted, escaped, found, is_credential, is_secret_key, kind_of, needs_care, shown
from tests.manifests.faults import TOKEN

CREDENTIALS = [
    TOKEN,
    "xox" + "b-1234567890-abcdefghij",
    "AK" + "IA" + "ABCDEFGHIJKLMNOP",
    "ey" + "J" + "hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln",
    "-----BEGIN " + "RSA PRIVATE KEY-----",
    "SSWS " + "00" + "a" * 40,
    "00" + "aB3" * 13 + "x",
    "glpat-" + "a" * 20,
    "github_pat_" + "a" * 20,
    "sk-" + "a1B2" * 6,
    "AIza" + "a" * 35,
]


@pytest.mark.parametrize(
    "key",
    [
        *("clientSecret", "client_secret", "password", "PASSWORD", "token", "apiToken", "api-key", "apiKeys"),
        *("privateKey", "private_key", "credentials", "bearer", "jwt", "passphrase", "accessKey", "signing-key"),
    ],
)
def test_keys_that_hold_secrets(key: str):
    assert is_secret_key(key)
    assert needs_care(f'{{"{key}":"x"}}'.encode())


@pytest.mark.parametrize(
    "key",
    ["tokenEndpoint", "tokenEndpointAuthMethods", "accessTokenLifetimeMinutes", "keys", "name", "secretary", "fromEnv"],
)
def test_keys_that_do_not(key: str):
    assert not is_secret_key(key)


@pytest.mark.parametrize("text", CREDENTIALS)
def test_credentials_are_known_by_their_form_and_not_shown(text: str):
    assert is_credential(text)
    assert needs_care(f'{{"description":"{text}"}}'.encode())
    assert text[4:] not in shown(text)


@pytest.mark.parametrize(
    "text", ["risk-management-of-agents-and-tools", "https://mcp.example.com/mcp", "aus1a2b3c4d5e6f7g8h9"]
)
def test_ordinary_texts_are_no_credentials(text: str):
    assert not is_credential(text)
    assert shown(text) == f"`{text}`"


def test_random_texts_are_not_shown():
    assert "Zm9vYmFy" not in shown("Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==")


def test_below_a_key_that_holds_a_secret_nothing_is_shown():
    assert "abc" not in found("abc", ("auth", "apiToken", "fromEnv"))
    assert found("abc", ("spec", "name")) == "`abc`"


def test_values_are_named_as_in_yaml():
    assert [kind_of(v) for v in ("", True, 1, 1.5, [], {}, None, b"")] == [
        "text", "true or false", "a whole number", "a number", "a list", "a mapping", "nothing", "something else",
    ]  # fmt: skip
    assert [found(v, ()) for v in (True, 1, 1.5, [], {}, None)] == [
        "`true`", "`1`", "`1.5`", "a list", "a mapping", "nothing",
    ]  # fmt: skip


def test_what_a_terminal_would_act_upon_is_escaped():
    assert escaped("a\x1b[31m\u202e\n\u2028\x00é😀") == "a\\x1b[31m\\u202e\\n\\u2028\\x00é😀"


def test_long_texts_are_shortened():
    assert shown("a" * 60) == f"`{'a' * 60}`"
    assert shown("ab " * 10_000) == f"`{('ab ' * 20)[:59]}…`"


def test_paths_read_like_code_and_hide_credentials():
    assert dotted(("spec", "scopes", 0, "name")) == "spec.scopes[0].name"
    assert dotted(("labels", TOKEN)) == "labels.…"
    assert dotted(("a\nb" * 100,)) == escaped("a\nb" * 20)


def test_hostile_texts_do_not_stall():
    for piece in ("-eyJ", "ghp_", "-----BEGIN ", "aA1", "00", "sk-", "${"):
        text = piece * 250_000
        shown(text)
        is_credential(text)
        needs_care(text.encode())
