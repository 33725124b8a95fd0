"""Policies for people and machines: what there is, what one is for, and how their tests went."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from reconciler.core.policy import Exemption, Policy, Rulebook
from reconciler.core.quantity import counted
from reconciler.render.answers import PolicyExplained, PolicyList, PolicyShown, WaiverShown
from reconciler.render.words import plain


def listed(book: Rulebook) -> str:
    """Every policy on a line, and below it who is excepted from it."""
    if not book.policies:
        return "No policies. See docs/policies.md, or `reconciler policy list --all` for those that come along."
    names = sorted(book.policies)
    widest = max(map(len, names))
    lines = []
    for name in names:
        policy = book.policies[name]
        lines.append(f"{name:<{widest}}  {policy.severity:<7}  {policy.over:<6}  {plain(policy.title)}")
        lines += [f"{'':<{widest}}  {_waived(each)}" for each in book.exemptions if each.policy == name]
    return "\n".join(lines)


def _waived(waived: Exemption) -> str:
    return f"{', '.join(map(plain, waived.subjects))}: {plain(str(waived.waiver))}"


def explained(policy: Policy, exemptions: Sequence[Exemption]) -> str:
    """Everything about one policy."""
    return "\n".join(_explained(policy, exemptions))


def _explained(policy: Policy, exemptions: Sequence[Exemption]) -> Iterator[str]:
    about = ", ".join(policy.kinds) or "everything"
    yield f"{policy.name}: {plain(policy.title)}"
    yield f"{policy.severity}, over each {policy.over}, about {plain(about)}; {plain(str(policy.source))}"
    said = (("Where", ", ".join(policy.environments)), ("Why", policy.why), ("When", policy.when))
    for word, text in (*said, ("Demands", policy.require), ("Says", policy.message), ("Fix", policy.fix)):
        if text:
            yield f"\n{word}\n    " + "\n    ".join(plain(line) for line in text.strip().splitlines())
    for case in policy.cases:
        yield f"\nTest: {plain(case.name)} ({'holds' if case.holds else 'fails'})"
    for waived in exemptions:
        yield f"\nExcepted: {_waived(waived)}"


def tried(results: Sequence[tuple[str, str, str]]) -> str:
    """How tests went: policy, test, and what was otherwise than expected (empty where nothing was)."""
    lines = [f"{'FAIL' if said else 'ok':<4}  {name}: {plain(case)}" for name, case, said in results]
    lines = [text for line, (_, _, said) in zip(lines, results, strict=True) for text in _with(line, said)]
    failed = sum(bool(said) for _, _, said in results)
    lines.append(f"{counted(len(results), 'test')}, {failed} failed.")
    return "\n".join(lines)


def _with(line: str, said: str) -> Iterator[str]:
    yield line
    if said:
        yield f"      {plain(said)}"


def answer(policy: Policy) -> PolicyShown:
    """A policy for machines."""
    return PolicyShown(**policy.meaning, why=policy.why, source=str(policy.source), tests=len(policy.cases))


def explained_answer(policy: Policy, exemptions: Sequence[Exemption]) -> PolicyExplained:
    """A policy with its exceptions for machines."""
    return PolicyExplained(**asdict(answer(policy)), waivers=[*map(waiver, exemptions)])


def waiver(waived: Exemption) -> WaiverShown:
    """A waiver for machines."""
    return WaiverShown(waived.name, **waived.meaning, source=str(waived.source))


def listed_answer(book: Rulebook) -> PolicyList:
    """All policies and waivers for machines."""
    policies = [answer(policy) for _, policy in sorted(book.policies.items())]
    return PolicyList(book.digest, policies, [*map(waiver, book.exemptions)])
