"""What an apply remembers as it goes, as effects that are written together with the line that says how a step ended."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from sqlalchemy.engine import Connection

from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.kind import Kinds
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan import Action, Change, Create, Plan, Transition
from reconciler.core.remembered import Applied
from reconciler.core.result import StepResult
from reconciler.ledger import memory
from reconciler.ledger.scribe import Effect
from reconciler.ledger.store import Ledger

Secrets = Callable[[Change, str], Mapping[str, Document]]
"""What is remembered of the secrets of a change, given the id of its object: by member, never the value."""


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of the run of one plan. `gone`, `made` and `left` say how far each address has come.

    What exists is bound as soon as it does; a replaced address stays bound to the old object until that is gone. So an
    interrupted replace is seen as one by the next plan: the key finds the new object, the binding the old one.
    """

    organisation: str
    kinds: Kinds
    secrets: Secrets
    changes: Mapping[Address, Change]
    left: dict[Address, set[str]]
    made: dict[Address, str] = field(default_factory=dict)
    gone: set[Address] = field(default_factory=set)

    @classmethod
    def of(cls, organisation: str, plan: Plan, kinds: Kinds, secrets: Secrets) -> "Notes":
        """Notes for the run of a plan."""
        changes = {change.address: change for change in plan.changes}
        left = {change.address: {step.id for step in change.steps} for change in plan.changes if change.steps}
        return cls(organisation, kinds, secrets, changes, left)

    def knows(self, ledger: Ledger) -> bool:
        """Whether the ledger knows all that the plan recognised, so that there is nothing to write down."""
        bound = ledger.bindings()
        news = (address for address, record in self._recognised().items() if bound.get(address) != record)
        return next(news, None) is None and not self._adopted() and not self._renamed() and not self._forgotten()

    def recognised(self, run: int) -> Sequence[Effect]:
        """Bind the live objects that the plan recognised, and remember those that are as the manifests say."""
        adopted = self._adopted()
        applied = {each.address: self._applied(each, each.record or "", each.document or {}) for each in adopted}
        return (
            *(self._rename(old, new) for old, new in self._renamed()),
            *(self._forget(address) for address in self._forgotten()),
            self._bind(self._recognised()),
            self._remember(applied, run),
        )

    def of_step(self, result: StepResult, run: int, resolve: Callable[[Document], Document]) -> Sequence[Effect]:
        """What is to be remembered of a step's end; `resolve` fills in what the run has made."""
        return (*self._bound(result), *self._completed(result, run, resolve))

    def catch_up(self, result: StepResult) -> None:
        """Take notice of a step that an earlier part of the run has done, and has remembered."""
        self._bound(result)
        self.left[result.step.address].discard(result.step.id)

    def _bound(self, result: StepResult) -> Sequence[Effect]:
        step = result.step
        if result.record is None:
            return ()
        if isinstance(step, Create):
            self.made[step.address] = result.record
            replaces = self.changes[step.address].action is Action.REPLACE
            if not replaces or step.address in self.gone:
                return (self._bind({step.address: result.record}),)
        elif result.ok and isinstance(step, Transition) and step.target is State.DELETED:
            self.gone.add(step.address)
            effects = [self._release(step.address, result.record)]
            heir = self.made.get(step.address) or self.changes[step.address].record
            if heir and heir != result.record and self.changes[step.address].action is Action.REPLACE:
                effects.append(self._bind({step.address: heir}))
            return effects
        return ()

    def _completed(self, result: StepResult, run: int, resolve: Callable[[Document], Document]) -> Sequence[Effect]:
        """Remember an address as applied once the last of its steps is verified."""
        address = result.step.address
        if not result.ok:
            return ()
        self.left[address].discard(result.step.id)
        change = self.changes[address]
        record = self.made.get(address, change.record)
        if self.left[address] or change.document is None or record is None:
            return ()
        applied = self._applied(change, record, resolve(change.document))
        return (self._remember({address: applied}, run),)

    def _applied(self, change: Change, record: str, document: Document) -> Applied:
        version = self.kinds[change.address.kind].version
        goal = change.goal or State.INACTIVE
        return Applied(record, document, goal, change.protected, version, self.secrets(change, record))

    def _adopted(self) -> Sequence[Change]:
        return [
            each
            for each in self.changes.values()
            if each.action in {Action.ADOPT, Action.MOVE} and each.document is not None
        ]

    def _recognised(self) -> Mapping[Address, str]:
        """The live objects that the plan recognised and that stay."""
        return {
            address: change.record
            for address, change in self.changes.items()
            if change.record and change.goal is not State.DELETED and change.action is not Action.REPLACE
        }

    def _renamed(self) -> Sequence[tuple[Address, Address]]:
        """Which address goes on under which."""
        return [(each.previous, address) for address, each in self.changes.items() if each.previous is not None]

    def _forgotten(self) -> Sequence[Address]:
        return [address for address, each in self.changes.items() if each.action is Action.FORGET]

    def _rename(self, old: Address, new: Address) -> Effect:
        def effect(connection: Connection) -> None:
            memory.rename(connection, self.organisation, old, new)

        return effect

    def _forget(self, address: Address) -> Effect:
        def effect(connection: Connection) -> None:
            memory.forget(connection, self.organisation, address)

        return effect

    def _bind(self, records: Mapping[Address, str]) -> Effect:
        def effect(connection: Connection) -> None:
            memory.bind(connection, self.organisation, records)

        return effect

    def _release(self, address: Address, record: str) -> Effect:
        def effect(connection: Connection) -> None:
            memory.release(connection, self.organisation, address, record)

        return effect

    def _remember(self, applied: Mapping[Address, Applied], run: int) -> Effect:
        def effect(connection: Connection) -> None:
            memory.remember(connection, self.organisation, applied, run=run, at=time.time())

        return effect
