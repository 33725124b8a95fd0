import pytest
from pydantic import ValidationError

from reconciler.core.address import Address
from reconciler.kinds.mcp_server.spec import McpServerSpec, references

LEAST = {"resourceUrl": "https://jira.example.com/mcp", "authorizationServers": ["b", "a"]}


def test_the_defaults_are_the_cautious_ones():
    spec = McpServerSpec.model_validate(LEAST)
    assert (spec.state, spec.requires, spec.auth) == ("active", ("xaa", "sts"), "required")
    assert (spec.protect, spec.revalidate) == (False, "nudge")
    assert (spec.display_name, spec.description) == (None, None)


def test_references_keep_the_order_of_the_author():
    spec = McpServerSpec.model_validate(LEAST)
    assert references(spec) == (Address("AuthorizationServer", "b"), Address("AuthorizationServer", "a"))


@pytest.mark.parametrize(
    "said",
    [
        {"authorizationServers": []},
        {"authorizationServers": ["No Name"]},
        {"requires": []},
        {"requires": ["magic"]},
        {"state": "ACTIVE"},
        {"resourceUrl": "http://jira.example.com/mcp"},
        {"revalidate": "always"},
    ],
)
def test_what_cannot_be_meant_is_refused(said):
    with pytest.raises(ValidationError):
        McpServerSpec.model_validate(LEAST | said)
