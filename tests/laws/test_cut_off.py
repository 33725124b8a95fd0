"""A run that is cut off at any write, and is resumed, ends as if nothing had happened; with every kind there is.

The process ends as by SIGKILL: nothing runs after the cut, and what is known is what the journal says.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.core.history import line, pasts, verified
from reconciler.core.journal import Past, Phase, Told
from reconciler.core.plan import Create, Update
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import (
    JWT_BEARER,
    agent,
    app,
    connection,
    external,
    key,
    link,
    mcp,
    oauth_client,
    okta,
    planned,
    registration,
    wish,
)
from tests.support.emulated import Emulated
from tests.support.steady import many
from tests.support.worlds import Story

WISH = wish(
    external(),
    okta(accessPolicies=[{"name": "agents", "rules": [{"name": "xaa", "grantTypes": [JWT_BEARER]}]}]),
    mcp(authorizationServers=["idp", "agents"]),
    mcp("wiki", authorizationServers=["agents"]),
    app(),
    registration(app="client", scopes=["read"]),
    agent(),
    connection(),
    connection("support-sts", type="STS_ACCESS_TOKEN", clientRegistration="jira"),
    oauth_client(keys=[key(0), key(1)]),
    oauth_client("wiki", mcpServer="wiki", keys=[key(2)]),
    link(),
    link("wiki-jira", **{"from": {"oauthClient": "wiki"}}),
)
MOMENTS = ("before it is sent", "before it is answered", "when it was answered")


class Cut(BaseException):
    """The process is gone."""


@dataclass
class Paper:
    """A journal on paper, and the end of the process at one moment of one write."""

    at: int = 0
    moment: str = ""
    lines: list[Any] = field(default_factory=list)
    writes: int = 0
    told: dict[str, Past] = field(default_factory=dict)
    step: str = ""

    def note(self, phase: Phase, **said: Any) -> None:
        self.lines.append(line({"seq": len(self.lines) + 1, "run": 1, "at": 0.0, "phase": phase, **said}))

    def past(self, step: str) -> Past:
        return self.told.get(step, Past())

    def watcher(self, step: str) -> "Paper":
        self.step = step  # one step at a time
        return self

    def _cut(self, moment: str) -> None:
        if self.writes == self.at and moment == self.moment:
            raise Cut

    def sends(self, method: str, path: str) -> None:
        self.writes += 1
        self.note(Phase.INTENT, step=self.step, method=method, path=path)
        self._cut(MOMENTS[0])

    def answered(self, told: Told) -> None:
        self._cut(MOMENTS[1])
        self.note(Phase.ANSWERED, step=self.step, status=told.status, operation=told.operation, record=told.record)
        self._cut(MOMENTS[2])

    def ended(self, record: str) -> None:
        self.note(Phase.ENDED, step=self.step, record=record)


def look(organisation: Emulated) -> Any:
    return organisation.backend.read(KINDS, lambda _record: True)


def perform(organisation: Emulated, plan: Any, paper: Paper) -> list[Any]:
    """Perform what the journal does not call done, as a resumed run does."""
    done = verified(paper.lines)
    paper.told = pasts(paper.lines)
    made = (step for step in plan.steps if isinstance(step, Create | Update) and done.get(step.id))
    performer = Performer(
        organisation.backend,
        KINDS,
        organisation.clock,
        journal=paper,
        before={step.address: done[step.id] for step in made},
        planned=frozenset(change.record for change in plan.changes if change.record),
    )
    wrong = []
    for result in run(plan, performer, Course(1, frozenset(done))):
        if result.ok:
            paper.note(Phase.VERIFIED, step=result.step.id, record=result.record or "")
        else:
            wrong.append((result.step.id, str(result.outcome), result.error))
    return wrong


def begin(organisation: Emulated) -> Any:
    organisation.put(Story((), (), ()))
    organisation.agent("Support assistant")
    plan = planned(WISH, look(organisation))
    assert plan.problems == ()
    return plan


@pytest.fixture(scope="module")
def organisation():
    with Emulated() as emulated:
        yield emulated


def counted(live: Any) -> dict[str, int]:
    return {name: len(live.of(name)) for name in KINDS}


def cuts(whole: Paper) -> list[tuple[int, str]]:
    """Every write at every moment; in the suite, the answer of the first write for each kind that is made."""
    if many(1) > 1:
        return [(at, moment) for at in range(1, whole.writes + 1) for moment in MOMENTS]
    intents = [each for each in whole.lines if each.phase is Phase.INTENT]
    first: dict[str, int] = {}
    for at, intent in enumerate(intents, 1):
        if intent.step.endswith("/create"):
            first.setdefault(intent.step.partition(".")[0], at)
    return [(at, MOMENTS[2]) for at in first.values()]


def test_a_run_that_is_cut_off_at_any_write_is_resumed_to_the_end_and_makes_nothing_twice(organisation):
    plan, whole = begin(organisation), Paper()
    assert perform(organisation, plan, whole) == []
    expected = counted(look(organisation))
    assert expected["DelegationLink"] == 2
    faults = []
    for at, moment in cuts(whole):
        plan, paper = begin(organisation), Paper(at, moment)
        with pytest.raises(Cut):
            perform(organisation, plan, paper)
        organisation.clock.sleep(10)
        paper.at = 0
        wrong = perform(organisation, plan, paper)
        live = look(organisation)
        if wrong or counted(live) != expected or not planned(WISH, live).is_empty:
            where = [each for each in paper.lines if each.phase is Phase.INTENT][at - 1]
            faults.append((moment, where.step, where.said["path"], wrong, counted(live)))
    assert faults == []
