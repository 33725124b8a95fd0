"""What the organisation says about its custom authorization servers, for tier K of a probe. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.app import organisations
from reconciler.app.workspace import Workspace, validate
from reconciler.core.address import Address
from reconciler.core.resources import Desired, Record
from reconciler.engine import scope
from reconciler.kinds import KINDS
from reconciler.kinds.authorization_server.spec import OktaAuthorizationServer
from reconciler.ledger import read_bindings
from reconciler.oauth import Control, OktaFacts, Target
from reconciler.oauth.probe import Job


def read(workspace: Workspace, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Give the jobs with the facts of the servers that they lean on; raise RemoteError when Okta cannot be asked."""
    loaded = validate(workspace)
    desired, bindings = loaded.desired, read_bindings(workspace.ledger_file, workspace.target.organisation)
    with organisations.connect(workspace) as backend:
        live = backend.read(scope.needed(desired, KINDS, bindings), scope.wanted(desired, KINDS, bindings))
    return known(jobs, desired, scope.bind(desired, live, KINDS, bindings).records)


def known(jobs: Sequence[Job], desired: Desired, records: Mapping[Address, Record]) -> tuple[Job, ...]:
    """Give the jobs with what live records say of the custom authorization servers that they lean on."""
    found = {
        address: record
        for address, record in records.items()
        if isinstance(desired[address].spec, OktaAuthorizationServer)
    }
    facts = {str(address): _facts(record) for address, record in found.items()}
    return tuple(replace(job, control=Control(facts), target=_identified(job, found)) for job in jobs)


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
