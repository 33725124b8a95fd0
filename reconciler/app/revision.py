"""Which commit is checked out, and where in it a folder lies: read off the files, no program of it is run."""

import re
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_REFERENCE = "ref: "


def commit(root: Path) -> str:
    """Give the commit of the repository that a folder lies in; empty where there is none, or none is made yet."""
    found = _repository(root)
    try:
        text = _head(found / ".git") if found else ""
    except (OSError, UnicodeDecodeError):
        return ""
    return text if _HASH.fullmatch(text) else ""


def below(root: Path) -> str:
    """Give where a folder lies in its repository, as `sub/folder/`; empty at the top, and outside of any."""
    found = _repository(root)
    way = root.resolve().relative_to(found).as_posix() if found else "."
    return "" if way == "." else f"{way}/"


def _repository(root: Path) -> Path | None:
    here = root.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def _head(git: Path) -> str:
    """The commit that HEAD names. `.git` is a file in a second worktree, and says where the folder is."""
    if git.is_file():
        git = git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir: ").strip()
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith(_REFERENCE):
        return head
    name = head.removeprefix(_REFERENCE)
    shared = git / "commondir"
    folders = [git, git / shared.read_text(encoding="utf-8").strip()] if shared.is_file() else [git]
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()
        packed = folder / "packed-refs"
        for line in packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else ():
            hashed, _, known = line.partition(" ")
            if known == name:
                return hashed
    return ""
