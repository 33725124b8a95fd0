"""Which commit is checked out, asked of real repositories."""

import shutil
import subprocess

import pytest

from reconciler.app.revision import below, commit

GIT = shutil.which("git") or "git"


def git(folder, *arguments):
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run([GIT, *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    return folder


def test_the_commit_of_a_branch_is_found_also_from_below(repository):
    (repository / "sub").mkdir()
    assert commit(repository / "sub") == commit(repository) == git(repository, "rev-parse", "HEAD")


def test_the_commit_is_found_where_references_are_packed_or_head_is_detached(repository):
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "pack-refs", "--all")
    assert commit(repository) == head
    git(repository, "checkout", "-q", "--detach")
    assert commit(repository) == head


def test_a_second_worktree_has_its_own_commit(repository):
    git(repository, "worktree", "add", "-q", "-b", "other", "../other")
    git(repository.parent / "other", "commit", "-q", "--allow-empty", "-m", "two")
    assert commit(repository.parent / "other") == git(repository.parent / "other", "rev-parse", "HEAD")
    git(repository, "pack-refs", "--all")
    assert commit(repository.parent / "other") == git(repository.parent / "other", "rev-parse", "HEAD")
    assert commit(repository) != commit(repository.parent / "other")


@pytest.mark.parametrize("head", [None, "", "ref: refs/heads/main", "not a hash", b"\xff\xfe"])
def test_where_there_is_no_commit_there_is_none(tmp_path, head):
    if head is not None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "HEAD").write_bytes(head if isinstance(head, bytes) else head.encode())
    assert commit(tmp_path) == ""


def test_where_a_project_lies_in_its_repository_is_told_as_others_name_its_files(repository, tmp_path):
    (repository / "infra" / "okta").mkdir(parents=True)
    assert below(repository / "infra" / "okta") == "infra/okta/"
    assert below(repository) == ""
    assert below(tmp_path) == ""
