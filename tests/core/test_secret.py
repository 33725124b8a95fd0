import pytest

from reconciler.core.secret import SecretRef, reveal, secrets_in

ENV = SecretRef("env", "GITHUB_SECRET", 2)
FILE = SecretRef("file", "/run/secrets/a:b")


@pytest.mark.parametrize("secret", [ENV, FILE])
def test_a_secret_reads_back_what_it_writes(secret):
    assert SecretRef.read(secret.to_json()) == secret


def test_a_secret_is_called_by_its_place():
    assert (str(ENV), str(FILE)) == ("environment variable GITHUB_SECRET", "file /run/secrets/a:b")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "env:GITHUB_SECRET",
        {"$secret": "env:GITHUB_SECRET"},
        {"$secret": "env:GITHUB_SECRET", "generation": 1, "more": 1},
        {"$secret": "vault:GITHUB_SECRET", "generation": 1},
        {"$secret": "env:", "generation": 1},
        {"$secret": {"default": False}, "generation": 1},
        {"$secret": "env:GITHUB_SECRET", "generation": "1"},
    ],
)
def test_what_only_looks_like_a_secret_is_an_ordinary_value(value):
    assert SecretRef.read(value) is None


def test_the_secrets_of_a_document_stand_at_its_top():
    assert secrets_in({"clientSecret": ENV.to_json(), "name": "x", "deep": {"a": FILE.to_json()}}) == {
        "clientSecret": ENV
    }


def test_values_take_the_place_of_references_and_the_body_stays_as_it_was():
    body = {"clientSecret": ENV, "list": [FILE, 1], "name": "x"}
    assert reveal(body, lambda secret: f"<{secret.name}>") == {
        "clientSecret": "<GITHUB_SECRET>",
        "list": ["<" + FILE.name + ">", 1],
        "name": "x",
    }
    assert body["clientSecret"] is ENV


def test_json_that_looks_like_a_secret_never_makes_one_travel():
    """What an organisation answered may be written back as it was; it must not be able to name a secret of ours."""
    body = {"kept": ENV.to_json()}
    assert reveal(body, lambda _secret: pytest.fail("asked")) == body
