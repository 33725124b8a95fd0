"""The lock file: read or refused, never ignored; written whole, and only when something changed."""

from pathlib import Path

import pytest

from reconciler.core.errors import LockUnusable, ReconcilerError
from reconciler.oauth.lock import IssuerLock, Lock, ResourceLock
from reconciler.oauth.lockfile import LOCK_FILE, load, save

URL, ISSUER = "https://mcp.example.com/mcp", "https://idp.example.com"
LOCK = Lock({URL: ResourceLock("a", (ISSUER,), {ISSUER: ("sts",)})}, {ISSUER: IssuerLock("b", thumbprints=("x",))})


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    assert load(tmp_path) is None


def test_comes_back_equal_and_is_written_once(tmp_path: Path) -> None:
    assert save(tmp_path, LOCK) is True
    assert load(tmp_path) == LOCK
    before = (tmp_path / LOCK_FILE).stat().st_mtime_ns
    assert save(tmp_path, LOCK) is False
    assert (tmp_path / LOCK_FILE).stat().st_mtime_ns == before
    assert [file.name for file in tmp_path.iterdir()] == [LOCK_FILE]


def test_a_change_touches_the_lines_that_changed_only(tmp_path: Path) -> None:
    save(tmp_path, LOCK)
    before = (tmp_path / LOCK_FILE).read_text(encoding="utf-8").splitlines()
    save(tmp_path, Lock(LOCK.resources, {ISSUER: IssuerLock("c", thumbprints=("x",))}))
    after = (tmp_path / LOCK_FILE).read_text(encoding="utf-8").splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"<<<<<<< HEAD\n", b'{"format_version": 99}', b"\xff\xfe", b'{"a": 1, "a": 2}']
)
def test_a_damaged_lock_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LOCK_FILE).write_bytes(content)
    with pytest.raises(LockUnusable):
        load(tmp_path)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(LockUnusable):
        load(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / LOCK_FILE).symlink_to("/etc/hostname")
    with pytest.raises(LockUnusable):
        load(other)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="cannot be written"):
        save(tmp_path / "gone", LOCK)
