"""What a command writes passes a gate: a secret is masked at the terminal; a file that would hold one is refused."""

import base64

import pytest

from reconciler import cli
from reconciler.core.veil import VEIL

from .conftest import manifest

SECRET = "planted-secret/42"


@pytest.fixture
def planted(shop):
    """A registry in which somebody wrote a secret into the name of an MCP server."""
    VEIL.add(SECRET)
    shop.write(manifest(title=f'"{SECRET}"'))
    return shop


@pytest.mark.parametrize("how", [(), ("--format", "json"), ("--verbose",)])
def test_a_secret_in_a_result_is_masked_and_makes_the_run_fail(planted, how):
    said = planted("plan", *how)
    assert SECRET not in said.out + said.err
    assert "***" in said.out
    assert "RUN022" in said.err
    assert said.code == 1


def test_a_plan_file_that_would_hold_a_secret_is_not_written(planted):
    said = planted("plan", "--out", "plan.json")
    assert said.code == 1
    assert "plan.json was not written" in said.err
    assert not list(planted.root.rglob("*plan.json*"))


def test_a_run_without_a_secret_in_it_is_as_before(shop):
    VEIL.add(SECRET)
    shop.write(manifest())
    said = shop("plan", "--out", "plan.json")
    assert said.code == 0
    assert "RUN022" not in said.err
    assert (shop.root / "plan.json").exists()


def test_a_bug_says_no_secret_even_at_verbose(shop, monkeypatch):
    from reconciler import app

    def broken(*_):
        raise RuntimeError(f"cannot use {SECRET} or {base64.b64encode(SECRET.encode()).decode()}")

    VEIL.add(SECRET)
    monkeypatch.setattr(app, "plan", broken)
    shop.write(manifest())
    shop.capsys.readouterr()
    assert cli.run(["plan", "--verbose"]) == 1
    err = shop.capsys.readouterr().err
    assert "Traceback" in err
    assert "cannot use *** or ***" in err
    assert SECRET not in err


def test_an_error_says_no_secret_however_it_came_into_it():
    from reconciler.core.errors import RemoteError

    VEIL.add(SECRET)
    error = RemoteError(f"POST /x: 400 E0000001 the secret {SECRET} is bad")
    assert SECRET not in error.detail + str(error) + repr(error) + error.diagnostic.detail
