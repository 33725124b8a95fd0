"""What an author can fix about an MCP server's OAuth client, seen from the documents alone."""

import base64
from collections.abc import Iterator

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kinds
from reconciler.core.resources import Desired, Resource
from reconciler.kinds.mcp_oauth_client.spec import PRIVATE, REQUIRED, McpOAuthClientSpec, PublicKey

PRIVATE_KEY = Rule(
    code="OCL001",
    summary="Private key in a manifest",
    why="Okta is given the public half only. Whoever can read the repository could now sign in as the MCP server, and "
    "whoever could read it before still can after the line is gone.",
    example="publicKey: {kty: EC, crv: P-256, x: …, y: …, d: …}",
    fix="Take the key out of use, make a new one, and write the public members only.",
)
NO_KEY = Rule(
    code="OCL002",
    summary="Not a usable public key",
    why="Okta takes RSA keys of 2048 bits or more and keys on the curves P-256, P-384 and P-521 (okta-api §1.10); "
    "numbers are base64url without padding (RFC 7518 section 6).",
    example="publicKey: {kty: RSA, e: AQAB}   # without n",
    fix="Export the public key as a JSON Web Key, and write all members of its type.",
)
REPEATED = Rule(
    code="OCL003",
    summary="Key is listed twice",
    why="A key is known by its `kid`, and one key under two names could never be taken out of use.",
    example="two keys with kid: 2026-11",
    fix="Remove one, or give another key a `kid` of its own.",
)
NONE_ACTIVE = Rule(
    code="OCL004",
    summary="No key is active",
    why="Okta keeps at least one key active (okta-api §1.10), and without one the client could not show who it is.",
    example="keys: [{publicKey: {…}, state: inactive}]",
    fix="Leave one key active, or remove the document.",
)

RULES = (PRIVATE_KEY, NO_KEY, REPEATED, NONE_ACTIVE)
_Path = tuple[str | int, ...]
_SMALLEST_MODULUS = 2048
_COORDINATE_BYTES = {"P-256": 32, "P-384": 48, "P-521": 66}


def check(resource: Resource[McpOAuthClientSpec], _desired: Desired, _kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands. None quotes a value."""
    keys = resource.spec.keys
    if keys is None:
        return
    kids, prints = set[str](), set[str]()
    for place, key in enumerate(keys):
        at: _Path = ("spec", "keys", place, "publicKey")
        yield from _private(key.public_key, at)
        faults = list(_faults(key.public_key, at))
        yield from faults
        if faults:
            continue
        name, thumbprint = key.public_key.name, key.public_key.thumbprint
        if name in kids or thumbprint in prints:
            what = f"kid `{name}`" if name in kids else "same numbers"
            yield REPEATED.found(f"An earlier key has the {what}.", path=at)
        kids.add(name)
        prints.add(thumbprint)
    if all(key.state != "active" for key in keys):
        yield NONE_ACTIVE.found(f"Of {len(keys)} listed, none is active.", path=("spec", "keys"))


def _private(key: PublicKey, at: _Path) -> Iterator[Diagnostic]:
    for member in PRIVATE:
        if member in (key.model_extra or {}):
            yield PRIVATE_KEY.found(f"`{member}` is a member of private keys.", path=(*at, member))


def _faults(key: PublicKey, at: _Path) -> Iterator[Diagnostic]:
    missing = [name for name in REQUIRED[key.kty] if getattr(key, name) is None]
    if missing:
        yield NO_KEY.found(f"It is of type {key.kty} and lacks {', '.join(missing)}.", path=at)
        return
    for member in ("n", "e") if key.kty == "RSA" else ("x", "y"):
        number = _number(getattr(key, member))
        if number is None:
            yield NO_KEY.found(f"`{member}` is no base64url number.", path=(*at, member))
        elif member == "n" and (bits := int.from_bytes(number).bit_length()) < _SMALLEST_MODULUS:
            yield NO_KEY.found(f"`n` has {bits} bits.", path=(*at, member))
        elif key.crv and len(number) != _COORDINATE_BYTES[key.crv]:
            yield NO_KEY.found(f"`{member}` has {len(number)} bytes, {key.crv} has others.", path=(*at, member))


def _number(text: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
