"""Results written where the user wants them: whole or not at all, and private."""

from __future__ import annotations

import os
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo.outputs import write_outputs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture(params=["nameless", "hidden"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With files that have no name, and without, as on NFS."""
    if request.param == "hidden":
        monkeypatch.delattr(os, "O_TMPFILE")
    return str(request.param)


def test_new_and_old_files(place: Path, file_system: str) -> None:
    old, new = place / "old", place / "folder" / "new"
    old.write_bytes(b"before")
    old.chmod(0o644)
    write_outputs([(str(old), b"one"), (str(new), b"two")], private=True)
    assert (old.read_bytes(), new.read_bytes()) == (b"one", b"two")
    assert {path.stat().st_mode & 0o777 for path in (old, new)} == {0o600}
    assert new.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in place.rglob("*")) == ["folder", "new", "old"]


def test_what_is_not_private_goes_by_the_umask(place: Path, file_system: str) -> None:
    before = os.umask(0o027)
    try:
        write_outputs([(str(place / "new"), b"one")], private=False)
    finally:
        os.umask(before)
    assert (place / "new").stat().st_mode & 0o777 == 0o640


def test_a_full_disk_leaves_the_old_file_and_nothing_else(place: Path, file_system: str) -> None:
    """A limit on the size of files stands for it; the kernel reports both as an error of `write`."""
    old = place / "old"
    old.write_bytes(b"before")
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(FailedError, match="no space left"):
            write_outputs([(str(place / "new"), b"one"), (str(old), b"x" * 5000)], private=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert old.read_bytes() == b"before"
    assert [path.name for path in place.iterdir()] == ["old"]


def test_a_crash_while_writing_leaves_no_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(os, "fsync", lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL))
        write_outputs([(str(place / "new"), b"plaintext")], private=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert list(place.iterdir()) == []


def test_links_and_folders_are_not_replaced(place: Path) -> None:
    victim, link = place / "victim", place / "link"
    victim.write_text("kept")
    link.symlink_to(victim)
    for path, why in (
        (link, "symbolic link"),
        (place, "is a folder"),
        (place / "victim" / "x", "cannot be"),
    ):
        with pytest.raises(FailedError, match=why):
            write_outputs([(str(path), b"one")], private=True)
    with pytest.raises(FailedError, match="NUL"):
        write_outputs([("a\0b", b"one")], private=True)
    assert victim.read_text() == "kept"


def test_a_pipe_is_written_to(place: Path) -> None:
    reader, writer = os.pipe()
    write_outputs([(f"/dev/fd/{writer}", b"one")], private=True)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert stream.read() == b"one"
