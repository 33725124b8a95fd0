"""The composition root: one short function a use case. It alone knows everybody.

What only some commands need (a backend, the emulator, the ledger's SQLAlchemy) is imported where it is used: together
they are most of the start-up time of `validate`.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import __version__, manifests
from reconciler.core import errors, plan_file
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Source, in_order
from reconciler.core.document import Document
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Plan, Target
from reconciler.core.result import StepResult
from reconciler.engine import apply as engine_apply
from reconciler.engine import guards, planner, scope, staleness
from reconciler.kinds import KINDS
from reconciler.ledger import read_bindings

if TYPE_CHECKING:
    from reconciler.backends.okta import OktaBackend
    from reconciler.emulator.app import Emulator

STATE_FOLDER = ".reconciler"
EMBEDDED_URL = "https://embedded.okta.invalid"


class SystemClock:
    """Real time."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository and the environment chosen in it."""

    root: Path
    config: manifests.Config
    environment: str

    @property
    def target(self) -> Target:
        target = self.config.environments[self.environment].target
        where = target.org_url if isinstance(target, manifests.OktaTarget) else f"embedded:{target.state}"
        return Target(self.environment, target.type, where)

    @property
    def ledger_file(self) -> Path:
        return self.root / STATE_FOLDER / "ledger.sqlite"


# -- reading what the author wrote ---------------------------------------------------------------------------------


def open_workspace(root: Path, environment: str | None) -> Workspace:
    """Read `reconciler.yaml` and choose an environment; raise ConfigurationInvalid with everything that is wrong."""
    if not root.is_dir():
        raise errors.UsageError(f"There is no folder {root}.", fix="Correct --chdir.")
    config, found = manifests.read_config(root)
    if not _errors(found):
        _, found = manifests.choose_environment(config, environment or "")
    if _errors(found):
        raise errors.ConfigurationInvalid(in_order(found))
    return Workspace(root, config, environment or config.default_environment)


def validate(workspace: Workspace) -> manifests.Loaded:
    """Read all manifests with the variables of the environment; the faults come along as values."""
    variables = workspace.config.environments[workspace.environment].variables
    return manifests.load(workspace.root, workspace.config.registry, variables, KINDS)


def _desired(workspace: Workspace) -> manifests.Loaded:
    loaded = validate(workspace)
    if _errors(loaded.diagnostics):
        raise errors.ConfigurationInvalid(loaded.diagnostics)
    return loaded


def _errors(found: tuple[Diagnostic, ...]) -> bool:
    return any(diagnostic.is_error for diagnostic in found)


# -- plan and apply ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the warnings that the manifests gave on the way."""

    plan: Plan
    warnings: tuple[Diagnostic, ...]


def plan(workspace: Workspace) -> Planned:
    """Compare the manifests with the organisation. Writes nothing but an embedded organisation's own file."""
    loaded = _desired(workspace)
    bindings = read_bindings(workspace.ledger_file, workspace.target.organisation)
    with connect(workspace) as backend:
        live = backend.read(KINDS, scope.wanted(loaded.desired, KINDS, bindings))
    made = planner.make_plan(loaded.desired, live, KINDS, workspace.target, bindings)
    return Planned(replace(made, tool_version=__version__), loaded.diagnostics)


def demand_fresh(workspace: Workspace, saved: Plan) -> None:
    """Refuse a saved plan that is for another target, or whose objects have moved since; nothing is written."""
    unknown = {step.address.kind for step in saved.steps} | {seen.kind for seen in saved.witnesses}
    if not unknown <= KINDS.keys():
        raise errors.PlanUnusable(f"It speaks of {', '.join(sorted(unknown - KINDS.keys()))}, which is no kind here.")
    if (saved.target.type, saved.target.organisation) != (workspace.target.type, workspace.target.organisation):
        raise errors.PlanStale(
            f"It was made for {saved.target.organisation}, this environment is {workspace.target.organisation}."
        )
    with connect(workspace) as backend:
        moved = list(staleness.moved(saved, lambda seen: backend.find(KINDS[seen.kind], seen.id)))
    if moved:
        raise errors.PlanStale(" ".join(moved))


@dataclass(frozen=True, slots=True)
class Limits:
    """What an apply may do, how much at once, and how many seconds it waits for the organisation."""

    allow_delete: int | None = None
    parallelism: int = 10
    wait: float = 120.0


def exit_code(made: Plan) -> int:
    """Give the exit code that a plan's problems call for; 0 without problems."""
    return guards.exit_code(made.problems)


def refuse(chosen: Plan, limits: Limits) -> None:
    """Raise Refused unless the plan may be applied within the limits."""
    guards.refuse(chosen, limits.allow_delete)


def apply(
    workspace: Workspace, chosen: Plan, limits: Limits, stop: Callable[[], bool] = lambda: False
) -> Iterator[StepResult]:
    """Perform a plan, one result a step as it ends; raise before anything is sent when a guard says no."""
    from reconciler.ledger.memory import Memory
    from reconciler.ledger.store import Ledger

    refuse(chosen, limits)
    with (
        connect(workspace, limits.wait) as backend,
        Ledger.open(workspace.ledger_file, workspace.target.organisation) as ledger,
    ):
        ledger.bind(_known(chosen, ledger.bindings()))
        performer = engine_apply.Performer(backend, KINDS, SystemClock())
        memory = Memory(ledger, frozenset(c.address for c in chosen.changes if c.action is Action.REPLACE))
        for result in engine_apply.run(chosen, performer, parallelism=limits.parallelism, stop=stop):
            memory.note(result)
            yield result


def _known(chosen: Plan, bound: Mapping[Address, str]) -> Mapping[Address, str]:
    """The live objects that the plan recognised and the ledger does not know yet."""
    return {
        change.address: change.record
        for change in chosen.changes
        if change.record
        and change.goal is not State.DELETED
        and change.action is not Action.REPLACE
        and bound.get(change.address) != change.record
    }


# -- targets -------------------------------------------------------------------------------------------------------


def connect(workspace: Workspace, wait: float = 120.0) -> "AbstractContextManager[OktaBackend]":
    """Give the backend of the chosen environment: an organisation, or the emulator in this process.

    `wait` is how many seconds it waits for each thing that the organisation does by itself.
    """
    from reconciler.backends.okta import OktaBackend, Settings
    from reconciler.backends.okta.driver import Patience

    target = workspace.config.environments[workspace.environment].target
    if isinstance(target, manifests.EmbeddedTarget):
        return _embedded(workspace.root, target, wait)
    token = _secret(target.auth.api_token, workspace.root)
    return OktaBackend(Settings(target.org_url, f"SSWS {token}", Patience(bound=wait)), SystemClock())


@contextmanager
def _embedded(root: Path, target: manifests.EmbeddedTarget, wait: float) -> "Iterator[OktaBackend]":
    """Run the emulator in this process, behind the same HTTP client code as a real organisation."""
    import httpx

    from reconciler.backends.okta import OktaBackend, Settings
    from reconciler.backends.okta.driver import Patience
    from reconciler.emulator.settings import DEFAULT_API_TOKEN

    patience = Patience(first=0.1, growth=1.5, longest=2.0, bound=wait)
    okta = Settings(EMBEDDED_URL, f"SSWS {DEFAULT_API_TOKEN}", patience)
    with (
        _emulator(root, target) as app,
        OktaBackend(okta, SystemClock(), httpx.WSGITransport(app=app)) as backend,
    ):
        yield backend


def _emulator(root: Path, target: manifests.EmbeddedTarget) -> "Emulator":
    """Open the embedded organisation. Nobody shares it, so its rate limit is off unless a switch sets one."""
    from reconciler.emulator.app import create_app
    from reconciler.emulator.settings import DEFAULT_API_TOKEN, Settings
    from reconciler.emulator.store import StateError
    from reconciler.emulator.switches import SwitchError

    state = root / target.state
    switches = {"rate-limit": "0", **target.switches}
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        return create_app(Settings(EMBEDDED_URL, state, DEFAULT_API_TOKEN, switches, allow_loopback_http=True))
    except SwitchError as error:
        fault = errors.ConfigurationInvalid.rule.found(f"The {error}.", fix="Correct `switches` of the environment.")
        raise errors.ConfigurationInvalid((fault.at(Source("reconciler.yaml")),)) from error
    except (OSError, StateError) as error:
        raise errors.ReconcilerError(
            f"The embedded organisation cannot keep its state in {target.state}: {error}.",
            fix="Move the file away to start with an empty organisation.",
        ) from error


def _secret(reference: manifests.SecretSource, root: Path) -> str:
    """Resolve a secret; a trailing newline of a file is not part of it. The value is in no error."""
    if reference.from_env is not None:
        where = f"environment variable {reference.from_env}"
        value = os.environ.get(reference.from_env, "")
    else:
        where = f"file {reference.from_file}"
        try:
            value = (root / str(reference.from_file)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise errors.SecretUnavailable(f"The {where} cannot be read: {type(error).__name__}.") from error
    value = value.strip()
    if not value or not value.isprintable() or not value.isascii():
        raise errors.SecretUnavailable(f"The {where} is unset, empty, or holds no token.")
    return value


# -- looking things up ---------------------------------------------------------------------------------------------


def rules() -> Mapping[str, Rule]:
    """Give every rule of the program by code."""
    found = [
        *manifests.RULES,
        *(rule for kind in KINDS.values() for rule in kind.rules),
        *guards.RULES,
        *(error.rule for error in errors.error_classes()),
    ]
    return {rule.code: rule for rule in sorted(found, key=lambda rule: rule.code)}


def schemas() -> Mapping[str, Document]:
    """Give every published JSON Schema by file name."""
    return {**manifests.schemas(KINDS), "plan.schema.json": plan_file.schema()}


def graph(workspace: Workspace) -> Mapping[Address, tuple[Address, ...]]:
    """Give every document with those it refers to."""
    desired = _desired(workspace).desired
    return {address: KINDS[address.kind].references(resource.spec) for address, resource in desired.items()}
