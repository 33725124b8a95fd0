"""From what was observed and concluded to the entries of the evidence lock."""

from collections.abc import Iterator

from reconciler.core.document import fingerprint
from reconciler.oauth.case import IssuerCase, ServerCase
from reconciler.oauth.lock import IssuerLock, Lock, ResourceLock
from reconciler.oauth.observation import Observation
from reconciler.oauth.prepare import prepare
from reconciler.oauth.verdict import Conclusion, Standing


def pin(observation: Observation, conclusion: Conclusion) -> Lock:
    """The entries for this server and its issuers, only for what was really seen."""
    case = prepare(observation)
    resources = dict(_resource(case, conclusion))
    return Lock(resources, {i.declared.issuer: _issuer(i) for i in case.issuers if i.declared.issuer and i.found})


def _resource(case: ServerCase, conclusion: Conclusion) -> Iterator[tuple[str, ResourceLock]]:
    if case.doc is None or case.doc.parsed.value is None:
        return
    capabilities = {
        server.subject: tuple(c.offer.value for c in server.capabilities if c.standing is Standing.VERIFIED)
        for server in conclusion.verdicts.servers
    }
    yield (
        case.target.url,
        ResourceLock(
            document=fingerprint(case.doc.parsed.value),
            authorization_servers=case.meta.texts("authorization_servers") or (),
            capabilities={subject: offers for subject, offers in capabilities.items() if offers},
        ),
    )


def _issuer(case: IssuerCase) -> IssuerLock:
    return IssuerLock(
        document=fingerprint(case.meta.raw),
        authorization_endpoint=case.meta.text("authorization_endpoint"),
        token_endpoint=case.meta.text("token_endpoint"),
        jwks_uri=case.meta.text("jwks_uri"),
        thumbprints=tuple(sorted(key.thumbprint for key in case.keys or () if key.thumbprint)),
    )
