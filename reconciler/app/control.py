"""What the organisation says about MCP servers and authorization servers, for tier K. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.app import organisations
from reconciler.app.workspace import Workspace, validate
from reconciler.core.address import Address
from reconciler.core.resources import Desired, Record
from reconciler.core.url import url_key
from reconciler.engine import scope
from reconciler.kinds import KINDS
from reconciler.kinds.authorization_server.spec import OktaAuthorizationServer
from reconciler.kinds.client_registration.spec import ClientRegistrationSpec
from reconciler.ledger import read_bindings
from reconciler.oauth import Control, OktaFacts, Target
from reconciler.oauth.probe import Job


def read(workspace: Workspace, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Give the jobs with the facts of the servers that they lean on; raise RemoteError when Okta cannot be asked."""
    loaded = validate(workspace)
    desired, bindings = loaded.desired, read_bindings(workspace.ledger, workspace.target.organisation)
    with organisations.connect(workspace) as backend:
        live = backend.read(scope.needed(desired, KINDS, bindings), scope.wanted(desired, KINDS, bindings))
    records = scope.bind(desired, live, KINDS, bindings).records
    by_subject = {str(address): record for address, record in records.items()}
    return tuple(
        _compared(job, by_subject.get(job.target.subject), _credentials(job, desired, records))
        for job in known(jobs, desired, records)
    )


def known(jobs: Sequence[Job], desired: Desired, records: Mapping[Address, Record]) -> tuple[Job, ...]:
    """Give the jobs with what live records say of the custom authorization servers that they lean on."""
    found = {
        address: record
        for address, record in records.items()
        if isinstance(desired[address].spec, OktaAuthorizationServer)
    }
    facts = {str(address): _facts(record) for address, record in found.items()}
    return tuple(replace(job, control=Control(facts), target=_identified(job, found)) for job in jobs)


def _credentials(job: Job, desired: Desired, records: Mapping[Address, Record]) -> Mapping[str, bool]:
    """Whether Okta holds the client credentials that the manifests describe, by authorization server."""
    clients = {address: each.spec for address, each in desired.items() if not each.absent}
    return {
        str(Address("AuthorizationServer", spec.authorization_server)): address in records
        for address, spec in clients.items()
        if isinstance(spec, ClientRegistrationSpec) and str(Address("McpServer", spec.mcp_server)) == job.target.subject
    }


def _compared(job: Job, record: Record | None, credentials: Mapping[str, bool]) -> Job:
    """Add what Okta keeps about an MCP server, so that it can be held against what is seen from here.

    Not part of `known`: a plan that leads a server out of INVALID must not be stopped because it is INVALID.
    """
    if record is None:
        return job
    rows = record.document["authorizationServers"]
    by_issuer = {url_key(row["issuer"]): row for row in rows.values() if row.get("issuer")}
    status = {row["key"]: str(row["status"]) for row in record.facts["rows"]}
    control = job.control or Control()
    facts = dict(control.servers)
    for each in job.target.servers:
        row = by_issuer.get(url_key(each.issuer)) if each.issuer and each.type == "external" else None
        if row is not None and each.issuer is not None:
            facts[each.subject] = OktaFacts(
                status=status.get(url_key(each.issuer)),
                issuer=row["issuer"],
                credentials=credentials.get(each.subject),
                authorization_endpoint=row.get("authorizationEndpoint"),
                token_endpoint=row.get("tokenEndpoint"),
            )
    issuers = tuple(row["issuer"] for row in by_issuer.values())
    written = replace(job.written, previous_url=record.document["resourceUrl"])
    return replace(
        job, control=replace(control, servers=facts, status=str(record.state), issuers=issuers), written=written
    )


def _identified(job: Job, found: Mapping[Address, Record]) -> Target:
    """The target, its custom servers with the id that the organisation gave them."""
    ids = {str(address): record for address, record in found.items()}
    servers = (replace(each, id=ids[each.subject].id) if each.subject in ids else each for each in job.target.servers)
    return replace(job.target, servers=tuple(servers))


def _facts(record: Record) -> OktaFacts:
    document = record.document
    rules = [rule for policy in document.get("accessPolicies", {}).values() for rule in policy["rules"].values()]
    issuer = record.facts.get("issuer")
    return OktaFacts(
        status=str(record.state),
        issuer=issuer if isinstance(issuer, str) else None,
        grants=frozenset(grant for rule in rules for grant in rule.get("grantTypes", ())),
        scopes=tuple(document.get("scopes", {})),
    )
