import pytest

from reconciler.oauth.metadata import DEFAULT_GRANTS, DEFAULT_METHODS, Metadata, read_resource, read_server


def test_identities_stay_as_they_were_written():
    meta = read_server({"issuer": "HTTPS://A.Example:443/T", "odd": {"x": 1}})
    assert (meta.text("issuer"), meta.raw["odd"]) == ("HTTPS://A.Example:443/T", {"x": 1})
    assert meta.has("odd")
    assert not meta.faults


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"issuer": 1}, "a string is expected, not a number"),
        ({"issuer": None}, "a string is expected, not null"),
        ({"grant_types_supported": "code"}, "an array of strings is expected, not a string"),
        ({"grant_types_supported": ["a", 1]}, "an array of strings is expected, not an array"),
        ({"require_pushed_authorization_requests": "true"}, "a boolean is expected, not a string"),
    ],
)
def test_a_wrong_type_is_reported_and_counts_as_absent(document, fault):
    meta = read_server(document)
    [name] = document
    assert meta.faults == {name: fault}
    wanted = {"a string": meta.text, "an array": meta.texts, "a boolean": meta.flag}
    assert not next(read for kind, read in wanted.items() if fault.startswith(kind))(name)


def test_resource_metadata_has_its_own_members():
    meta = read_resource({"resource": ["a"], "dpop_bound_access_tokens_required": True, "issuer": 1})
    assert list(meta.faults) == ["resource"]
    assert meta.flag("dpop_bound_access_tokens_required")


def test_defaults_are_those_of_the_specification():
    assert (Metadata().grants, Metadata().methods) == (DEFAULT_GRANTS, DEFAULT_METHODS)
    meta = read_server({"grant_types_supported": [], "token_endpoint_auth_methods_supported": ["none"]})
    assert (meta.grants, meta.methods) == ((), ("none",))


def test_endpoints_are_what_is_called_so():
    meta = read_server({"token_endpoint": "t", "jwks_uri": "j", "x_endpoint": 1, "op_tos_uri": "o", "a_endpoint": "a"})
    assert meta.endpoints == {"a_endpoint": "a", "jwks_uri": "j", "token_endpoint": "t"}


def test_a_second_opinion_agrees_on_a_good_document():
    from authlib.oauth2 import rfc8414

    document = {
        "issuer": "https://idp.example.com",
        "authorization_endpoint": "https://idp.example.com/a",
        "token_endpoint": "https://idp.example.com/t",
        "response_types_supported": ["code"],
    }
    rfc8414.AuthorizationServerMetadata(document).validate()
    assert not read_server(document).faults
