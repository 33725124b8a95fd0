"""Which servers a probe looks at: the chosen manifests, or a URL that is in none, as the readiness checks see them."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from reconciler import manifests
from reconciler.app.workspace import Workspace, validate
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.errors import ConfigurationInvalid, UsageError
from reconciler.core.kind import Offer
from reconciler.core.noun import dataclass
from reconciler.core.resources import Desired, Resource
from reconciler.kinds.authorization_server.spec import OktaAuthorizationServer, StaticOAuth
from reconciler.kinds.client_registration.spec import ClientRegistrationSpec
from reconciler.kinds.mcp_server.spec import McpServerSpec
from reconciler.ledger import read_bindings
from reconciler.manifests import Loaded
from reconciler.oauth import Declared, Registration, Static, Target, Written
from reconciler.oauth.probe import Job

_URL = ("https://", "http://")
_ELSEWHERE = Registration(all_scopes=True, elsewhere=True)
"""Where no manifest says which client Okta is at a provider, that is neither proven here nor held against anybody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for: addresses and URLs, and labels that a manifest must carry."""

    names: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_only_urls(self) -> bool:
        return bool(self.names) and not self.labels and all(name.lower().startswith(_URL) for name in self.names)


def jobs(workspace: Workspace, wanted: Wanted, hosts: frozenset[str] | None) -> tuple[Job, ...]:
    """Give the servers to probe; raise ConfigurationInvalid for faulty manifests, UsageError for unknown names.

    A URL that a manifest describes is probed as that manifest says. When only URLs are asked for, faulty manifests are
    no obstacle: they are left aside.
    """
    loaded = validate(workspace)
    faulty = any(found.is_error for found in loaded.diagnostics)
    if faulty and not wanted.is_only_urls:
        raise ConfigurationInvalid(loaded.diagnostics)
    desired: Desired = {} if faulty else loaded.desired
    servers = {each.address: each for each in desired.values() if isinstance(each.spec, McpServerSpec)}
    chosen = list(_chosen(servers, wanted))
    described = iter(_described(workspace, loaded, [each for each in chosen if not isinstance(each, str)], hosts))
    return tuple(
        Job(Target(each, each, written=False), Written(hosts=hosts)) if isinstance(each, str) else next(described)
        for each in chosen
    )


def of(
    workspace: Workspace, loaded: Loaded, addresses: Collection[Address], hosts: frozenset[str] | None
) -> tuple[Job, ...]:
    """Give those of the addresses that are MCP servers, as the readiness checks see them."""
    servers = [loaded.desired[each] for each in addresses if each in loaded.desired]
    return _described(workspace, loaded, [each for each in servers if isinstance(each.spec, McpServerSpec)], hosts)


def _described(
    workspace: Workspace, loaded: Loaded, servers: Sequence[Resource[Any]], hosts: frozenset[str] | None
) -> tuple[Job, ...]:
    known = _Known(loaded.desired, _issuers(workspace, loaded.desired), _registrations(loaded.desired))
    return tuple(Job(_target(each, known), Written(_about(each, loaded.diagnostics), hosts=hosts)) for each in servers)


def _chosen(servers: Mapping[Address, Resource[Any]], wanted: Wanted) -> Iterable[Resource[Any] | str]:
    labelled = [each for each in servers.values() if wanted.labels and _carries(each, wanted.labels)]
    if not wanted.names:
        return labelled if wanted.labels else [each for each in servers.values() if not each.absent]
    named = [_named(name, servers) for name in wanted.names]
    kept = [each for each in named if not wanted.labels or each in labelled]
    return list({str(each) if isinstance(each, str) else str(each.address): each for each in kept}.values())


def _carries(resource: Resource[Any], labels: Iterable[tuple[str, str]]) -> bool:
    return not resource.absent and all(resource.labels.get(name) == value for name, value in labels)


def _named(name: str, servers: Mapping[Address, Resource[Any]]) -> Resource[Any] | str:
    """The server of an address (`McpServer.jira`, or just `jira`) or of a URL; a URL of nobody stands for itself."""
    if name.lower().startswith(_URL):
        return next((each for each in servers.values() if each.spec.resource_url == name), name)
    found = next((each for address, each in servers.items() if name in {str(address), address.name}), None)
    if found is None:
        close = difflib.get_close_matches(name, [str(address) for address in servers], n=1)
        hint = f"Did you mean {close[0]}?" if close else "Write McpServer.name, or a URL that begins with https://."
        raise UsageError(f"No MCP server is called {name!r}.", fix=hint)
    return found


def _about(resource: Resource[Any], found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The warnings that the loader gave for one document."""
    return tuple(each for each in found if each.subject == str(resource.address))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the documents around an MCP server say, by what it is asked for."""

    desired: Desired
    issuers: Mapping[Address, tuple[str, str | None]]
    registrations: Mapping[tuple[str, str], Registration]


def _target(resource: Resource[Any], known: _Known) -> Target:
    spec: McpServerSpec = resource.spec
    return Target(
        subject=str(resource.address),
        url=spec.resource_url,
        servers=tuple(_declared(address, resource.address.name, known) for address in resource.outline.references),
        requires=frozenset(map(Offer, spec.requires)),
        auth=spec.auth,
        source=resource.source,
    )


def _declared(address: Address, server: str, known: _Known) -> Declared:
    resource = known.desired.get(address)
    if resource is None:
        return Declared(str(address), "external", absent=True)
    spec = resource.spec
    if isinstance(spec, OktaAuthorizationServer):
        live, issuer = known.issuers.get(address, (spec.id, None))
        return Declared(str(address), "okta", issuer, id=live, absent=resource.absent, source=resource.source)
    return Declared(
        str(address),
        "external",
        spec.issuer,
        discovery=spec.discovery,
        static=_static(spec.oauth),
        registration=known.registrations.get((server, address.name), _ELSEWHERE),
        absent=resource.absent,
        source=resource.source,
    )


def _registrations(desired: Desired) -> Mapping[tuple[str, str], Registration]:
    """Which client Okta is for an MCP server at an authorization server (their names), as manifests say it."""
    specs = [each.spec for each in desired.values() if not each.absent]
    return {
        (spec.mcp_server, spec.authorization_server): Registration(
            client_id=spec.client_id or spec.app,
            secret=spec.client_secret is not None or spec.app is not None,  # an app in Okta has its secret there
            scopes=() if spec.scopes == "all" else spec.scopes,
            all_scopes=spec.scopes == "all",
            dynamic=spec.registration == "dynamic",
        )
        for spec in specs
        if isinstance(spec, ClientRegistrationSpec)
    }


def _static(oauth: StaticOAuth | None) -> Static | None:
    if oauth is None:
        return None
    return Static(
        authorization_endpoint=oauth.authorization_endpoint,
        token_endpoint=oauth.token_endpoint,
        grants=oauth.grant_types,
        auth_methods=oauth.token_endpoint_auth_methods,
        pkce=oauth.pkce,
        resource_parameter=oauth.resource_parameter,
        issuer_match=oauth.issuer_match,
        accept_json=oauth.accept_json,
        source=oauth.source,
        review_by=oauth.review_by,
    )


def _issuers(workspace: Workspace, desired: Desired) -> Mapping[Address, tuple[str, str | None]]:
    """Id and issuer of each Okta custom server that exists, as far as manifest and ledger know.

    An embedded organisation has no endpoints that could be asked, so its servers have no issuer here.
    """
    target = workspace.config.environments[workspace.environment].target
    org = target.org_url if isinstance(target, manifests.OktaTarget) else None
    bound = read_bindings(workspace.ledger, workspace.target.organisation)
    found = {}
    for address, resource in desired.items():
        if isinstance(resource.spec, OktaAuthorizationServer) and (known := resource.spec.id or bound.get(address)):
            found[address] = known, f"{org}/oauth2/{known}" if org else None
    return found
