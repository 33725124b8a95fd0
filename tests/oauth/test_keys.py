import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oauth.keys import Certificate, read_keys
from tests.support.readiness import DAY, NOW, signing_key
from tests.support.steady import STEADY

RFC7638 = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
    "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
    "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ"
    "zKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def only(key):
    found = read_keys({"keys": [key]})
    assert found is not None
    return found[0]


def test_the_thumbprint_is_that_of_the_rfc():
    key = only(RFC7638)
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert (key.id, key.algorithm, key.use, key.weak, key.signs) == ("2011-04-29", "RS256", None, "", True)


def test_private_members_do_not_change_what_is_read():
    key = only({**RFC7638, "d": "AAAA"})
    assert (key.private, key.thumbprint) == (True, only(RFC7638).thumbprint)


def test_a_short_key_is_weak_not_unreadable_and_warns_nobody():
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    key = only({"kty": "RSA", "n": b64(numbers.n.to_bytes(128, "big")), "e": "AQAB"})
    assert (key.weak, key.readable) == ("1024 bits", True)


@pytest.mark.parametrize(
    ("private", "curve", "weak"),
    [
        (ed25519.Ed25519PrivateKey, "Ed25519", ""),
        (ed448.Ed448PrivateKey, "Ed448", ""),
        (x25519.X25519PrivateKey, "X25519", "curve X25519"),
    ],
)
def test_curves_are_judged(private, curve, weak):
    raw = private.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert only({"kty": "OKP", "crv": curve, "x": b64(raw)}).weak == weak


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (7, "not an object"),
        ({}, "its type is unknown"),
        ({"kty": 7}, "its type is unknown"),
        ({"kty": "RSA"}, "no public key can be built from it"),
        ({"kty": "RSA", "n": 1, "e": "AQAB"}, "no public key can be built from it"),
        ({"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}, "no public key can be built from it"),
        ({"kty": "oct", "k": "AA"}, ""),
    ],
)
def test_one_key_is_judged_by_itself(entry, fault):
    assert only(entry).fault == fault


def test_certificates_are_compared_with_the_key():
    good = signing_key()
    key = only(good)
    assert (key.certificate, key.expires) == (Certificate.MATCHES, NOW + 90 * DAY)
    assert only({**good, "x5c": signing_key(days=40)["x5c"]}).certificate is Certificate.DIFFERS
    for chain in ([], "x", ["!"], [7], ["AAAA"], {}):
        assert only({**good, "x5c": chain}).certificate is Certificate.UNREADABLE


def test_what_is_no_key_set_is_none():
    assert read_keys({}) is None
    assert read_keys({"keys": {}}) is None
    assert read_keys({"keys": []}) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=3), v, max_size=2),
    max_leaves=4,
)
ENTRY = st.fixed_dictionaries(
    {"kty": st.sampled_from(["RSA", "EC", "OKP", "oct", "X"])},
    optional=dict.fromkeys(("n", "e", "crv", "x", "y", "kid", "use", "alg", "x5c", "k"), JSON),
)


@STEADY
@given(st.lists(ENTRY | JSON, max_size=3))
def test_any_entry_is_judged(entries):
    assert len(read_keys({"keys": entries}) or ()) == len(entries)
