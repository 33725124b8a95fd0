import pytest

from reconciler.app.secret import demand_secrets, revealer
from reconciler.core.address import Address
from reconciler.core.errors import SecretUnavailable
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, Plan, Reason, Transition
from reconciler.core.secret import SecretRef
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


@pytest.mark.parametrize("name", ["absent", ".", "binary"])
def test_files_that_cannot_be_read_are_named(name, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretUnavailable, match=f"file {name} cannot be read"):
        revealer(tmp_path)(SecretRef("file", name))


def test_a_plan_whose_secrets_cannot_be_found_is_refused_before_anything_is_sent(tmp_path, monkeypatch):
    monkeypatch.delenv("SOME_CLIENT_SECRET", raising=False)
    document = {"clientSecret": ENV.to_json()}
    create = Create("a", HERE, document, State.ACTIVE)
    move = Transition("b", HERE, "1", "activate", State.INACTIVE, State.ACTIVE, document)
    change = Change(HERE, Action.CREATE, Reason.MISSING, steps=(create, move))
    with pytest.raises(SecretUnavailable, match="SOME_CLIENT_SECRET"):
        demand_secrets(Plan(TARGET, (change,)), revealer(tmp_path))
