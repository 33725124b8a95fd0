"""JWK: the keys with which an authorization server signs."""

from collections import Counter

from reconciler.core.evidence import Weight
from reconciler.core.quantity import counted
from reconciler.oauth.case import IssuerCase, observed, of_keys
from reconciler.oauth.keys import Certificate
from reconciler.oauth.outcome import Outcome, bad, good, judged, rule, skip, unknown


@rule(
    "JWK001 fetch",
    "E X G",
    "RFC 7517 section 5",
    summary="The key set can be read: JSON with an array of keys",
    why="Without keys nobody can verify what the server signed.",
    example="jwks_uri answers 404",
    fix="Publish the key set at jwks_uri.",
)
def fetch(case: IssuerCase) -> Outcome:
    if case.keys is not None and case.jwks is not None:
        return good(counted(len(case.keys), "key"), reply=case.jwks.reply)
    if case.jwks is None:
        return unknown("it was not asked") if case.text("jwks_uri") else skip("no jwks_uri is known")
    if not observed(case.jwks.reply):
        return unknown("no answer to judge")
    said = "no array of keys" if case.jwks.served else str(case.jwks.reply.status)
    return bad(said, "200 with keys", reply=case.jwks.reply)


@rule(
    "JWK002 sig-key",
    "E X G",
    "RFC 7517 section 4.2",
    summary="At least one key that can be read is for signatures",
    why="A set with only encryption keys, or with keys that no library can build, verifies nothing.",
    example='{"keys": [{"kty": "EC", "use": "enc", …}]}',
    fix="Add a signing key.",
)
@of_keys
def signing_key(case: IssuerCase) -> Outcome:
    usable = [key for key in case.keys or () if key.signs]
    broken = [f"key {key.index}: {key.fault}" for key in case.keys or () if key.fault]
    return good(f"{len(usable)}") if usable else bad("; ".join(broken) or "none", "a key for signatures")


@rule(
    "JWK003 no-secret",
    "E G G",
    "RFC 7517 section 9.2",
    summary="No key is private, and none is symmetric",
    why="Whoever reads the set can then sign tokens in the server's name. It is a breach, not a mistake in form.",
    example='"d": "…" in a published key',
    fix="Rotate the keys at once, and publish public members only.",
)
@of_keys
def no_secret(case: IssuerCase) -> Outcome:
    private = [f"key {k.index} is symmetric" for k in case.keys or () if k.symmetric]
    return judged(private + [f"key {k.index} is private" for k in case.keys or () if k.private and not k.symmetric])


@rule(
    "JWK004 strength",
    "W X G",
    "RFC 7518 section 3.3",
    summary="RSA keys have at least 2048 bits, others a curve in common use",
    why="Shorter keys can be factored; libraries refuse them, or unknown curves.",
    example="an RSA key of 1024 bits",
    fix="Rotate to stronger keys.",
)
@of_keys
def strength(case: IssuerCase) -> Outcome:
    return judged([f"key {key.index}: {key.weak}" for key in case.keys or () if key.weak])


@rule(
    "JWK005 kid",
    "W X G",
    "RFC 7517 section 4.5",
    summary="Each key has a kid, unique for its type and algorithm",
    why="Verifiers find the key by kid; without it they try each, or the wrong one while keys rotate.",
    example="two RSA keys with kid 1",
    fix="Set unique ids.",
)
@of_keys
def kid(case: IssuerCase) -> Outcome:
    keys = case.keys or ()
    often = Counter((key.type, key.algorithm, key.id) for key in keys if key.id)
    faults = [f"key {key.index} has no kid" for key in keys if not key.id]
    return judged(faults + [f"kid of {kind or 'unknown'} stands {n} times" for (kind, *_), n in often.items() if n > 1])


@rule(
    "JWK006 use",
    "E G G",
    "RFC 8414 section 2 (jwks_uri)",
    summary="Every key says its use when keys for signatures and for encryption stand together",
    why="Otherwise a verifier may accept a signature made with an encryption key.",
    example="one key with use enc, another without use",
    fix="Add use to every key.",
)
@of_keys
def use(case: IssuerCase) -> Outcome:
    keys = case.keys or ()
    if not any(key.use == "enc" for key in keys):
        return good("no key is for encryption")
    return judged([f"key {key.index} says no use" for key in keys if key.use is None])


@rule(
    "JWK007 x5c",
    "W G G",
    "RFC 7517 section 4.7",
    summary="A certificate that comes with a key matches it, and has not ended",
    why="Verifiers that go by the certificate use another key, or none.",
    example="x5c of the key before the last rotation",
    fix="Issue the certificate anew, or leave x5c out.",
)
@of_keys
def x5c(case: IssuerCase) -> Outcome:
    carrying = [key for key in case.keys or () if key.certificate is not Certificate.NONE]
    if not carrying:
        return skip("no key carries a certificate")
    bad_ones = {Certificate.DIFFERS: "is for another key", Certificate.UNREADABLE: "cannot be read"}
    faults = [f"certificate of key {k.index} {bad_ones[k.certificate]}" for k in carrying if k.certificate in bad_ones]
    ended = [k.index for k in carrying if k.expires is not None and k.expires <= case.observation.now]
    return judged(faults + [f"certificate of key {index} has ended" for index in ended])


@rule(
    "JWK008 rotation",
    "I G G",
    "RFC 7638; MCP enterprise-managed authorization section 7.4.1",
    summary="The keys are those of the lock, or share one with it",
    why="Rotation is normal, with old and new keys side by side. A set without any known key is a careless rotation, "
    "or somebody else's server.",
    example="all thumbprints differ from those in reconciler.lock.json",
    fix="Let old and new keys overlap; renew the lock after a review.",
)
@of_keys
def rotation(case: IssuerCase) -> Outcome:
    if case.pinned is None or not case.pinned.thumbprints:
        return skip("the lock holds no keys")
    now = {key.thumbprint for key in case.keys or () if key.thumbprint}
    before = set(case.pinned.thumbprints)
    if now == before:
        return good()
    said = f"{len(now - before)} new, {len(before - now)} gone"
    return bad(said, weight=None if now & before else Weight.WARNING)


ISSUER = (fetch, signing_key, no_secret, strength, kid, use, x5c, rotation)
