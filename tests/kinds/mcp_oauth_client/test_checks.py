import pytest
from pydantic import ValidationError

from reconciler.kinds import KINDS
from reconciler.kinds.mcp_oauth_client import KIND
from reconciler.kinds.mcp_oauth_client.spec import PublicKey
from tests.support.build import key, mcp, oauth_client, wish

# The key of RFC 7638 section 3.1.
RFC_KEY = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
    "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
    "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
    "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


def faults(*keys, **spec):
    resource = oauth_client(keys=list(keys), **spec) if keys else oauth_client(**spec)
    return [(each.code, each.path[1:], each.detail) for each in KIND.check(resource, wish(mcp()), KINDS)]


def test_a_thumbprint_is_that_of_the_rfc():
    assert PublicKey.model_validate(RFC_KEY).thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_public_keys_of_every_type_and_none_at_all_are_fine():
    assert faults(key(), {"publicKey": RFC_KEY}) == []
    assert faults() == []


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_is_named_at_its_place_and_its_value_is_not_said(member):
    [(code, path, detail)] = faults(key(**{member: "c2VjcmV0"}))
    assert (code, path) == ("OCL001", ("keys", 0, "publicKey", member))
    assert "c2VjcmV0" not in detail


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"y": None}, ()),
        ({"crv": None}, ()),
        ({"x": "AAAA"}, ("x",)),
        ({"x": "A"}, ("x",)),
        ({"kty": "RSA"}, ()),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB", "x": None, "y": None, "crv": None}, ("n",)),
    ],
)
def test_a_key_that_okta_would_not_take_is_found_before(said, path):
    assert [(code, where[3:]) for code, where, _ in faults(key(**said), key(1))] == [("OCL002", path)]


def test_a_key_stands_once_under_one_name():
    assert [code for code, *_ in faults(key(), key(1, kid="key-0"))] == ["OCL003"]
    assert [code for code, *_ in faults(key(), key(0, kid="other"))] == ["OCL003"]


def test_one_key_stays_active():
    assert [code for code, *_ in faults(key(0, "inactive"), key(1, "inactive"))] == ["OCL004"]


def test_members_that_nobody_knows_are_allowed_as_the_rfc_demands_and_other_types_are_not():
    assert faults(key(x5t="AAAA", key_ops=["verify"])) == []
    with pytest.raises(ValidationError):
        oauth_client(keys=[key(kty="OKP")])
    with pytest.raises(ValidationError):
        oauth_client(keys=[])
