"""Which private keys can sign, and what is said about those that cannot. Signatures are checked by another library."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from reconciler.backends.okta.keys import new_key, read_key
from reconciler.core.errors import KeyUnusable

RSA = rsa.generate_private_key(65537, 2048)
EC = {name: ec.generate_private_key(curve) for name, curve in
      {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}.items()}  # fmt: skip
PLAIN = s.NoEncryption()


def pem(key, form=s.PrivateFormat.PKCS8, lock=PLAIN):
    return key.private_bytes(s.Encoding.PEM, form, lock).decode()


def public_pem(key):
    return key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(key, **more):
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key)), **more}


SIGNING = {
    "RSA PKCS#8": (pem(RSA), RSA, "RS256"),
    "RSA PKCS#1": (pem(RSA, s.PrivateFormat.TraditionalOpenSSL), RSA, "RS256"),
    "RSA JWK": (json.dumps(jwk(RSA)), RSA, "RS256"),
    "RSA JWK RS384": (json.dumps(jwk(RSA, alg="RS384", use="sig")), RSA, "RS384"),
    "RSA JWK RS512": (json.dumps(jwk(RSA, alg="RS512", key_ops=["sign"])), RSA, "RS512"),
    "EC P-256": (pem(EC["P-256"]), EC["P-256"], "ES256"),
    "EC P-384": (pem(EC["P-384"], s.PrivateFormat.TraditionalOpenSSL), EC["P-384"], "ES384"),
    "EC P-521": (pem(EC["P-521"]), EC["P-521"], "ES512"),
    "EC JWK": (json.dumps(jwk(EC["P-256"])), EC["P-256"], "ES256"),
    "EC JWK with alg": (json.dumps(jwk(EC["P-384"], alg="ES384")), EC["P-384"], "ES384"),
    "one line with \\n": (pem(RSA).strip().replace("\n", "\\n"), RSA, "RS256"),
    "key set of one": (json.dumps({"keys": [jwk(RSA)]}), RSA, "RS256"),
}


@pytest.mark.parametrize(("text", "key", "algorithm"), SIGNING.values(), ids=SIGNING)
def test_key_signs_with_the_algorithm_of_its_type_and_another_library_agrees(text, key, algorithm):
    signed = read_key(text, key_id="ci").sign({"iss": "0oa1"})
    assert jwt.get_unverified_header(signed) == {"typ": "JWT", "alg": algorithm, "kid": "ci"}
    assert jwt.decode(signed, key.public_key(), algorithms=[algorithm]) == {"iss": "0oa1"}


def test_encrypted_key_opens_with_its_passphrase():
    locked = pem(RSA, lock=s.BestAvailableEncryption(b"open sesame"))
    signed = read_key(locked, passphrase="open sesame").sign({"a": 1})
    assert jwt.decode(signed, RSA.public_key(), algorithms=["RS256"]) == {"a": 1}


def test_id_comes_from_the_jwk_unless_it_is_given():
    assert read_key(json.dumps(jwk(RSA, kid="own"))).id == "own"
    assert read_key(json.dumps(jwk(RSA, kid="own")), key_id="given").id == "given"
    assert read_key(pem(RSA)).id is None


def test_key_of_a_set_is_chosen_by_its_id():
    two = json.dumps({"keys": [jwk(RSA, kid="a"), jwk(EC["P-256"], kid="b")]})
    assert (read_key(two, key_id="b").algorithm, read_key(two, key_id="a").algorithm) == ("ES256", "RS256")
    for absent in (None, "c"):
        with pytest.raises(KeyUnusable, match="`keyId` has to name one"):
            read_key(two, key_id=absent)


LOCKED = pem(RSA, lock=s.BestAvailableEncryption(b"open sesame"))
SHORT = rsa.generate_private_key(65537, 1024)
UNUSABLE = {
    "encrypted, no passphrase": (LOCKED, None, "no passphrase: write `passphrase`"),
    "encrypted, wrong passphrase": (LOCKED, "open barley", "the passphrase is wrong"),
    "passphrase for nothing": (pem(RSA), "open sesame", "It is not encrypted; remove `passphrase`"),
    "public half": (public_pem(RSA), None, "no private key"),
    "certificate": ("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", None, "no private key"),
    "OpenSSH": (pem(RSA, s.PrivateFormat.OpenSSH), None, "ssh-keygen -p -m pkcs8"),
    "Ed25519": (pem(ed25519.Ed25519PrivateKey.generate()), None, "it takes RSA, and EC"),
    "DSA": (pem(dsa.generate_private_key(1024)), None, "it takes RSA, and EC"),
    "short RSA": (pem(SHORT), None, "1024 bits is too short"),
    "another curve": (pem(ec.generate_private_key(ec.SECP256K1())), None, "P-256, P-384 and P-521"),
    "cut off": (pem(RSA)[:400], None, "cut off"),
    "damaged": (pem(RSA).replace("\nMII", "\nXYZ", 1), None, "damaged"),
    "no key at all": ("00aToken", None, "neither PEM nor a JWK"),
    "JSON that ends": ('{"kty": "RSA"', None, "not JSON"),
    "too deep": ("{" + '"a":{' * 5000, None, "not JSON"),
    "symmetric JWK": ('{"kty": "oct", "k": "c2VjcmV0"}', None, "type 'oct' cannot sign"),
    "JWK without type": ("{}", None, "type None cannot sign"),
    "JWK of a list": ('{"kty": ["RSA"]}', None, "cannot sign"),
    "public JWK": (json.dumps({k: v for k, v in jwk(RSA).items() if k in {"kty", "n", "e"}}), None, "public half"),
    "JWK without modulus": (json.dumps({"kty": "RSA", "d": "AQAB", "e": "AQAB"}), None, "make no key"),
    "JWK with odd members": (json.dumps({"kty": "EC", "crv": "P-256", "x": 1, "y": 2, "d": 3}), None, "make no key"),
    "alg of another type": (json.dumps(jwk(RSA, alg="ES256")), None, "can sign with RS256, RS384, RS512"),
    "alg none": (json.dumps(jwk(RSA, alg="none")), None, "can sign with"),
    "alg of another curve": (json.dumps(jwk(EC["P-256"], alg="ES512")), None, "can sign with ES256"),
    "keys is no list": ('{"keys": {}}', None, "not a list"),
    "empty set": ('{"keys": []}', None, "without a key"),
    "set of texts": ('{"keys": ["a"]}', None, "not a list of objects"),
}


@pytest.mark.parametrize(("text", "passphrase", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_key_that_cannot_sign_is_refused_with_the_reason_and_without_a_word_of_it(text, passphrase, said):
    with pytest.raises(KeyUnusable) as raised:
        read_key(text, passphrase=passphrase)
    error = raised.value
    assert said in error.detail
    assert error.exit_code == 3
    assert not [line for line in text.splitlines() if len(line) > 30 and line in repr(error) + error.detail]
    assert "sesame" not in error.detail


def test_private_members_are_in_no_text():
    for key in (read_key(pem(RSA)), new_key()):
        assert "Key" not in repr(key).replace("SigningKey", "")
        assert set(key.public) <= {"kty", "n", "e", "crv", "x", "y"}
