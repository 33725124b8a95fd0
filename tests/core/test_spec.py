import pytest
from pydantic import TypeAdapter, ValidationError

from reconciler.core.spec import Description, HttpsUrl, Label, Name, SecretSource, Strict


class Sample(Strict):
    display_name: Label | None = None


def test_keys_are_camel_case_outside():
    assert Sample.model_validate({"displayName": "Jira"}).model_dump(by_alias=True) == {"displayName": "Jira"}


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Sample.model_validate({"displayname": "Jira"})


def test_specs_cannot_be_changed_after_they_were_read():
    with pytest.raises(ValidationError, match="frozen"):
        Sample(display_name="Jira").display_name = "Other"


@pytest.mark.parametrize("url", ["https://mcp.example.com/mcp", "http://localhost:8000/mcp", "https://MCP.example.com"])
def test_urls_are_kept_letter_by_letter(url):
    assert TypeAdapter(HttpsUrl).validate_python(url) == url


def test_a_wrong_url_carries_the_code_of_its_rule_and_every_fault():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(HttpsUrl).validate_python("http://u:p@mcp.example.com/#x")
    [error] = caught.value.errors()
    assert error["type"] == "CFG001"
    assert "uses http" in error["msg"]
    assert "user information" in error["msg"]
    assert "fragment" in error["msg"]


@pytest.mark.parametrize("label", ["", " a", "a ", "a\nb"])
def test_labels_are_one_line_without_blanks_around(label):
    with pytest.raises(ValidationError):
        TypeAdapter(Label).validate_python(label)


@pytest.mark.parametrize(
    ("kind", "value"), [(Name, "a" * 64), (Name, "A"), (Name, "-a"), (Description, "x" * 1025), (Label, "x" * 256)]
)
def test_lengths_and_patterns_hold(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("written", [{}, {"fromEnv": "TOKEN", "fromFile": "token"}])
def test_a_secret_comes_from_exactly_one_place(written):
    with pytest.raises(ValidationError, match="one of `fromEnv` and `fromFile`"):
        SecretSource.model_validate(written)
    assert SecretSource.model_validate({"fromEnv": "TOKEN"}).from_env == "TOKEN"
