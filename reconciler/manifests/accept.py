"""Acceptances into a baseline that people have written: comments, order and quoting stay."""

import re
from collections.abc import Sequence

from ruamel.yaml.comments import CommentedSeq

from reconciler.core.document import Document, without_none
from reconciler.core.drift import Acceptance
from reconciler.manifests.envelope import API_VERSION
from reconciler.manifests.write import dumped, styled, writer_of

_HEAD = f"""\
# Drift that somebody lives with. Written by `reconciler drift accept`; entries may be edited and removed by hand.
apiVersion: {API_VERSION}
accepted: []
"""
_INDENTED = re.compile(r"^accepted:[^\n]*\n(?:[ ]*(?:#[^\n]*)?\n)*(?P<blanks>[ ]*)- ", re.MULTILINE)


def accepting(text: str | None, entries: Sequence[Acceptance]) -> str:
    """Give the text of a baseline with acceptances added, or renewed where they are there; None: there is no file."""
    reader = writer_of(unicode=True)
    whole = reader.load(text or _HEAD)
    accepted = whole.get("accepted")
    if not accepted:
        accepted = whole["accepted"] = CommentedSeq()
    for entry in entries:
        _put(accepted, entry)
    return dumped(whole, offset=_offset(text))


def _offset(text: str | None) -> int:
    """How far the items of the list are indented in a file that is there."""
    found = _INDENTED.search(text or "")
    return len(found["blanks"]) if found else 2


def _put(accepted: CommentedSeq, entry: Acceptance) -> None:
    value = _document(entry)
    place = next((old for old in accepted if (old.get("path"), old.get("environment")) == _key(entry)), None)
    if place is None:
        accepted.append(styled(value))
        return
    for key in [key for key in place if key not in value]:
        del place[key]
    for key, item in value.items():
        if place.get(key) != item:
            place[key] = styled(item)


def _key(entry: Acceptance) -> tuple[str, str]:
    return entry.path, entry.environment


def _document(entry: Acceptance) -> Document:
    return without_none(
        {
            "path": entry.path,
            "environment": entry.environment,
            "live": entry.live,
            "owner": entry.owner,
            "reason": entry.reason,
            "expires": entry.expires,
        }
    )
