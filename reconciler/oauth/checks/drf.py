"""DRF: what changed since the lock was approved."""

from reconciler.core.document import Document, fingerprint
from reconciler.core.url import host_of
from reconciler.oauth.case import Doc, IssuerCase, ServerCase, of_metadata, of_resource
from reconciler.oauth.checks.con import Settled
from reconciler.oauth.outcome import Entry, Outcome, bad, good, judged, listed, rule, show, skip
from reconciler.oauth.verdict import Standing

_UNLOCKED = "the lock does not know it"


@rule(
    "DRF001 prm-drift",
    "W G G",
    "RFC 9728 section 5.2",
    summary="Metadata has the fingerprint that was approved",
    why="A change may be harmless; somebody should have seen it.",
    example="a new scope in the metadata since the last review",
    fix="Review the change, and renew the lock.",
)
@of_resource
def resource_drift(case: ServerCase) -> Outcome:
    return _compare(case.pinned.document if case.pinned else None, case.doc)


@of_metadata
def _issuer_drift(case: IssuerCase) -> Outcome:
    return _compare(case.pinned.document if case.pinned else None, case.doc)


issuer_drift = Entry(resource_drift.check, _issuer_drift)


@rule(
    "DRF002 as-repoint",
    "E C G",
    "RFC 9728 section 7.6; MCP 2026-07-28, binding to the authorization server",
    summary="The MCP server names the authorization servers that were approved",
    why="Whoever can change this list decides where people sign in and where secrets go. It must never change unseen.",
    example="authorization_servers now names https://login.example.net",
    fix="Approve the change in a pull request, or roll it back.",
)
@of_resource
def repointed(case: ServerCase) -> Outcome:
    if case.pinned is None:
        return skip(_UNLOCKED)
    before, now = case.pinned.authorization_servers, case.meta.texts("authorization_servers") or ()
    return good() if set(before) == set(now) else bad(listed(now), listed(before))


@rule(
    "DRF003 endpoint-move",
    "E S G",
    "RFC 9700 section 4.4",
    summary="Authorization and token endpoint are on the hosts that were approved",
    why="Codes and client secrets travel there.",
    example="token_endpoint moved to another host",
    fix="Approve the change in a pull request, or roll it back.",
)
@of_metadata
def endpoint_moved(case: IssuerCase) -> Outcome:
    if case.pinned is None:
        return skip(_UNLOCKED)
    moved = []
    for name in ("authorization_endpoint", "token_endpoint"):
        before, now = getattr(case.pinned, name), case.meta.text(name)
        if before is not None and now is not None and host_of(before) != host_of(now):
            moved.append(f"{name} from {show(host_of(before))} to {show(host_of(now))}")
    return judged(moved)


@rule(
    "DRF004 capability-lost",
    "E C G",
    "Okta MCP servers, runtime validation",
    summary="No capability that was verified is gone",
    why="Agents that connected yesterday are refused today.",
    example="the ID-JAG profile is no longer announced",
    fix="Restore the capability, or plan without it.",
)
def capability_lost(settled: Settled) -> Outcome:
    pinned = settled.case.pinned
    if pinned is None:
        return skip(_UNLOCKED)
    lost = [
        f"{capability.offer.upper()} of {show(server.subject)}"
        for server in settled.verdicts.servers
        for capability in server.capabilities
        if capability.standing is Standing.NO and capability.offer in pinned.capabilities.get(server.subject, ())
    ]
    return judged(lost)


def digest(value: Document | None) -> str | None:
    """The fingerprint of a document as the lock keeps it."""
    return None if value is None else fingerprint(value)


def _compare(before: str | None, doc: Doc | None) -> Outcome:
    if before is None or doc is None:
        return skip(_UNLOCKED)
    now = digest(doc.parsed.value)
    return good() if before == now else bad("another fingerprint", "the approved one", reply=doc.reply)


SERVER = (resource_drift, repointed)
ISSUER = (issuer_drift, endpoint_moved)
SETTLED = (capability_lost,)
