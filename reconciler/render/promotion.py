"""A promotion, for people and for machines."""

from dataclasses import asdict

from reconciler.core.promotion import Promotion
from reconciler.core.quantity import counted
from reconciler.render.answers import Promoted, VariedText
from reconciler.render.words import plain, show


def render(found: Promotion) -> str:
    """Say what was shown, and every text that variables make differ."""
    how = (
        "of exactly these manifests and settings"
        if found.letter_by_letter
        else "and these are the objects that it left"
    )
    lines = [f"Run {found.run} in {plain(found.from_environment)} is done, {how}."]
    for each in found.varied:
        lines.append(f"~ {plain(each.path)}  by {', '.join(map(plain, each.variables))}  {plain(str(each.source))}")
        lines.append(f"    {show(each.before)} -> {show(each.after)}")
    number = counted(len(found.varied), "text")
    lines.append(f"In {plain(found.to_environment)} only variables differ: {number}.")
    return "\n".join(lines) + "\n"


def answer(found: Promotion) -> Promoted:
    """Give the same for machines."""
    differences = [VariedText(**asdict(each) | {"source": each.source}) for each in found.varied]
    return Promoted(found.from_environment, found.to_environment, found.run, found.letter_by_letter, differences)
