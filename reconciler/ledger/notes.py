"""What an apply writes down as it goes."""

from dataclasses import dataclass, field

from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.plan import Create, Transition
from reconciler.core.result import StepResult
from reconciler.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Memory:
    """Writes down what exists as soon as it does; a replaced address stays bound to the old object until that is gone.

    So an interrupted replace is seen as one by the next plan: the key finds the new object, the binding the old one.
    """

    ledger: Ledger
    replaced: frozenset[Address]
    made: dict[Address, str] = field(default_factory=dict)
    gone: set[Address] = field(default_factory=set)

    def note(self, result: StepResult) -> None:
        """Take down what a step made or took away."""
        step = result.step
        if result.record is None:
            return
        if isinstance(step, Create):
            self.made[step.address] = result.record
            if step.address not in self.replaced or step.address in self.gone:
                self.ledger.bind({step.address: result.record})
        elif result.ok and isinstance(step, Transition) and step.target is State.DELETED:
            self.gone.add(step.address)
            self.ledger.release(step.address, result.record)
            if step.address in self.made:
                self.ledger.bind({step.address: self.made[step.address]})
