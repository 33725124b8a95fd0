"""Staleness: whether the objects that a saved plan touches or leans on are still as they were."""

from collections.abc import Callable, Iterable, Iterator

from reconciler.core.document import fingerprint, references_in, resolve
from reconciler.core.kind import Kinds
from reconciler.core.plan import Create, Plan, Step, Witness
from reconciler.core.resources import Live, Record
from reconciler.engine.diff import between


def unbound(plan: Plan, now: Plan) -> Iterator[str]:
    """Name everything that a saved plan is bound to and that is otherwise now, one sentence each.

    `now` is an empty plan as it would be made at this moment: target, envelope and tool.
    """
    if (plan.target.type, plan.target.organisation) != (now.target.type, now.target.organisation):
        yield f"It was made for {plan.target.organisation}, this environment is {now.target.organisation}."
    if plan.target.environment != now.target.environment:
        yield f"It was made for the environment {plan.target.environment}, this is {now.target.environment}."
    if plan.tool_version != now.tool_version:
        yield f"It was made by version {plan.tool_version or 'unknown'} of this tool, this is {now.tool_version}."
    if plan.envelope is None or now.envelope is None:
        yield "It does not say what it is bound to."
        return
    was, here = plan.envelope, now.envelope
    if here.created >= was.expires:
        yield f"It expired at {was.expires:%Y-%m-%d %H:%M} UTC."
    if was.commit and here.commit and was.commit != here.commit:
        yield f"It was made from commit {was.commit[:12]}, this is {here.commit[:12]}."
    if was.config != here.config:
        yield "The manifests or the settings are not those that it was made from."
    if was.policy != here.policy:
        yield "The policy is not the one that it was judged by."


def moved(plan: Plan, find: Callable[[Witness], Record | None]) -> Iterator[str]:
    """Name everything that moved since the plan was made, one sentence each; nothing when the plan still holds."""
    for witness in plan.witnesses:
        record = find(witness)
        if record is None:
            yield f"{witness.address}: the object {witness.id} is gone."
            continue
        content = {"id": record.id, "state": record.state, "document": record.document}
        if fingerprint(content) != witness.fingerprint:
            yield from list(_named(witness, record)) or [f"{witness.address}: it is not as it was."]


def appeared(plan: Plan, creates: Iterable[Create], kinds: Kinds, live: Live) -> Iterator[str]:
    """Name everything that a saved plan is to create and that is there by now, one sentence each.

    What was there when the plan was made is not it. Nor is an object that is known by what it refers to, while one of
    these is still to be made.
    """
    known = {change.record for change in plan.changes} | {_record(step) for step in plan.steps}
    known |= {each.id for each in plan.witnesses} | {each.id for each in plan.unmanaged}
    for step in creates:
        kind = kinds[step.address.kind]
        if kind.live_key and references_in(step.document):
            continue
        key = kind.wire.record(kind.wire.imagine(resolve(step.document, lambda _ref: ""), "new")).key
        found = [record.id for record in live.of(kind.name) if record.key == key and record.id not in known]
        yield from (f"{step.address}: it did not exist, and is there now as {record}." for record in found)


def _record(step: Step) -> str | None:
    return None if isinstance(step, Create) else step.record


def _named(witness: Witness, record: Record) -> Iterator[str]:
    if record.state != witness.state:
        yield f"{witness.address}: status was {witness.state}, is {record.state}."
    for change in between(witness.document, record.document):
        yield f"{witness.address}: {'.'.join(change.path)} was {change.before!r}, is {change.after!r}."
