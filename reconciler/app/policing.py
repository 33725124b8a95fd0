"""Policies: read, checked, asked about a plan; and what becomes of what they say."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import manifests
from reconciler.app import baseline
from reconciler.app.workspace import Workspace, has_errors, validate
from reconciler.core import errors
from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source, in_order
from reconciler.core.noun import dataclass
from reconciler.core.policy import WAIVED, Policy, Rulebook
from reconciler.core.resources import Desired
from reconciler.core.ruling import Ruling
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.core.plan import Plan
    from reconciler.policy import Shape

ALTERED = Rule(
    code="POL009",
    summary="Policies here are not those that judge",
    why="A plan is judged by the policies of the branch that it would be merged into; what a pull request changes "
    "about them counts once it is merged, so a reviewer has to see it.",
    example="reconciler plan --policies-from ../base   # and policies/https-only.yaml differs",
    fix="Review the change of the policy like the change of a lock: who asked for it, and why together with this one?",
    severity=Severity.WARNING,
)
NO_SUCH_POLICY = Rule(
    code="POL013",
    summary="There is no policy of this name",
    why="A name with a slip in it would switch nothing on.",
    example="policies: {builtin: [https-onyl]}",
    fix="`reconciler policy list --all` shows the policies that come with this program.",
)
RULES = (ALTERED, NO_SUCH_POLICY)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that judge, what is wrong with them, and how those of the manifests at hand differ from them."""

    rulebook: Rulebook = field(default_factory=Rulebook)
    faults: tuple[Diagnostic, ...] = ()
    altered: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan with what the policies say about it where a plan says such things; all rulings; and what is left over."""

    plan: "Plan"
    rulings: tuple[Ruling, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def read(workspace: Workspace, origin: Path | None = None) -> Policies:
    """Read policies and waivers and find everything that is wrong with them.

    `origin` is another checkout whose settings and policies judge instead, for example that of the base branch.
    """
    if origin is None and not _is_any(workspace):
        return Policies()
    own = _files(workspace)
    if origin is None:
        return Policies(own.rulebook, _faults(own, workspace))
    config, faults = manifests.read_config(origin)
    if has_errors(faults):
        return Policies(faults=faults)
    base = replace(workspace, root=origin, config=config)
    theirs = _files(base)
    return Policies(theirs.rulebook, _faults(theirs, workspace), tuple(_altered(theirs.rulebook, own.rulebook)))


def demand(workspace: Workspace, origin: Path | None = None) -> Policies:
    """Give the policies that judge; raise ConfigurationInvalid with everything that is wrong with them."""
    found = read(workspace, origin)
    if has_errors(found.faults):
        raise errors.ConfigurationInvalid(found.faults)
    return found


def demand_both(workspace: Workspace, origin: Path | None = None) -> tuple[manifests.Loaded, Policies]:
    """Give the manifests and the policies that judge; raise ConfigurationInvalid with everything wrong with either."""
    loaded, found = validate(workspace), read(workspace, origin)
    if has_errors((*loaded.diagnostics, *found.faults)):
        raise errors.ConfigurationInvalid(in_order((*loaded.diagnostics, *found.faults)))
    return loaded, found


def judge(workspace: Workspace, policies: Policies, desired: Desired, made: "Plan") -> Judged:
    """Ask every policy about a plan. An error that nobody answers for is a problem, a warning a note of its change."""
    rulings = _rulings(workspace, policies.rulebook, desired, made) if policies.rulebook.policies else ()
    open_ = [each.finding for each in rulings if each.finding is not None and each.waiver is None]
    problems = tuple(found for found in open_ if found.is_error)
    warnings = defaultdict[str, list[Diagnostic]](list)
    for found in open_:
        if not found.is_error:
            warnings[found.subject].append(found)
    noted = {str(change.address) for change in made.effective} if warnings else set()
    warned = noted & warnings.keys()
    changes = tuple(
        replace(change, notes=(*change.notes, *warnings[str(change.address)]))
        if warned and str(change.address) in warned
        else change
        for change in made.changes
    )
    unnoted = [found for subject, some in warnings.items() if subject not in {"", *noted} for found in some]
    idle = _idle(policies.rulebook, workspace.environment, rulings)
    notes = (*policies.altered, *warnings[""], *_waived(rulings))
    plan = replace(made, changes=changes, problems=(*made.problems, *problems), notes=(*made.notes, *notes))
    return Judged(plan, rulings, (*policies.faults, *unnoted, *idle))


def _rulings(workspace: Workspace, book: Rulebook, desired: Desired, made: "Plan") -> tuple[Ruling, ...]:
    from reconciler import policy

    places = {str(address): resource.source for address, resource in desired.items()}
    said = policy.judge(policy.Bench(book, workspace.environment, today()), desired, made)
    return tuple(_placed(ruling, places) for ruling in said)


def tried(workspace: Workspace, names: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Run the tests of policies: each with its policy, its name, and what was otherwise than expected.

    Without names those of all policies that are asked. A policy without a test counts as one that failed.
    """
    from reconciler import policy

    known = demand(workspace).rulebook.policies
    if unknown := sorted(set(names) - known.keys()):
        raise errors.UsageError(f"There is no policy {unknown[0]}.", fix="`reconciler policy list` shows them.")
    chosen = [known[name] for name in sorted(names or known)]
    results = [(each.policy.name, each.case.name, each.said) for each in policy.try_cases(chosen, today())]
    return (*results, *((each.name, "any", "It has no test.") for each in chosen if not each.cases))


def builtin() -> Mapping[str, Policy]:
    """The policies that come with this program, by name."""
    from reconciler.policy.pack import pack

    return manifests.read_policies(Path(), (), pack()).rulebook.policies


def today() -> date:
    """The day by which waivers expire, in UTC."""
    return baseline.today()


def _is_any(workspace: Workspace) -> bool:
    """Whether there may be a policy: most projects have none, and do not pay for what reads and judges them."""
    return _has_folder(workspace) or bool(workspace.config.policies.builtin)


def _has_folder(workspace: Workspace) -> bool:
    settings = workspace.config.policies
    return (workspace.root / settings.folder).is_dir() or "folder" in settings.model_fields_set


def _files(workspace: Workspace) -> "manifests.PolicyFiles":
    """What stands in the folder, and what of the pack the settings ask for."""
    from reconciler.policy.pack import pack

    settings = workspace.config.policies
    texts = pack()
    if settings.builtin != "all":
        names = {f"builtin:{name}.yaml" for name in settings.builtin}
        texts = {name: text for name, text in texts.items() if name in names}
    return manifests.read_policies(workspace.root, (settings.folder,) if _has_folder(workspace) else (), texts)


def _faults(found: "manifests.PolicyFiles", workspace: Workspace) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with policies, at its place."""
    from reconciler import policy

    environments = tuple(workspace.config.environments)
    between = [*manifests.policy_faults(found.rulebook, KINDS, environments, today())]
    for each in found.rulebook.policies.values():
        between += policy.check(each, _specs())
    missing = _missing(workspace.config.policies.builtin, found.rulebook)
    return in_order([*found.faults, *found.located(between), *missing])


def _missing(names: str | tuple[str, ...], book: Rulebook) -> Iterator[Diagnostic]:
    for name in () if isinstance(names, str) else names:
        if name not in book.policies:
            close = manifests.nearest(name, builtin())
            fix = f"Did you mean `{close}`?" if close else ""
            at = Source("reconciler.yaml")
            yield NO_SUCH_POLICY.found(f"None of the built-in ones is called {name}.", fix=fix).at(at)


@cache
def _specs() -> "Mapping[str, Shape]":
    from reconciler import policy

    return {name: policy.shape_of(manifests.spec_schema(kind)) for name, kind in KINDS.items()}


def _altered(judging: Rulebook, here: Rulebook) -> Iterator[Diagnostic]:
    """How the policies and waivers at hand differ from those that judge."""
    before, after = judging.policies, here.policies
    for name in sorted({*before, *after}):
        if name not in after:
            yield ALTERED.found(f"The policy {name} is gone.", subject=name)
        elif name not in before:
            yield ALTERED.found(f"The policy {name} is new.", subject=name).at(after[name].source)
        elif before[name].meaning != after[name].meaning:
            yield ALTERED.found(f"The policy {name} is another one.", subject=name).at(after[name].source)
    known = [each.meaning for each in judging.exemptions]
    for waived in here.exemptions:
        if waived.meaning not in known:
            detail = f"The waiver {waived.name} for {waived.policy} is new or another one."
            yield ALTERED.found(detail, subject=waived.name).at(waived.source)


def _placed(ruling: Ruling, places: Mapping[str, Source]) -> Ruling:
    """A ruling whose finding says where the document stands."""
    if ruling.finding is None or ruling.subject not in places:
        return ruling
    return replace(ruling, finding=ruling.finding.at(places[ruling.subject]))


def _waived(rulings: Iterable[Ruling]) -> Iterator[Diagnostic]:
    """What was found and somebody answers for."""
    for each in rulings:
        if each.finding is not None and each.waiver is not None:
            found = WAIVED.found(
                f"{each.policy}: {each.subject or 'the plan'} is {str(each.waiver).rstrip('.')}.", subject=each.subject
            )
            yield found.at(each.finding.source) if each.finding.source else found


def _idle(book: Rulebook, environment: str, rulings: Iterable[Ruling]) -> tuple[Diagnostic, ...]:
    """The waivers of this environment that waive nothing."""
    waived = {(ruling.policy, ruling.subject or "plan") for ruling in rulings if ruling.waiver}
    here = [each for each in book.exemptions if not each.environments or environment in each.environments]
    if not here:
        return ()
    return manifests.unused(here, lambda each: any((each.policy, subject) in waived for subject in each.subjects))
