"""The results of a probe as Markdown, for a pull request: nothing from outside can format, link or call somebody."""

from collections.abc import Iterator, Sequence

from reconciler.core.evidence import Verdict, Weight
from reconciler.core.quantity import counted
from reconciler.render import markup
from reconciler.render.letter import Checks, Letter, counts, vantages
from reconciler.render.markup import escape
from reconciler.render.probe import ability_words, issue_words, short, unknown_words, verdict_words

BUDGET = 65_000
_CUT = "\n\n_The report was cut here; run `reconciler probe` to read all of it._\n"
_MARKS = {Weight.ERROR: "error", Weight.WARNING: "warning", Weight.INFO: "note"}


def render(letters: Sequence[Letter], checks: Checks, *, explain_unknown: bool = False) -> str:
    """Give the report, worst servers first, at most as long as a comment may be."""
    ordered = sorted(letters, key=lambda letter: {False: 0, None: 1, True: 2}[letter.ready])
    places = ", ".join(map(code, vantages(letters)))
    text = f"## MCP servers: readiness\n\n{escape(counts(letters))}{f' Seen from {places}.' if places else ''}\n"
    for letter in ordered:
        part = "\n".join(_letter(letter, checks, explain_unknown=explain_unknown))
        if len((text + part + _CUT).encode()) > BUDGET:
            return text + _CUT
        text += f"\n{part}\n"
    return text


def _letter(letter: Letter, checks: Checks, *, explain_unknown: bool) -> Iterator[str]:
    head, _, why = verdict_words(letter).partition(": ")
    yield f"### {code(letter.subject)}"
    yield ""
    yield f"**{escape(head)}** {code(why) if why else ''}".rstrip()
    yield ""
    if letter.url != letter.subject:
        yield f"- {code(letter.url)}"
    for ability in letter.abilities:
        yield f"- {code(ability.subject)} {code(ability_words(ability))}"
    for issue in letter.failures(checks):
        if letter.repeats(issue):
            continue
        about = ", ".join(code(subject) for subject in issue.subjects if subject != letter.subject)
        place = f" at {code(str(issue.source))}" if issue.source else ""
        head = f"{_MARKS[issue.weight]} **{issue.check.id}** {escape(issue.check.name)}{place}"
        said = f"{code(issue_words(issue))} Fix: {escape(issue.check.fix)}"
        yield f"- {head}: {f'{about}: ' if about else ''}{said}"
    unknown = letter.of(Verdict.UNKNOWN)
    if unknown and not explain_unknown:
        yield f"- {escape(counted(len(unknown), 'check'))} could not be observed"
    elif unknown:
        yield from (f"- unknown: {codes}: {code(reason)}" for reason, codes in unknown_words(letter))


def code(text: str) -> str:
    """Text from outside as a code span that it cannot leave, and not endless."""
    return markup.code(short(text))
