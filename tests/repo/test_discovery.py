"""Finding a repository, listing its files and reading them; git is the real one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError, FailedError, SopskitError, ToolMissingError
from sopskit.repo import snapshot
from sopskit.repo.discovery import Repository
from tests.killing import dies_at
from tests.programs import program
from tests.repo.trees import HARD_NAMES, git, git_init, plain, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Opening.


def test_git_decides_the_root_from_any_folder_below(tmp_path: Path) -> None:
    root = tmp_path / "new\nline"
    git_init(root)
    write(root, "sub/.sops.yaml", b"")
    expected = Repository(root, root / ".git", in_git=True)
    assert Repository.open(root / "sub") == Repository.open(root) == expected
    (tmp_path / "link").symlink_to(root)
    assert Repository.open(tmp_path / "link" / "sub") == expected


def test_a_linked_worktree_has_a_state_folder_of_its_own(tmp_path: Path) -> None:
    root = git_init(tmp_path / "main").root
    git(root, "commit", "--quiet", "--allow-empty", "--message=x")
    git(root, "worktree", "add", "--quiet", "../second")
    found = Repository.open(tmp_path / "second")
    assert found == Repository(tmp_path / "second", root / ".git/worktrees/second", in_git=True)


def test_outside_git_the_nearest_rules_decide(tmp_path: Path) -> None:
    write(tmp_path, "a/.sops.yaml", b"")
    write(tmp_path, "a/b/.sops.yaml", b"")
    write(tmp_path, "a/b/c/d/file", b"")
    (tmp_path / "none").mkdir()
    assert Repository.open(tmp_path / "a/b/c/d") == plain(tmp_path / "a/b")
    assert Repository.open(tmp_path / "a") == plain(tmp_path / "a")
    assert Repository.open(tmp_path / "none") == plain(tmp_path / "none")
    assert not (tmp_path / "none/.sopskit").exists()


@pytest.mark.parametrize("make", [lambda folder: None, Path.touch])
def test_no_folder(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "x")
    with pytest.raises(ConfigurationError, match="no such folder"):
        Repository.open(tmp_path / "x")


def test_a_bare_repository_has_no_work_tree(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    git_init(tmp_path / "other")
    for folder in (tmp_path / "bare", tmp_path / "other/.git"):
        with pytest.raises(ConfigurationError, match="no work tree"):
            Repository.open(folder)


def test_a_work_tree_elsewhere_is_refused(tmp_path: Path) -> None:
    git_init(tmp_path / "repository")
    (tmp_path / "elsewhere").mkdir()
    git(tmp_path / "repository", "config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(ConfigurationError):
        Repository.open(tmp_path / "repository")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_hint_for_a_foreign_repository_is_the_command_that_helps(tmp_path: Path) -> None:
    root = git_init(tmp_path / "repository").root
    os.chown(root, 1234, 1234)
    with pytest.raises(ConfigurationError, match="belongs to someone else") as caught:
        Repository.open(root)
    hint = caught.value.hint or ""
    assert hint.startswith("git config --global --add safe.directory ")
    subprocess.run(hint.split(), check=True)
    assert Repository.open(root).root == root


def test_git_is_only_needed_where_there_is_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git_init(tmp_path / "repository")
    write(tmp_path, "plain/a", b"")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Repository.open(tmp_path / "plain").files() == ["a"]
    with pytest.raises(ToolMissingError, match="git is not installed"):
        Repository.open(tmp_path / "repository")


def test_the_variables_of_a_git_hook_do_not_mislead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = git_init(tmp_path / "repository").root
    write(root, "a", b"")
    git_init(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    found = Repository.open(root)
    assert (found.root, found.files()) == (root, ["a"])


def test_no_program_of_the_repository_is_run(tmp_path: Path) -> None:
    repository = git_init(tmp_path / "repository")
    write(repository.root, "a", b"")
    write(tmp_path, "trap", f"#!/bin/sh\ntouch {tmp_path}/sprung\n".encode(), 0o755)
    git(repository.root, "config", "core.fsmonitor", str(tmp_path / "trap"))
    assert Repository.open(repository.root).files() == ["a"]
    assert not (tmp_path / "sprung").exists()
    git(repository.root, "ls-files", "--others")
    git(repository.root, "status")
    assert (tmp_path / "sprung").exists(), "the trap must work, else this test shows nothing"


# Listing.


def test_git_lists_what_is_there_and_not_ignored(tmp_path: Path) -> None:
    repository = git_init(tmp_path / "repository")
    root = repository.root
    for name in (*HARD_NAMES, "gone", "became a folder", ".gitignore"):
        write(root, name, b"")
    write(root, ".gitignore", b"ignored*\n")
    git(root, "add", ".")
    write(root, "ignored", b"")
    write(root, "ignored but tracked", b"")
    git(root, "add", "--force", "ignored but tracked")
    (root / "gone").unlink()
    (root / "became a folder").unlink()
    write(root, "became a folder/untracked", b"")
    write(root, ".b.yaml.sopskit-0123456789abcdef", b"")
    os.mkfifo(root / "pipe")
    expected = {*HARD_NAMES, ".gitignore", "ignored but tracked", "became a folder/untracked"}
    assert repository.files() == sorted(expected)


def test_submodules_and_nested_repositories_are_left_out(tmp_path: Path) -> None:
    inner = git_init(tmp_path / "inner").root
    git(inner, "commit", "--quiet", "--allow-empty", "--message=x")
    repository = git_init(tmp_path / "outer")
    git(
        repository.root,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(inner),
        "module",
    )
    write(git_init(repository.root / "nested").root, "a", b"")
    assert repository.files() == [".gitmodules"]


def test_a_merge_lists_each_file_once(tmp_path: Path) -> None:
    repository = git_init(tmp_path / "repository")
    root = repository.root
    for branch in ("main", "other"):
        git(root, "checkout", "--quiet", "--orphan", branch)
        write(root, "a", branch.encode())
        git(root, "add", "a")
        git(root, "commit", "--quiet", f"--message={branch}")
    merge = [program("git"), "merge", "--allow-unrelated-histories", "main"]
    assert subprocess.run(merge, cwd=root, check=False, capture_output=True).returncode == 1
    assert repository.files() == ["a"]


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    repository = git_init(tmp_path / "repository")
    (repository.root / ".git/index").write_bytes(b"garbage" * 100)
    with pytest.raises(FailedError, match="could not list"):
        repository.files()


@pytest.mark.parametrize("make", [plain, git_init])
def test_links_are_listed_unless_they_lead_to_a_folder(
    make: Callable[[Path], Repository], tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    repository = make(root)
    write(root, "folder/a", b"")
    for name, place in {
        "in": "folder/a",
        "dir": "folder",
        "out": "/etc/passwd",
        "nowhere": "x",
        "self": "self",
    }.items():
        (root / name).symlink_to(place)
    assert repository.files() == ["folder/a", "in", "nowhere", "out", "self"]


def test_a_plain_folder_lists_all_but_git_and_ours(tmp_path: Path) -> None:
    for name in (*HARD_NAMES, ".git/config", "deep/.git/config", ".sopskit/sopskit.lock", ".hidden"):
        write(tmp_path / "r", name, b"")
    os.mkfifo(tmp_path / "r/pipe")
    assert plain(tmp_path / "r").files() == sorted([*HARD_NAMES, ".hidden"])


BUILD_DEEP = """
import os, sys
for _ in range(int(sys.argv[1])):
    os.mkdir("d")
    os.chdir("d")
open("a", "w").close()
"""


@pytest.fixture
def deep(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A tree of that many levels; removed without Python, whose own removal recurses."""
    subprocess.run([sys.executable, "-c", BUILD_DEEP, str(request.param)], cwd=tmp_path, check=True)
    yield tmp_path
    subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)


@pytest.mark.parametrize("deep", [sys.getrecursionlimit() + 300], indirect=True)
def test_a_tree_deeper_than_the_stack(deep: Path) -> None:
    assert plain(deep).files() == ["d/" * (sys.getrecursionlimit() + 300) + "a"]


@pytest.mark.parametrize("deep", [2100], indirect=True)
def test_a_tree_deeper_than_a_path_can_be(deep: Path) -> None:
    with pytest.raises(FailedError, match="name too long"):
        plain(deep).files()


def test_a_chain_of_links_longer_than_the_stack(tmp_path: Path) -> None:
    chain = sys.getrecursionlimit() + 300
    for number in range(chain):
        (tmp_path / str(number)).symlink_to(str(number + 1))
    repository = plain(tmp_path)
    assert len(repository.files()) == chain
    with pytest.raises(FailedError):
        repository.read("0")


# Reading.


@pytest.mark.parametrize("name", HARD_NAMES)
def test_a_file_is_read_as_it_is(name: str, tmp_path: Path) -> None:
    write(tmp_path, name, b"\xff\x00\r\n", 0o640)
    found = plain(tmp_path).read(name)
    status = (tmp_path / name).stat()
    assert (found.path, found.resolved, found.content) == (name, name, b"\xff\x00\r\n")
    assert found.identity.mode == 0o640
    assert (found.identity.inode, found.identity.mtime_ns) == (status.st_ino, status.st_mtime_ns)
    assert "content" not in repr(found)


def test_two_links_to_one_file_resolve_to_it(tmp_path: Path) -> None:
    write(tmp_path, "real/a", b"x")
    (tmp_path / "file").symlink_to("real/a")
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    repository = plain(tmp_path)
    for path in ("real/a", "file", "folder/a"):
        found = repository.read(path)
        assert (found.path, found.resolved, found.content) == (path, "real/a", b"x")
        assert repository.resolve(path) == tmp_path / "real/a"


def no_file(kind: str, place: Path) -> None:
    """Put something there that is no file."""
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            here = Path.cwd()
            os.chdir(place.parent)  # a socket's path is at most 108 bytes
            listener.bind(place.name)
            os.chdir(here)
    elif kind == "device":
        os.mknod(place, 0o020644, os.makedev(1, 5))
    else:
        {"pipe": os.mkfifo, "folder": Path.mkdir}[kind](place)  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device"])
@pytest.mark.parametrize("through", ["directly", "link"])
def test_what_is_no_file_is_told_and_never_waited_for(kind: str, through: str, tmp_path: Path) -> None:
    if kind == "device" and os.geteuid() != 0:
        pytest.skip("only root can make a device")
    no_file(kind, tmp_path / "directly")
    (tmp_path / "link").symlink_to("directly")
    with pytest.raises(FailedError, match=rf"{through}: is a {kind}, no file"):
        plain(tmp_path).read(through)


LINKS = {
    "/etc/passwd": ConfigurationError,
    "../outside": ConfigurationError,
    "folder/../../outside": ConfigurationError,
    ".git/config": ConfigurationError,
    ".": ConfigurationError,
    "nowhere": FailedError,
    "link": FailedError,
    "x" * 300: FailedError,
}


@pytest.mark.parametrize(("place", "error"), LINKS.items())
@pytest.mark.parametrize("through_link", [True, False])
def test_what_leads_out_or_nowhere_is_named(
    place: str, error: type[SopskitError], through_link: bool, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    write(tmp_path, "outside", b"")
    write(root, ".git/config", b"")
    write(root, "folder/a", b"")
    if through_link or place == "link":
        (root / "link").symlink_to(place)
    path = "link" if through_link else place
    with pytest.raises(error) as caught:
        plain(root).read(path)
    assert caught.value.path == path


def test_names_that_are_none(tmp_path: Path) -> None:
    for path in ("a\0b", "a/" * 5000 + "a"):
        with pytest.raises(FailedError):
            plain(tmp_path).read(path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", snapshot.SIZE_LIMIT + 1)
    with pytest.raises(FailedError, match="larger than 256 MiB"):
        plain(tmp_path).read("huge")


def test_a_file_of_fifty_megabytes_is_read(tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 50
    write(tmp_path, "large", content)
    assert plain(tmp_path).read("large").content == content


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user to become another one")
def test_an_unreadable_file(tmp_path: Path) -> None:
    write(tmp_path, "a", b"", 0o600)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)

    def as_nobody() -> None:
        os.setuid(65534)
        with pytest.raises(FailedError, match="a: cannot be read: permission denied"):
            plain(tmp_path).read("a")

    assert not dies_at(1_000, as_nobody)


def test_relative_keeps_a_link_and_takes_any_way_to_a_file(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write(root, "sub/a", b"")
    (root / "link").symlink_to("sub/a")
    (tmp_path / "way").symlink_to(root)
    repository = plain(root)
    assert repository.relative(root / "link") == "link"
    assert repository.relative(tmp_path / "way/link") == "link"
    assert repository.relative(root / "sub/../sub/a") == "sub/a"
    assert repository.relative(root / "sub/..") == "."
    for outside in (tmp_path / "x", root / "../x", tmp_path, Path("/")):
        with pytest.raises(ConfigurationError, match="outside"):
            repository.relative(outside)


def test_a_worktree_that_git_does_not_find_any_more(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    (tmp_path / "sub").mkdir()
    with pytest.raises(ConfigurationError, match="no repository") as caught:
        Repository.open(tmp_path / "sub")
    assert caught.value.hint is not None
