"""Apply: perform a plan's own steps, in parallel under their edges, and say what became of each."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from reconciler.core.errors import LedgerError
from reconciler.core.noun import dataclass
from reconciler.core.plan import Plan, Step
from reconciler.core.result import Outcome, StepResult


@dataclass(frozen=True, slots=True)
class Course:
    """How a run goes: steps at once, steps that an earlier part of it has done, failures after which no step begins."""

    parallelism: int = 10
    done: frozenset[str] = frozenset()
    max_failures: int | None = None


_USUAL = Course()


class Performs(Protocol):
    """Performs one step; never raises."""

    def perform(self, step: Step) -> StepResult: ...


def run(
    plan: Plan, performer: Performs, course: Course = _USUAL, stop: Callable[[], bool] = lambda: False
) -> Iterator[StepResult]:
    """Perform every step once the steps it waits for have succeeded.

    Yields each result as it comes. When a step fails, those that wait for it are BLOCKED and the others go on, until
    there are as many failures as `course` allows, or nothing can be written down any more: then steps in flight are
    finished and the rest is NOT_TRIED. When `stop` says so, the rest is INTERRUPTED.
    """
    schedule = _Schedule(plan.steps, course.done)
    failures, broken = 0, False
    with ThreadPoolExecutor(max_workers=course.parallelism, thread_name_prefix="apply") as pool:
        flying: dict[Future[StepResult], Step] = {}
        while True:
            spent = broken or (course.max_failures is not None and failures >= course.max_failures)
            while schedule.ready and len(flying) < course.parallelism and not spent and not stop():
                step = schedule.ready.popleft()
                flying[pool.submit(performer.perform, step)] = step
            if not flying:
                break
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: flying[f].id):
                del flying[future]
                result = future.result()
                failures += not result.ok
                broken = broken or isinstance(result.error, LedgerError)
                yield result
                yield from (StepResult(step, Outcome.BLOCKED) for step in schedule.finish(result))
    rest = Outcome.NOT_TRIED if spent else Outcome.INTERRUPTED
    yield from (StepResult(step, rest) for step in schedule.left())


class _Schedule:
    """Which steps may run now. Linear in steps and edges."""

    def __init__(self, steps: tuple[Step, ...], done: frozenset[str]) -> None:
        self._steps = {step.id: step for step in steps if step.id not in done}
        self._waits = {
            step.id: {other for other in step.after if other in self._steps} for step in self._steps.values()
        }
        self._followers: dict[str, list[str]] = {step_id: [] for step_id in self._steps}
        for step_id, others in self._waits.items():
            for other in others:
                self._followers[other].append(step_id)
        self._open = dict.fromkeys(self._steps)
        self.ready = deque(step for step in self._steps.values() if not self._waits[step.id])

    def finish(self, result: StepResult) -> list[Step]:
        """Note a result; give the steps that can now never run."""
        self._open.pop(result.step.id)
        if not result.ok:
            return self._block(result.step.id)
        for follower in self._followers[result.step.id]:
            self._waits[follower].discard(result.step.id)
            if not self._waits[follower] and follower in self._open:
                self.ready.append(self._steps[follower])
        return []

    def _block(self, step_id: str) -> list[Step]:
        blocked, queue = [], [step_id]
        while queue:
            for follower in self._followers[queue.pop()]:
                if follower in self._open:
                    del self._open[follower]
                    blocked.append(self._steps[follower])
                    queue.append(follower)
        return blocked

    def left(self) -> list[Step]:
        """The steps that were never tried."""
        return [self._steps[step_id] for step_id in self._open]
