"""What expressions see: objects as their authors wrote them, changes and plans as a reviewer knows them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.core.document import Document
from reconciler.core.plan import Change, Plan
from reconciler.core.policy import Over
from reconciler.core.resources import Resource, S
from reconciler.policy.shape import ANYTHING, Shape, each, of

_TEXT = of({})


def of_object(resource: Resource[S]) -> Document:
    """A document as its author wrote it, defaults filled in. What was left out and has no default is not there."""
    return {
        "address": str(resource.address),
        "kind": resource.address.kind,
        "metadata": {"name": resource.address.name, "labels": dict(resource.labels)},
        "spec": resource.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
    }


def of_change(change: Change) -> Document:
    """A change of a plan. `state` is empty where nothing is live, values are as the plan has them."""
    return {
        "address": str(change.address),
        "kind": change.address.kind,
        "name": change.address.name,
        "action": str(change.action),
        "reason": str(change.reason),
        "risk": str(change.risk),
        "state": str(change.state or ""),
        "goal": str(change.goal or ""),
        "protected": change.protected,
        "fields": [
            {
                "path": ".".join(field.path),
                "op": field.op,
                "before": field.before,
                "after": field.after,
                "origin": str(field.origin),
            }
            for field in change.fields
        ],
        "hazards": [{"code": h.code, "risk": str(h.risk), "path": h.path} for h in change.hazards],
        "cuts": [str(address) for address in change.cuts],
        "deletes": any(getattr(step, "target", None) == "DELETED" for step in change.steps),
    }


def of_plan(plan: Plan) -> Document:
    """A plan: the changes that do something, and how many of each."""
    return {
        "changes": [of_change(change) for change in plan.effective],
        "count": dict(Counter(str(change.action) for change in plan.effective)),
        "deletes": plan.deletes,
        "organisation": plan.target.organisation,
    }


_CHANGE = of(
    {
        **dict.fromkeys(
            ("address", "kind", "name", "action", "reason", "risk", "state", "goal", "protected", "deletes"), _TEXT
        ),
        "fields": each(of({**dict.fromkeys(("path", "op", "origin"), _TEXT), "before": ANYTHING, "after": ANYTHING})),
        "hazards": each(of(dict.fromkeys(("code", "risk", "path"), _TEXT))),
        "cuts": each(_TEXT),
    }
)
_PLAN = of({"changes": each(_CHANGE), "count": ANYTHING, "deletes": _TEXT, "organisation": _TEXT})


def shapes(over: Over, kinds: Iterable[str], specs: Mapping[str, Shape]) -> Mapping[str, Shape]:
    """The variables of a policy with their shapes. `specs` are the shapes of specs by kind."""
    always = {"environment": _TEXT, "today": _TEXT}
    if over is Over.CHANGE:
        return {**always, "change": _CHANGE}
    if over is Over.PLAN:
        return {**always, "plan": _PLAN}
    chosen = [specs[name] for name in kinds or specs if name in specs]
    members: dict[str, Shape] = {}
    for spec in chosen:
        for name, shape in spec.members.items():
            members[name] = shape if name not in members else ANYTHING
    spec = of(members) if chosen else ANYTHING
    metadata = of({"name": _TEXT, "labels": ANYTHING})
    return {**always, "object": of({"address": _TEXT, "kind": _TEXT, "metadata": metadata, "spec": spec})}
