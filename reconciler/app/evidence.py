"""Evidence for plans and applies: whether what is to be activated is ready, as seen from here.

The readiness checks are imported where they are used: a plan that asks nothing does not pay for them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from reconciler import manifests
from reconciler.app.workspace import Workspace, desired
from reconciler.core.address import Address
from reconciler.core.evidence import Assessment
from reconciler.core.noun import dataclass
from reconciler.core.ports import Judge
from reconciler.core.resources import Record
from reconciler.engine.readiness import Gate, Strictness

Records = Callable[[], Mapping[Address, Record]]
"""Gives the live objects of the documents, for what the organisation itself says about them."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a plan or an apply asks: the gate, where the command line names one, and whether the YAML is trusted."""

    gate: Gate | None = None
    untrusted: bool = False
    allow_hosts: tuple[str, ...] = ()


def strictness(workspace: Workspace, asking: Asking) -> Strictness:
    """The gate of the command line, else of `reconciler.yaml`, else of the target: an embedded one asks nothing."""
    settings = workspace.config.probe
    target = workspace.config.environments[workspace.environment].target
    usual = Gate.OFF if isinstance(target, manifests.EmbeddedTarget) else Gate.ACTIVATE
    gate = asking.gate or (Gate(settings.gate) if settings.gate else usual)
    return Strictness(gate, refuses_unobserved=settings.unobserved == "refuse")


def assess(
    workspace: Workspace, loaded: manifests.Loaded, addresses: Collection[Address], asking: Asking, records: Records
) -> Mapping[Address, Assessment]:
    """Ask for several objects at once; what is no MCP server has no endpoints to ask."""
    from reconciler.app import control, readiness, subjects
    from reconciler.oauth.gate import hosts

    chosen = readiness.Chosen(untrusted=asking.untrusted, allow_hosts=asking.allow_hosts)
    jobs = subjects.of(workspace, loaded, addresses, hosts(asking.allow_hosts) if asking.untrusted else None)
    if not jobs:
        return {}
    with readiness.prober(workspace, chosen) as prober:
        return prober.assess(control.known(jobs, loaded.desired, records()))


@contextmanager
def judge(workspace: Workspace, gate: Gate) -> Iterator[Judge]:
    """Give what asks again right before an activation. Each MCP server is asked anew, an issuer once in an apply."""
    if gate is Gate.OFF:
        yield lambda _address, _record: None
        return
    from reconciler.app import readiness, subjects

    loaded = desired(workspace)
    with readiness.prober(workspace, readiness.Chosen()) as prober:

        def ask(address: Address, _record: Record) -> Assessment | None:
            jobs = subjects.of(workspace, loaded, (address,), None)
            return prober.assess(jobs).get(address)

        yield ask
