"""The chain of the journal: each line carries a hash over itself and the line before. No database here."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.document import Document, canonical
from reconciler.core.history import RUNNING
from reconciler.core.journal import Phase
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """Where the journal of an organisation ends: the number of its last line, and that line's hash."""

    seq: int = 0
    hash: str = ""


def continued(head: Head, bodies: Iterable[Document]) -> tuple[list[dict[str, Any]], Head]:
    """Give the rows for new lines, and the head after them."""
    rows = []
    for body in bodies:
        text = canonical({**body, "seq": head.seq + 1})
        head = Head(head.seq + 1, link(head.hash, text))
        rows.append({"seq": head.seq, "run": body["run"], "body": text, "hash": head.hash})
    return rows, head


def link(before: str, text: str) -> str:
    """The hash of a line: SHA-256 over the hash of the line before and its own text."""
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def sealed(plan: str) -> str:
    """What the first line of a run says of its plan, which stands elsewhere: the SHA-256 of its text."""
    return hashlib.sha256(plan.encode("utf-8", "surrogatepass")).hexdigest()


def faults(lines: Sequence[tuple[int, int, str, str]], head: Head) -> Iterator[str]:
    """What does not hold in a journal: lines as (seq, run, body, hash) in their order, and the head it should have."""
    before, expected = "", 1
    for seq, run, body, said in lines:
        if seq != expected:
            yield (
                f"Line {expected} is missing." if seq == expected + 1 else f"Lines {expected} to {seq - 1} are missing."
            )
        elif link(before, body) != said:
            yield f"Line {seq} was altered."
        elif _names(body) != (seq, run):
            yield f"Line {seq} stands under another number or run than it was written."
        before, expected = said, seq + 1
    if (expected - 1, before) != (head.seq, head.hash):
        yield f"The journal ends at line {expected - 1}; line {head.seq} was the last that was written."


def unlike(lines: Iterable[Document], rows: Mapping[int, Document]) -> Iterator[str]:
    """What the list of runs says otherwise than the lines of a journal that holds; `rows` by their numbers."""
    begun: dict[int, Document] = {}
    outcomes: dict[int, str] = {}
    for said in lines:
        if said["phase"] == Phase.BEGUN:
            begun[said["run"]] = said
        if said["phase"] in {Phase.BEGUN, Phase.RESUMED, Phase.OVER}:
            outcomes[said["run"]] = said.get("outcome", RUNNING)
    for run in sorted(begun.keys() | rows.keys()):
        if run not in rows:
            yield f"Run {run} was taken out of the list of runs."
        elif run not in begun:
            yield f"Run {run} is in the list of runs, and the journal does not know it."
        else:
            expected = {**begun[run], "outcome": outcomes[run]}
            altered = [name for name, value in rows[run].items() if expected.get(name, value) != value]
            if altered:
                yield f"Run {run} was altered in the list of runs: {', '.join(altered)}."


def _names(body: str) -> tuple[Any, Any]:
    said = json.loads(body)
    return said.get("seq"), said.get("run")
