"""Reading the index and commits as a tree of files; git is the real one."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError, FailedError, UsageError
from sopskit.repo.blobs import Blobs
from sopskit.repo.discovery import Repository
from sopskit.repo.trees import GitTree, commit_tree, index_tree
from tests.repo.trees import HARD_NAMES, git, git_init, plain, write

if TYPE_CHECKING:
    from pathlib import Path


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=x")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = git_init(tmp_path / "r")
    write(found.root, "a.yaml", b"one\n")
    write(found.root, "folder/b.yaml", b"two\0\r\n")
    commit(found.root)
    return found


def contents(tree: GitTree) -> dict[str, bytes]:
    return {path: tree.read(path).content for path in tree.files()}


def test_the_index_is_what_is_staged_not_what_lies_in_the_work_tree(repository: Repository) -> None:
    write(repository.root, "a.yaml", b"staged\n")
    write(repository.root, "new.yaml", b"new\n")
    git(repository.root, "add", "a.yaml", "new.yaml")
    write(repository.root, "a.yaml", b"later\n")
    write(repository.root, "untracked.yaml", b"x\n")
    git(repository.root, "rm", "--quiet", "--cached", "folder/b.yaml")
    assert contents(index_tree(repository)) == {"a.yaml": b"staged\n", "new.yaml": b"new\n"}


def test_a_commit_is_read_as_it_was(repository: Repository) -> None:
    before = {"a.yaml": b"one\n", "folder/b.yaml": b"two\0\r\n"}
    write(repository.root, "a.yaml", b"changed\n")
    (repository.root / "folder/b.yaml").unlink()
    commit(repository.root)
    assert contents(commit_tree(repository, "HEAD~1")) == before
    assert contents(commit_tree(repository, "HEAD")) == {"a.yaml": b"changed\n"}


def test_what_is_read_equals_the_work_tree_for_names_of_all_kinds(tmp_path: Path) -> None:
    repository = git_init(tmp_path / "r")
    for number, name in enumerate(HARD_NAMES):
        write(repository.root, name, str(number).encode())
    commit(repository.root)
    expected = {path: repository.read(path).content for path in repository.files()}
    assert len(expected) == len(HARD_NAMES)
    assert contents(commit_tree(repository, "HEAD")) == contents(index_tree(repository)) == expected


def test_no_filter_and_no_text_conversion_runs(repository: Repository, tmp_path: Path) -> None:
    """The repository is hostile: its attributes and configuration name programs."""
    trace = tmp_path / "ran"
    write(repository.root, ".gitattributes", b"*.yaml filter=evil diff=evil text eol=crlf\n")
    commit(repository.root)
    for name in ("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "core.fsmonitor"):
        git(repository.root, "config", name, f"touch {trace}; cat")
    assert commit_tree(repository, "HEAD").read("a.yaml").content == b"one\n"
    assert index_tree(repository).read("a.yaml").content == b"one\n"
    assert not trace.exists()


def test_links_are_followed_inside_the_tree_only(repository: Repository) -> None:
    root = repository.root
    (root / "link.yaml").symlink_to("folder/../a.yaml")
    (root / "folder-link").symlink_to("folder")
    (root / "folder/up.yaml").symlink_to("../link.yaml")
    (root / "nowhere.yaml").symlink_to("missing")
    (root / "out.yaml").symlink_to("/etc/passwd")
    (root / "up.yaml").symlink_to("../secret")
    (root / "circle.yaml").symlink_to("circle.yaml")
    commit(root)
    tree = commit_tree(repository, "HEAD")
    assert tree.files() == repository.files()
    assert tree.read("folder/up.yaml").resolved == "a.yaml"
    assert tree.read("folder-link/b.yaml").resolved == "folder/b.yaml"
    assert not tree.has("folder-link/b.yaml/x")
    for path in ("out.yaml", "up.yaml"):
        with pytest.raises(ConfigurationError, match="leads out of the repository"):
            tree.read(path)
    with pytest.raises(FailedError, match="circle"):
        tree.read("circle.yaml")
    with pytest.raises(FailedError, match=r"nowhere\.yaml: there is no such file"):
        tree.read("nowhere.yaml")


def test_what_there_is(repository: Repository) -> None:
    for tree in (index_tree(repository), commit_tree(repository, "HEAD"), repository):
        assert [tree.has(path) for path in ("a.yaml", "folder", "folder/b.yaml", "b.yaml")] == [
            True,
            True,
            True,
            False,
        ]


def test_of_a_file_with_conflicts_our_side_is_read(repository: Repository) -> None:
    root = repository.root
    git(root, "checkout", "--quiet", "-b", "theirs")
    write(root, "a.yaml", b"theirs\n")
    commit(root)
    git(root, "checkout", "--quiet", "-")
    write(root, "a.yaml", b"ours\n")
    commit(root)
    subprocess.run(["git", "merge", "theirs"], cwd=root, capture_output=True, check=False)
    assert index_tree(repository).read("a.yaml").content == b"ours\n"


def test_submodules_are_no_files(repository: Repository, tmp_path: Path) -> None:
    other = git_init(tmp_path / "other")
    write(other.root, "c.yaml", b"c")
    commit(other.root)
    git(
        repository.root,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(other.root),
        "sub",
    )
    commit(repository.root)
    assert commit_tree(repository, "HEAD").files() == [".gitmodules", "a.yaml", "folder/b.yaml"]


@pytest.mark.parametrize("revision", ["nothing", "--all", "HEAD~9", "", "HEAD:a.yaml", "a\nb"])
def test_there_is_no_such_commit(repository: Repository, revision: str) -> None:
    with pytest.raises(UsageError, match="there is no commit"):
        commit_tree(repository, revision)


def test_no_commit_yet_and_no_git(tmp_path: Path) -> None:
    empty = git_init(tmp_path / "empty")
    assert index_tree(empty).files() == []
    with pytest.raises(UsageError, match="there is no commit HEAD"):
        commit_tree(empty, "HEAD")
    for read in (index_tree, lambda repository: commit_tree(repository, "HEAD")):
        (tmp_path / "folder").mkdir(exist_ok=True)
        with pytest.raises(ConfigurationError, match="is no git repository"):
            read(plain(tmp_path / "folder"))


def test_what_a_partial_clone_does_not_have(repository: Repository, tmp_path: Path) -> None:
    """git would fetch it, from a remote that the repository names."""
    git(repository.root, "config", "uploadpack.allowFilter", "true")
    url = repository.root.as_uri()
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", url, "partial")
    tree = commit_tree(Repository.open(tmp_path / "partial"), "HEAD")
    for path in ("a.yaml", "folder/b.yaml"):
        with pytest.raises(FailedError, match=rf"{path}: is not in this clone") as caught:
            tree.read(path)
        assert "partial clone" in str(caught.value.hint)
    assert not git(tmp_path / "partial", "cat-file", "--batch-all-objects", "--batch-check").count(" blob ")


def test_a_blob_that_is_too_large_is_passed_over(repository: Repository) -> None:
    write(repository.root, "large", os.urandom(3 << 20))
    write(repository.root, "small", b"small\n")
    commit(repository.root)
    entries = commit_tree(repository, "HEAD").entries
    blobs = Blobs(repository.root)
    with pytest.raises(FailedError, match="larger than 1 MiB"):
        blobs.read(entries["large"].blob, limit=1 << 20)
    assert blobs.read(entries["small"].blob) == b"small\n"


def test_something_else_than_a_blob(repository: Repository) -> None:
    tree = subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}"], cwd=repository.root, capture_output=True, check=True, text=True
    ).stdout.strip()
    with pytest.raises(FailedError):
        Blobs(repository.root).read(tree)


def test_git_ends_with_what_reads(repository: Repository) -> None:
    tree = commit_tree(repository, "HEAD")
    tree.read("a.yaml")
    children = f"/proc/self/task/{os.getpid()}/children"
    with open(children) as file:  # noqa: PTH123
        before = file.read().split()
    del tree
    with open(children) as file:  # noqa: PTH123
        assert len(file.read().split()) == len(before) - 1
