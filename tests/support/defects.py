"""One world, one defect: exactly the named check fails that passed before, and nothing else but declared companions."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest

from reconciler.core.evidence import Finding, Reply, Unanswered
from reconciler.oauth import Static, conclude, weight_of
from tests.support.readiness import IDP, Change, World, world

Json = Any


class Defect(NamedTuple):
    """A change that breaks one rule. `also` are ids that must fail with it; `base` is what the world is before."""

    id: str
    name: str
    change: Change
    also: frozenset[str] = frozenset()
    weight: str | None = None
    base: tuple[Change, ...] = ()
    locked: bool = False
    verdict: str = "fail"


def defect(code: str, change: Change, also: str = "", name: str = "", **more: Json) -> Any:
    """A parameter of a table of defects; its test id is the id of the check."""
    made = Defect(code, name, change, frozenset(also.split()), **more)
    return pytest.param(made, id=f"{code}-{name}" if name else code)


def no_lock(made: World) -> None:
    made.more = {"lock": None} | made.more


def verdict_of(code: str, findings: Iterable[Finding]) -> set[str]:
    return {f.verdict.value for f in findings if f.id == code}


def judge_world(*changes: Change, locked: bool = False) -> tuple[Finding, ...]:
    return conclude(world(*changes, *(() if locked else (no_lock,))).observe()).findings


def prove(case: Defect) -> None:
    """Judge the world before and after, and compare what fails."""
    before = _before(case.base, locked=case.locked)
    after = judge_world(*case.base, case.change, locked=case.locked)
    old = {f.id for f in before if f.verdict == "fail"}
    new = {f.id for f in after if f.verdict == "fail"} - old
    assert case.id not in old, "the world was not right before"
    expected = {case.id} if case.verdict == "fail" else set()
    assert new == expected | case.also, f"fails: {sorted(new)}"
    assert case.verdict in verdict_of(case.id, after)
    if case.weight is not None:
        assert {weight_of(f).value for f in after if f.id == case.id and f.verdict == "fail"} == {case.weight}


@cache
def _before(base: tuple[Change, ...], *, locked: bool) -> tuple[Finding, ...]:
    return judge_world(*base, locked=locked)


# -- changes in few words ------------------------------------------------------------------------------------------


def meta(**members: Json) -> Change:
    """Members of the external server's metadata; None removes one."""
    return lambda w: _update(w.idp.meta, members)


def okta_meta(**members: Json) -> Change:
    return lambda w: _update(w.okta.meta, members)


def prm(**members: Json) -> Change:
    return lambda w: _update(w.prm, members)


def target(**members: Json) -> Change:
    return lambda w: setattr(w, "target", replace(w.target, **members))


def registration(**members: Json) -> Change:
    return lambda w: setattr(w, "registration", replace(w.registration, **members))


def static(**members: Json) -> Change:
    return lambda w: setattr(w, "static", replace(w.static or Static(), **members))


def written(**members: Json) -> Change:
    return lambda w: setattr(w, "written", replace(w.written, **members))


def facts(subject: str = IDP, **members: Json) -> Change:
    def change(w: World) -> None:
        w.facts[subject] = replace(w.facts[subject], **members)

    return change


def declared(subject: str = IDP, **members: Json) -> Change:
    return lambda w: w.declared[subject].update(members)


def answers(**replies: Reply | None) -> Change:
    """Answers of the MCP server."""
    return lambda w: w.replies.update(replies)


def endpoint(**replies: Reply | None) -> Change:
    """Answers of the external authorization server."""
    return lambda w: w.idp.replies.update(replies)


def hosts(host: str, **members: Json) -> Change:
    def change(w: World) -> None:
        w.hosts[host] = replace(w.hosts[host], **members)

    return change


def challenge(text: str | None) -> Change:
    return lambda w: setattr(w, "challenge", text)


def keys(*keys: Json) -> Change:
    return lambda w: setattr(w.idp, "jwks", {"keys": list(keys)})


def more(**members: Json) -> Change:
    return lambda w: w.more.update(members)


def everywhere(change: Callable[[Reply], Reply]) -> Change:
    """Change each answer of the MCP server's metadata."""

    def spoil(w: World) -> None:
        for fetched in w.server().documents:
            w.places[fetched.variant] = change(fetched.reply)

    return spoil


def silent(why: Unanswered, detail: str = "") -> Callable[[Reply], Reply]:
    return lambda old: Reply(old.url, unanswered=why, detail=detail)


def header(**said: str) -> Callable[[Reply], Reply]:
    """The same answer with other headers; an empty text removes one."""

    def change(old: Reply) -> Reply:
        merged = dict(old.headers) | {name.replace("_", "-"): value for name, value in said.items()}
        return replace(old, headers=tuple((name, value) for name, value in merged.items() if value))

    return change


def _update(document: dict[str, Json], members: dict[str, Json]) -> None:
    document.update(members)
    for name in [name for name, value in document.items() if value is None]:
        del document[name]
