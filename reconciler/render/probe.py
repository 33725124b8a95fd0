"""The results of a probe for a person, as a doctor writes: the verdict, what blocks, what to watch, each with a fix."""

from collections.abc import Iterator, Sequence

from reconciler.core.evidence import Verdict, Weight
from reconciler.core.noun import dataclass
from reconciler.core.quantity import counted
from reconciler.render.letter import Ability, Checks, Issue, Letter, summary
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.words import plain

_IN_THE_WAY, _MENDED = "what stands in the way", "what has to be mended all the same"
_AGAIN = "unknown whether connectable: "
_LONGEST, _VERDICT_LONGEST = 300, 1500
_TONES = {Weight.ERROR: Tone.TROUBLE, Weight.WARNING: Tone.CAUTION, Weight.INFO: Tone.FAINT}


@dataclass(frozen=True, slots=True)
class Detail:
    """How much to tell: remarks that nothing depends on, and each check that could not be observed."""

    remarks: bool = False
    unknown: bool = False


BRIEF = Detail()


def render(letters: Sequence[Letter], checks: Checks, palette: Palette = PLAIN, detail: Detail = BRIEF) -> str:
    """Give one letter a server, and a last line with the counts."""
    lines: list[str] = []
    for letter in letters:
        lines += [*_letter(letter, checks, palette, detail), *_unknown(letter, palette, full=detail.unknown), ""]
    return "\n".join([*lines, palette.paint(summary(letters), Tone.STRONG)]) + "\n"


def _letter(letter: Letter, checks: Checks, palette: Palette, detail: Detail) -> Iterator[str]:
    place = f"  {letter.source}" if letter.source else ""
    url = f"  {short(letter.url)}" if letter.url != letter.subject else ""
    yield palette.paint(short(letter.subject), Tone.STRONG) + palette.paint(f"{url}{plain(place)}", Tone.FAINT)
    yield f"  {_verdict(letter, palette)}"
    if letter.fault:
        return
    yield from (f"    {_ability(ability, palette)}" for ability in letter.abilities if _adds(ability, letter))
    issues = [issue for issue in letter.failures(checks) if not letter.repeats(issue)]
    remarks = [issue for issue in issues if issue.weight is Weight.INFO]
    named = (
        (_MENDED if letter.ready else _IN_THE_WAY, [i for i in issues if i.weight is Weight.ERROR]),
        ("what to watch", [i for i in issues if i.weight is Weight.WARNING]),
        ("for information", remarks if detail.remarks else []),
    )
    for title, group in named:
        if group:
            yield f"  {palette.paint(title, Tone.FAINT)}"
            yield from (f"    {_issue(issue, letter, palette)}" for issue in group)
    if remarks and not detail.remarks:
        hidden = f"{counted(len(remarks), 'remark')} for information; --verbose lists them"
        yield f"  {palette.paint(hidden, Tone.FAINT)}"


def verdict_words(letter: Letter) -> str:
    """Say in one sentence whether the server is ready, and why."""
    if letter.fault:
        return f"Not judged: {letter.fault}"
    if letter.ready is False and letter.connectable:
        return f"Not ready, although {letter.narrative}"
    head = {True: "Ready", False: "Not ready", None: "Unknown whether it is ready"}[letter.ready]
    why = letter.narrative.removeprefix(_AGAIN)
    return f"{head}: {why}" if why else f"{head}."


def _verdict(letter: Letter, palette: Palette) -> str:
    tone = {True: Tone.ADD, False: Tone.TROUBLE, None: Tone.CAUTION}[None if letter.fault else letter.ready]
    return palette.paint(short(verdict_words(letter), _VERDICT_LONGEST), tone)


def _adds(ability: Ability, letter: Letter) -> bool:
    """Whether the verdict does not tell already what is wrong with a capability."""
    return letter.connectable is not False or not ability.blocking or ability.subject not in letter.narrative


def ability_words(ability: Ability) -> str:
    """Say what an authorization server can do, how sure that is, and from where it is known."""
    sure = ability.standing if not ability.usable else f"{ability.standing}, on {ability.origin} evidence"
    blocked = f" (blocked by {', '.join(ability.blocking)})" if ability.blocking else ""
    because = f": {ability.reason}" if ability.reason else ""
    return f"{ability.offer.upper()} {sure}{because}{blocked}"


def _ability(ability: Ability, palette: Palette) -> str:
    text = f"{short(ability.subject)} {palette.dash} {short(ability_words(ability))}"
    return palette.paint(text, Tone.FAINT) if not ability.usable else text


def issue_words(issue: Issue) -> str:
    """Say what was seen, and what should have been."""
    seen = issue.finding.observed or issue.check.summary
    return f"{seen}; expected {issue.finding.expected}" if issue.finding.expected else seen


def _issue(issue: Issue, letter: Letter, palette: Palette) -> str:
    code = palette.paint(issue.check.id, _TONES[issue.weight])
    others = [subject for subject in issue.subjects if subject != letter.subject]
    about = f" {short(', '.join(others))}:" if others else ""
    fix = palette.paint(f"Fix: {plain(issue.check.fix)}", Tone.MOVE)
    return f"{code} {issue.check.name}:{about} {short(issue_words(issue)).rstrip('.')}. {fix}"


def _unknown(letter: Letter, palette: Palette, *, full: bool) -> Iterator[str]:
    unknown = letter.of(Verdict.UNKNOWN)
    if not unknown:
        return
    if not full:
        text = f"{counted(len(unknown), 'check')} could not be observed; --explain-unknown lists them"
        yield f"  {palette.paint(text, Tone.FAINT)}"
        return
    yield f"  {palette.paint('what could not be observed', Tone.FAINT)}"
    yield from (f"    {short(reason)} ({codes})" for reason, codes in unknown_words(letter))


def unknown_words(letter: Letter) -> Iterator[tuple[str, str]]:
    """Say why something could not be observed, once a reason and subject, with the ids of all checks concerned."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in letter.of(Verdict.UNKNOWN):
        groups.setdefault((finding.subject, finding.observed or "nothing was seen"), []).append(finding.id)
    for (subject, reason), codes in groups.items():
        about = f"{subject}: " if subject != letter.subject else ""
        yield f"{about}{reason}", " ".join(codes)


def short(text: str, most: int = _LONGEST) -> str:
    """Text from outside for one line of a terminal: visible, and not endless."""
    visible = plain(text)
    return visible if len(visible) <= most else f"{visible[: most - 1]}…"
