"""Staleness: whether the objects that a saved plan touches or leans on are still as they were."""

from collections.abc import Callable, Iterator

from reconciler.core.document import fingerprint
from reconciler.core.plan import Plan, Witness
from reconciler.core.resources import Record
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


def _named(witness: Witness, record: Record) -> Iterator[str]:
    if record.state != witness.state:
        yield f"{witness.address}: status was {witness.state}, is {record.state}."
    for change in between(witness.document, record.document):
        yield f"{witness.address}: {'.'.join(change.path)} was {change.before!r}, is {change.after!r}."
