"""A private key's file: its owner's alone, never over another, and taken away only while it is ours."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path


def test_only_its_owner_reads_it_and_discard_takes_it_away(tmp_path: Path) -> None:
    path = tmp_path / "key"
    written = write_private(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert written.discard()
    assert not path.exists()
    assert not written.discard()


def test_another_file_is_neither_overwritten_nor_discarded(tmp_path: Path) -> None:
    path = tmp_path / "key"
    written = write_private(path, b"secret")
    with pytest.raises(FailedError, match="exists"):
        write_private(path, b"other")
    assert path.read_bytes() == b"secret"
    path.unlink()
    path.write_bytes(b"theirs")  # it may well get the same inode
    assert not written.discard()
    assert path.read_bytes() == b"theirs"


def test_a_file_that_was_edited_since_stays(tmp_path: Path) -> None:
    path = tmp_path / "key"
    written = write_private(path, b"secret")
    with path.open("ab") as file:
        file.write(b"# a comment\n")
    assert not written.discard()
    assert path.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("call", [1, 2])
def test_what_is_not_on_the_disk_for_sure_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, call: int
) -> None:
    synced: list[int] = []

    def fsync(descriptor: int) -> None:  # a disk that fails, or a Ctrl-C, cannot be had otherwise
        synced.append(descriptor)
        if len(synced) == call:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises((KeyboardInterrupt, FailedError)):
        write_private(tmp_path / "key", b"secret")
    assert len(synced) == call
    assert not (tmp_path / "key").exists()
