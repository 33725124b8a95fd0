"""The rows of an MCP server: the authorization servers attached to it (okta-api §1.3)."""

from reconciler.core.document import Document, without_none
from reconciler.core.errors import CallRefused
from reconciler.core.lifecycle import State
from reconciler.core.url import url_key
from reconciler.core.wire import Answer, Call, Flow, Items

_SPELLED_OTHERWISE = "INVALID_FORMAT"
_ROW_FIELDS = ("authorizationEndpoint", "tokenEndpoint", "grantTypesSupported")


def normal_row(raw: Document) -> Document:
    """A live row: id, key, status, the comparable document, and what it can (okta-api §3.6)."""
    detected = raw.get("detectedMetadata") or {}
    is_okta = raw.get("type") == "OKTA" or raw["id"].startswith("aus")
    found = {field: raw.get(field) or detected.get(field) for field in _ROW_FIELDS}
    if found["grantTypesSupported"]:
        found["grantTypesSupported"] = sorted(found["grantTypesSupported"])
    document = {"type": "OKTA" if is_okta else "EXTERNAL", "issuer": raw.get("issuer"), **found}
    if is_okta:
        document["id"] = raw["id"]
    chaining = detected.get("identityChainingRequestedTokenTypesSupported") or []
    return {
        "id": raw["id"],
        "key": raw["id"] if is_okta else url_key(raw.get("issuer") or raw["id"]),
        "status": raw.get("status", State.PENDING),
        "document": without_none(document),
        "can": {
            "xaa": is_okta or "urn:ietf:params:oauth:token-type:id-jag" in chaining,
            "sts": not is_okta
            and bool(found["tokenEndpoint"])
            # An absent list means the default of RFC 8414 section 2, which includes the code grant.
            and "authorization_code" in (found["grantTypesSupported"] or ["authorization_code"]),
        },
    }


def row_key(row: Document) -> str:
    """The key of a desired row, equal to the live one's: the id of an Okta server, the issuer of another."""
    if row["type"] == "OKTA":
        return row["id"] if isinstance(row["id"], str) else ""
    return url_key(row["issuer"])


def attach(server: str, document: Document, *, removes: bool) -> Flow[None]:
    """Make the rows like the document: add, change endpoints, and remove the others where the plan says so."""
    path = f"{server}/authorization-servers"
    present = {normal_row(item)["key"]: item for item in (yield Items(path))}
    for wanted in document["authorizationServers"].values():
        row = present.pop(row_key(wanted), None)
        if row is None:
            if wanted["type"] == "OKTA":
                yield from _attach_own(server, path, wanted["id"])
            else:
                yield Call("POST", path, wanted)
            continue
        live = normal_row(row)["document"]
        patch = {f: wanted[f] for f in _ROW_FIELDS if f in wanted and wanted[f] != live.get(f)}
        if patch:
            yield Call("PATCH", f"{path}/{row['id']}", patch, merge=True)
    if removes:
        for row in present.values():
            yield Call("DELETE", f"{path}/{row['id']}")


def _attach_own(server: str, path: str, authorization_server_id: str) -> Flow[None]:
    """Attach a custom authorization server by its name, in the other spelling that was seen where one is refused.

    Partition and organisation are as the MCP server's own name has them; no answer names a custom server that is not
    attached anywhere (okta-api §5 quirk 17).
    """
    answer: Answer = yield Call("GET", server)
    _, partition, _, organisation, *_ = answer.body["orn"].split(":")
    orn = f"orn:{partition}:idp:{organisation}:{{}}:{authorization_server_id}"
    try:
        yield Call("POST", path, {"type": "OKTA", "orn": orn.format("authorization_servers")})
    except CallRefused as refused:
        if _SPELLED_OTHERWISE not in refused.reasons:
            raise
        yield Call("POST", path, {"type": "OKTA", "orn": orn.format("authorization-servers")})
