"""One size studied: every command of ours on a registry of that size, the peers' likenesses in the same rounds."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import peers
import worlds
from measure import RECONCILER, TOKEN, Emulator, Job, Requests, Spent, alternating, emulator, median, once

VALIDATE, VALIDATE_SMALL = "validate", "validate, a file for each document"
PLAN_ALL, APPLY, PLAN_NONE, APPLY_NONE = "plan, all to create", "apply", "plan, nothing to do", "apply, nothing to do"
HELP, VERSION = "--help", "version"
OURS, TERRAFORM, OCTODNS = "reconciler", "terraform", "octodns"
ENVIRONMENT = {worlds.TOKEN_VARIABLE: TOKEN}
CHANGES = 2


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: sizes, how often, and up to which size the slow things are done."""

    sizes: tuple[int, ...]
    terraform: tuple[int, ...]
    octodns: tuple[int, ...]
    rounds: int = 3
    apply_up_to: int = 10000
    terraform_apply_up_to: int = 2000

    def rounds_at(self, size: int) -> int:
        """Small runs are repeated more, there a hiccup weighs more; the largest fewer, they take a minute."""
        if size <= 1000:  # noqa: PLR2004 - where a run begins to take seconds
            return self.rounds + 2
        return self.rounds if size <= self.apply_up_to else max(self.rounds - 1, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """What one command of one tool cost at one size, in every round."""

    tool: str
    what: str
    size: int
    runs: tuple[Spent, ...]
    requests: Requests | None = None

    @property
    def spent(self) -> Spent:
        return median(self.runs)


def start_up(folder: Path, times: int) -> Iterator[Row]:
    """What a process costs that does nothing."""
    jobs = {what: Job((*RECONCILER, what), folder) for what in (HELP, VERSION)}
    for what, runs in _warm(jobs, times).items():
        yield Row(OURS, what, 0, tuple(runs))


def study(folder: Path, size: int, scale: Scale) -> Iterator[Row]:
    """Measure everything at one size."""
    world = worlds.registry(folder / "ours", size)
    yield from _validate(folder, world, scale)
    with emulator(folder / "empty.sqlite") as organisation:
        worlds.point(world.root, organisation.url)
        yield from _cold(folder, world, organisation, scale)
        if size <= scale.apply_up_to:
            yield from _apply(world, organisation)
            yield from _settled(folder, world, organisation, scale)
    if size > scale.apply_up_to:
        with emulator(filled(folder, size)) as organisation:
            worlds.point(world.root, organisation.url)
            once(_ours(world.root, "apply", "--auto-approve"))  # the ledger learns what is there
            yield from _settled(folder, world, organisation, scale)
    yield from _peer_applies(folder, size, scale)


def terraform_alone(folder: Path, size: int, scale: Scale) -> Iterator[Row]:
    """Measure a size that only helps to see how Terraform's apply grows."""
    if size <= scale.terraform_apply_up_to:
        peers.terraform_plan(folder / "terraform", size, applied=False)
        yield _terraform_apply(folder, size)


def _warm(jobs: Mapping[str, Job], times: int) -> dict[str, list[Spent]]:
    for job in jobs.values():
        once(job)
    return alternating(jobs, times)


def _ours(root: Path, *arguments: str, expected: int = 0) -> Job:
    return Job((*RECONCILER, *arguments), root, expected, ENVIRONMENT)


def _validate(folder: Path, world: worlds.World, scale: Scale) -> Iterator[Row]:
    scattered = worlds.registry(folder / "scattered", world.servers, per_file=1)
    jobs = {VALIDATE: _ours(world.root, "validate"), VALIDATE_SMALL: _ours(scattered.root, "validate")}
    for what, runs in _warm(jobs, scale.rounds_at(world.servers)).items():
        yield Row(OURS, what, world.documents, tuple(runs))
    shutil.rmtree(scattered.root)


def _cold(folder: Path, world: worlds.World, organisation: Emulator, scale: Scale) -> Iterator[Row]:
    """Everything is still to be created."""
    size = world.servers
    jobs = {(OURS, PLAN_ALL): _ours(world.root, "plan", "--detailed-exitcode", expected=CHANGES)}
    if size in scale.terraform:
        jobs[TERRAFORM, PLAN_ALL] = peers.terraform_plan(folder / "terraform", size, applied=False)
    if size in scale.octodns:
        jobs[OCTODNS, PLAN_ALL] = peers.octodns_sync(folder / "octodns", size)
    yield from _rounds(jobs, size, organisation, scale.rounds_at(size))


def _apply(world: worlds.World, organisation: Emulator) -> Iterator[Row]:
    """Once: afterwards there is nothing to do any more."""
    organisation.forget()
    spent = once(_ours(world.root, "apply", "--auto-approve", "--quiet"))
    yield Row(OURS, APPLY, world.servers, (spent,), organisation.requests())


def _settled(folder: Path, world: worlds.World, organisation: Emulator, scale: Scale) -> Iterator[Row]:
    """Everything is there, and is read in full each time (`warm` measures plans that read only what has moved)."""
    size = world.servers
    jobs = {
        (OURS, PLAN_NONE): _ours(world.root, "plan", "--detailed-exitcode", "--refresh=full"),
        (OURS, APPLY_NONE): _ours(world.root, "apply", "--auto-approve", "--refresh=full"),
    }
    if size in scale.terraform:
        jobs[TERRAFORM, PLAN_NONE] = peers.terraform_plan(folder / "terraform-settled", size, applied=True)
    if size in scale.octodns:
        root = folder / "octodns-settled"
        once(peers.octodns_sync(root, size, doit=True))
        jobs[OCTODNS, PLAN_NONE] = peers.octodns_sync(root)
    yield from _rounds(jobs, size, organisation, scale.rounds_at(size))


def _rounds(jobs: Mapping[tuple[str, str], Job], size: int, organisation: Emulator, times: int) -> Iterator[Row]:
    """Run jobs in turns, after a warm-up in which the requests are counted."""
    requests = {}
    for name, job in jobs.items():
        organisation.forget()
        once(job)
        requests[name] = organisation.requests()
    for (tool, what), runs in alternating(jobs, times).items():
        yield Row(tool, what, size, tuple(runs), requests[tool, what] if tool == OURS else None)


def _peer_applies(folder: Path, size: int, scale: Scale) -> Iterator[Row]:
    """Once each, like ours."""
    if size in scale.terraform and size <= scale.terraform_apply_up_to:
        yield _terraform_apply(folder, size)
    if size in scale.octodns:
        yield Row(OCTODNS, APPLY, size, (once(peers.octodns_sync(folder / "octodns", doit=True)),))


def _terraform_apply(folder: Path, size: int) -> Row:
    return Row(TERRAFORM, APPLY, size, (once(peers.terraform_apply(folder / "terraform")),))


def filled(folder: Path, size: int) -> Path:
    """Make the state of an organisation to which a registry of a size was applied, without applying it."""
    state = folder / "filled.sqlite"
    seed = worlds.registry(folder / "seed", 1)
    with emulator(state) as organisation:
        worlds.point(seed.root, organisation.url)
        once(_ours(seed.root, "apply", "--auto-approve"))
    worlds.multiply(state, size)
    return state
