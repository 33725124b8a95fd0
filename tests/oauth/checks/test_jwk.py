import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.core.evidence import Reply, Unanswered
from tests.support.defects import defect, endpoint, judge_world, keys, meta, more, prove
from tests.support.readiness import AGENTS, IDP, ISSUER, reply, signing_key

GOOD = signing_key()
PLAIN = {name: value for name, value in GOOD.items() if name != "x5c"}
MODULUS = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
WEAK = {
    "kty": "RSA",
    "n": base64.urlsafe_b64encode(MODULUS.to_bytes(128, "big")).rstrip(b"=").decode(),
    "e": "AQAB",
    "kid": "weak",
    "use": "sig",
}
ENC = {**PLAIN, "use": "enc", "kid": "2"}
OTHER = signing_key("other", days=40)
URI = f"{ISSUER}/keys"


def without(key, *names):
    return {name: value for name, value in key.items() if name not in names}


DEFECTS = [
    defect("JWK001", endpoint(jwks=reply(URI, 404))),
    defect("JWK001", endpoint(jwks=reply(URI, 200, {"keys": {}})), name="no-array"),
    defect("JWK001", endpoint(jwks=reply(URI, 200, b"{", content_type="application/json")), also="NET012", name="json"),
    defect("JWK002", keys(ENC), name="encryption"),
    defect("JWK002", keys({"kty": "X", "kid": "1"}), name="unknown"),
    defect("JWK002", keys(), name="empty"),
    defect("JWK003", keys({**PLAIN, "d": "AAAA"}), name="private"),
    defect("JWK003", keys(GOOD, {"kty": "oct", "k": "AAAA", "kid": "o"}), name="symmetric"),
    defect("JWK004", keys(GOOD, WEAK)),
    defect("JWK005", keys(without(GOOD, "kid")), name="missing"),
    defect("JWK005", keys(GOOD, GOOD), name="twice"),
    defect("JWK006", keys(without(GOOD, "use"), ENC)),
    defect("JWK007", keys({**GOOD, "x5c": OTHER["x5c"]}), name="other"),
    defect("JWK007", keys({**GOOD, "x5c": ["!"]}), name="unreadable"),
    defect("JWK007", keys(signing_key(days=-1)), name="ended"),
    defect("JWK008", keys(GOOD, OTHER), locked=True, weight="I", name="overlap"),
    defect("JWK008", keys(OTHER), locked=True, weight="W", name="replaced"),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("JWK") and f.subject == subject}


def test_one_bad_key_does_not_hide_the_others():
    found = verdicts(keys({"kty": "RSA", "n": "!", "e": "AQAB", "kid": "a"}, 7, GOOD))
    assert (found["JWK002"].verdict, found["JWK002"].observed) == ("pass", "1")


def test_the_reasons_for_no_key_are_named():
    found = verdicts(keys(7, {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}, {"kty": "X"}))
    assert found["JWK002"].observed == (
        "key 0: not an object; key 1: no public key can be built from it; key 2: its type is unknown"
    )


def test_no_key_set_is_unknown_or_does_not_apply():
    assert verdicts(meta(jwks_uri=None), more())["JWK001"].verdict == "skip"
    assert verdicts(lambda w: setattr(w.idp, "jwks", None))["JWK001"].verdict == "unknown"
    silent = endpoint(jwks=Reply(URI, unanswered=Unanswered.TIMEOUT))
    assert {f.verdict for f in verdicts(silent).values()} == {"unknown"}


def test_certificates_and_locked_keys_are_judged_where_there_are_some():
    found = verdicts(keys(PLAIN))
    assert (found["JWK007"].verdict, found["JWK008"].verdict) == ("skip", "skip")
    assert verdicts(subject=AGENTS)["JWK001"].observed == "1 key"
    assert json.dumps(WEAK)
