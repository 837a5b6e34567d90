"""The short way of a hook says what the long way says, or nothing at all."""

from __future__ import annotations

import base64
import gzip
import io
import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.cli import entry
from sopskit.cli.main import main
from sopskit.workflows.staged_quickly import clean
from tests.scanner.built_in import CACHE, detector
from tests.scanner.gits import Git, token

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = f'token = "{token(1)}"\n'.encode()


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    detector()  # the triggers are compiled
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    git = Git(tmp_path / "repository")
    git.commit({"old.txt": "old\n"})
    monkeypatch.chdir(git.root)
    return git


def stage(git: Git, files: dict[str, str | bytes]) -> None:
    git.write(files)
    git("add", "--force", *files)


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inside.txt", content)
    return file.getvalue()


def both(capfd: pytest.CaptureFixture[str], *options: str) -> tuple[tuple[int, str, str] | None, ...]:
    """Exit code, stdout and stderr of the short way, None where it does not know, and of the long way."""
    arguments = [*options, "scan", "--staged"]
    capfd.readouterr()
    is_answered = entry.answered(arguments)
    short = (0, *capfd.readouterr())
    if not is_answered:
        assert short == (0, "", "")
    code = main(arguments)
    return short if is_answered else None, (code, *capfd.readouterr())


# Clean: both ways say so, in the same words.


def nothing(git: Git) -> None:
    pass


def ten_files(git: Git) -> None:
    stage(git, {f"folder/file {number}.py": f"print({number})\n" * 100 for number in range(10)})


def an_empty_file(git: Git) -> None:
    stage(git, {"empty": b"", "other": b"x"})


def strange_names(git: Git) -> None:
    stage(git, {"a\nb": b"x", "ünïcode": b"y", '"quoted"': b"z"})


def removed_renamed_and_changed(git: Git) -> None:
    git.commit({"a": "a\n" * 50, "b": "b\n", "c": "c\n"})
    git("mv", "a", "d")
    git("rm", "-q", "b")
    stage(git, {"c": "another\n"})


def a_link_and_a_mode(git: Git) -> None:
    (git.root / "link").symlink_to("old.txt")
    (git.root / "old.txt").chmod(0o755)
    git("add", "-A")


def a_secret_that_is_not_staged(git: Git) -> None:
    stage(git, {"a": b"clean\n"})
    git.write({"a": SECRET, "b": SECRET})


def relative_paths(git: Git) -> None:
    git("config", "diff.relative", "true")
    stage(git, {"folder/a": b"x", "b": b"y"})
    os.chdir(git.root / "folder")


def settings_that_leave_out_findings(git: Git) -> None:
    stage(git, {".sopskit.toml": b'[scan]\nskip = ["json-web-token"]\n', "a": b"clean\n"})


def a_baseline(git: Git) -> None:
    git.commit({"known": SECRET})
    assert main(["scan", "--write-baseline"]) == 0
    stage(
        git, {".sopskit-baseline.json": (git.root / ".sopskit-baseline.json").read_bytes(), "a": b"clean\n"}
    )


@pytest.mark.parametrize(
    "prepare",
    [
        settings_that_leave_out_findings,
        a_baseline,
        nothing,
        ten_files,
        an_empty_file,
        strange_names,
        removed_renamed_and_changed,
        a_link_and_a_mode,
        a_secret_that_is_not_staged,
        relative_paths,
    ],
)
@pytest.mark.parametrize("options", [(), ("-q",)])
def test_what_is_clean_is_so_in_the_same_words(
    git: Git, prepare: Callable[[Git], None], options: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    prepare(git)
    capfd.readouterr()
    short, long = both(capfd, *options)
    assert short == long
    assert long is not None
    assert long[0] == 0


# Everything else is left to the long way, which finds, ignores or refuses it.


def a_secret(git: Git) -> None:
    stage(git, {"a": b"clean\n", "b": SECRET})


def a_secret_in_another_folder(git: Git) -> None:
    stage(git, {"folder/a": b"clean\n", "b": SECRET})
    git("config", "diff.relative", "true")
    os.chdir(git.root / "folder")


def a_secret_in_an_archive(git: Git) -> None:
    stage(git, {"a.zip": zipped(SECRET)})


def a_compressed_secret(git: Git) -> None:
    stage(git, {"a.gz": gzip.compress(SECRET)})


def a_wide_secret(git: Git) -> None:
    stage(git, {"a": SECRET.decode().encode("utf-16")})


def an_encoded_secret(git: Git) -> None:
    stage(git, {"a": base64.b64encode(SECRET)})


def a_secret_of_another_mode(git: Git) -> None:
    stage(git, {"a": SECRET})
    git("update-index", "--chmod=+x", "a")


def a_conflict(git: Git) -> None:
    git("checkout", "-q", "-b", "theirs")
    git.commit({"old.txt": SECRET})
    git("checkout", "-q", "main")
    git.commit({"old.txt": "ours\n"})
    with pytest.raises(Exception, match="merge"):
        git("merge", "-q", "theirs")


def settings_that_cannot_be_read(git: Git) -> None:
    stage(git, {".sopskit.toml": b"[scan\n", "a": b"clean\n"})


def an_empty_baseline(git: Git) -> None:
    stage(git, {".sopskit-baseline.json": b"", "a": b"clean\n"})


def a_broken_index(git: Git) -> None:
    stage(git, {"a": b"clean\n"})
    (git.root / ".git/index").write_bytes(b"DIRC damaged")


def a_lost_content(git: Git) -> None:
    stage(git, {"a": b"clean\n"})
    blob = git("rev-parse", ":a")
    (git.root / ".git/objects" / blob[:2] / blob[2:]).unlink()


def no_repository(git: Git) -> None:
    os.chdir(git.root.parent)


def a_work_tree_elsewhere(git: Git) -> None:
    git("config", "core.worktree", str(git.root.parent / "other"))


def settings_that_leave_out_files(git: Git) -> None:
    stage(git, {".sopskit.toml": b'[scan]\nexclude = ["a"]\n', "a": b"clean\n", "b": b"clean\n"})


def a_rule_of_its_own(git: Git) -> None:
    rule = b'[[scan.rule]]\nid = "acme"\ndescription = "Acme"\npattern = "acme-[0-9]{12}"\n'
    stage(git, {".sopskit.toml": rule, "a": b"acme-402817563904\n"})


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (settings_that_leave_out_files, 0),
        (a_rule_of_its_own, 1),
        (a_secret, 1),
        (a_secret_in_another_folder, 1),
        (a_secret_in_an_archive, 1),
        (a_compressed_secret, 1),
        (a_wide_secret, 1),
        (an_encoded_secret, 1),
        (a_secret_of_another_mode, 1),
        (a_conflict, 1),
        (settings_that_cannot_be_read, 3),
        (an_empty_baseline, 3),
        (a_broken_index, 6),
        (a_lost_content, 6),
        (no_repository, 3),
        (a_work_tree_elsewhere, 3),
    ],
)
def test_what_is_not_clean_is_left_to_the_long_way(
    git: Git, prepare: Callable[[Git], None], code: int
) -> None:
    prepare(git)
    assert clean(os.environ) is None
    assert main(["scan", "--staged"]) == code


def test_the_first_commit_is_left_to_the_long_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = Git(tmp_path / "new")
    stage(git, {"a": SECRET})
    monkeypatch.chdir(git.root)
    assert clean(os.environ) is None


def test_without_git_or_a_database_it_does_not_know(git: Git, tmp_path: Path) -> None:
    ten_files(git)
    environ = dict(os.environ)
    assert clean(environ) is not None
    assert clean(environ | {"XDG_CACHE_HOME": str(tmp_path)}) is None


def test_without_git_it_does_not_know(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert clean(os.environ) is None


def test_of_another_repository_it_does_not_speak(git: Git, tmp_path: Path) -> None:
    other = Git(tmp_path / "other")
    assert clean(os.environ | {"GIT_DIR": str(git.root / ".git")}) is not None
    assert clean(os.environ | {"GIT_DIR": str(other.root / ".git")}) is None


_PIECES = st.one_of(
    st.sampled_from(
        [
            SECRET,
            SECRET[:20],
            base64.b64encode(SECRET),
            SECRET.hex().encode(),
            zipped(SECRET),
            gzip.compress(SECRET),
            SECRET.decode().encode("utf-16"),
            SECRET.decode().encode("utf-16-be"),
            b"password: ",
            b"kind: Secret\n",
            b"\n",
            b"# ",
        ]
    ),
    st.binary(max_size=30),
    st.text(max_size=30).map(str.encode),
)


@settings(max_examples=40)
@given(contents=st.lists(st.lists(_PIECES, max_size=5).map(b"".join), min_size=1, max_size=4))
def test_no_content_is_clean_in_which_something_is_found(
    git: Git, contents: list[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    git("read-tree", "--empty")
    git("read-tree", "HEAD")
    stage(git, {f"file{number}": content for number, content in enumerate(contents)})
    capfd.readouterr()
    short, long = both(capfd)
    assert short in (None, long)
    if not any(SECRET in content for content in contents):
        return
    assert short is None
    assert long is not None
    assert long[0] in (1, 6)


# Under git itself.


def test_a_hook_sees_what_the_commit_will_have(git: Git) -> None:
    """`git commit -o` and `-a` have an index of their own, and a linked work tree has another folder."""
    hook = git.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    root = Path(entry.__file__).parents[2]
    hook.write_text(
        f"#!/bin/sh\nexport PYTHONPATH='{root}' XDG_CACHE_HOME='{CACHE}'\n"
        f"exec '{sys.executable}' -m sopskit scan --staged\n"
    )
    hook.chmod(0o755)
    git.commit({"a": "a\n", "b": "b\n"})

    def refuses(*arguments: str) -> bool:
        try:
            git("commit", "-q", "-m", "x", *arguments)
        except Exception:  # noqa: BLE001 - git's status
            return True
        return False

    git.write({"a": SECRET, "b": b"changed\n"})
    assert refuses("-a")
    assert refuses("-o", "a")
    assert not refuses("-o", "b")  # the secret is in the work tree alone
    git("add", "a")
    git.write({"b": b"more\n"})
    assert not refuses("-o", "b")  # and in the index, which this commit does not take
    assert refuses()
    git("reset", "-q", "--hard")

    linked = git.root.parent / "linked"
    git("worktree", "add", "-q", str(linked))
    git.root = linked
    git.write({"a": SECRET})
    assert refuses("-a")
    git.write({"a": b"clean\n"})
    assert not refuses("-a")
