"""Secrets in archives: zip and tar, compressed, one in another; and bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.scanner.sources.tree import FileScan, Scanned
from tests.scanner.built_in import detector
from tests.scanner.gits import RULE, token

if TYPE_CHECKING:
    from pathlib import Path

TEXT = f"first\n {token(1)}\n".encode()


def zipped(files: dict[str, bytes]) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return output.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return output.getvalue()


def scan(tmp_path: Path, content: bytes) -> Scanned:
    (tmp_path / "a").write_bytes(content)
    result = FileScan(detector(), str(tmp_path)).scan("a")
    return Scanned("a", result) if isinstance(result, int) else result or Scanned("a", 0)


FILES = {"clean": b"x", "in/b": TEXT}


@pytest.mark.parametrize(
    "content",
    [
        zipped(FILES),
        gzip.compress(tarred(FILES)),
        bz2.compress(tarred(FILES)),
        lzma.compress(tarred(FILES)),
        zipped({"in/b": zipped(FILES)}),
        zipped({"big": random.Random(1).randbytes(9 << 20)} | FILES),  # over several blocks
    ],
    ids=["zip", "tgz", "tbz", "txz", "nested", "large"],
)
def test_what_is_in_an_archive(tmp_path: Path, content: bytes) -> None:
    (finding,) = scan(tmp_path, content).findings
    assert (finding.id, finding.path, finding.place.line) == (RULE, "a", 0)
    assert ", in in/b line 2" in finding.message


def test_a_compressed_file(tmp_path: Path) -> None:
    (finding,) = scan(tmp_path, gzip.compress(TEXT)).findings
    assert (finding.id, finding.path) == (RULE, "a")


def test_archives_in_archives_end(tmp_path: Path) -> None:
    content = TEXT
    for _ in range(3):
        content = zipped({"a": content})
    assert scan(tmp_path, content) == Scanned("a", len(content))


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a": bytes(80 << 20)}),
        zipped({str(number): b"" for number in range(10_100)}),
        gzip.compress(bytes(80 << 20)),
    ],
    ids=["zip", "many", "gzip"],
)
def test_a_bomb_is_said(tmp_path: Path, content: bytes) -> None:
    start = time.process_time()
    result = scan(tmp_path, content)
    assert result.problem is not None
    assert "unpacked" in result.problem
    assert time.process_time() - start < 20


@pytest.mark.parametrize("make", [zipped, tarred, lambda files: gzip.compress(tarred(files))])
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=20))
def test_a_damaged_archive_is_no_error(tmp_path: Path, make: object, place: int, damage: bytes) -> None:
    content = bytearray(make(FILES))  # type: ignore[operator]
    place %= len(content)
    content[place : place + len(damage)] = damage
    scan(tmp_path, bytes(content))
