"""A run that is listened to: what performs its steps, telling of each that begins and of each write."""

from dataclasses import replace

from reconciler.core.event import StepSent, Tell, started
from reconciler.core.journal import Past, Told
from reconciler.core.noun import dataclass
from reconciler.core.plan import Step
from reconciler.core.ports import Journal, Watcher
from reconciler.core.result import StepResult
from reconciler.engine.perform import Performer


@dataclass(frozen=True, slots=True)
class Aloud:
    """Performs steps as another does, and tells (`engine.apply.Performs`)."""

    performer: Performer
    tell: Tell

    @staticmethod
    def of(performer: Performer, tell: Tell) -> "Aloud":
        """Make it of a performer that nobody uses yet."""
        return Aloud(replace(performer, journal=_Journal(performer.journal, tell)), tell)

    def perform(self, step: Step) -> StepResult:
        self.tell(started(step))
        return self.performer.perform(step)


@dataclass(frozen=True, slots=True)
class _Journal:
    """The journal of the run; its lines are durable before anybody hears of them."""

    written: Journal
    tell: Tell

    def watcher(self, step: str) -> Watcher:
        return _Writes(self.written.watcher(step), step, self.tell)

    def past(self, step: str) -> Past:
        return self.written.past(step)


@dataclass(frozen=True, slots=True)
class _Writes:
    written: Watcher
    step: str
    tell: Tell

    def sends(self, method: str, path: str) -> None:
        self.written.sends(method, path)
        self.tell(StepSent(self.step, method, path))

    def answered(self, told: Told) -> None:
        self.written.answered(told)

    def ended(self, record: str) -> None:
        self.written.ended(record)
