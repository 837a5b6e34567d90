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

from sopskit.scanner.ignoring import Ignoring
from sopskit.scanner.sources.tree import FileScan, Scanned
from sopskit.settings import Ignored
from tests.scanner.built_in import detector
from tests.scanner.gits import RULE, token

if TYPE_CHECKING:
    from collections.abc import Callable
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
    result = FileScan(detector(), str(tmp_path)).scan(["a"])[0]
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


def nested(depth: int) -> bytes:
    content = TEXT
    for _ in range(depth):
        content = zipped({"a": content})
    return content


def test_archives_in_archives_end_and_that_is_said(tmp_path: Path) -> None:
    (finding,) = scan(tmp_path, nested(4)).findings
    assert finding.message.endswith(", in a line 2, in a, in a, in a")
    result = scan(tmp_path, nested(5))
    assert result.findings == ()
    assert result.problem == "in it, a/a/a/a is nested too deep, and was not looked into"


def stored(content: bytes, flags: int = 0, method: int = 0) -> bytes:
    """A zip archive that holds a file as it is, with other flags or another method than it has."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("in/b", content)
        archive.writestr("c", b"clean")
    text = bytearray(output.getvalue())
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = text.index(signature) + place
        text[start : start + 4] = bytes([flags, 0, method, 0])
    return bytes(text)


def test_a_file_that_is_stored_counts_once(tmp_path: Path) -> None:
    for content in (stored(TEXT), tarred(FILES), gzip.compress(TEXT, 0)):
        (finding,) = scan(tmp_path, content).findings
        assert "line 2" in finding.message or content.startswith(b"\x1f")


def test_what_stands_behind_an_archive_is_found_too(tmp_path: Path) -> None:
    found = scan(tmp_path, stored(TEXT) + b" " + token(2).encode() + b" ").findings
    assert len(found) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (stored(TEXT, flags=1), "in it, in/b has a password"),
        (stored(TEXT, method=12 + 85), "in it, in/b is compressed by a method that is not known here"),
        (zipped(FILES)[:-30], "is damaged, or cut off"),
        (gzip.compress(TEXT)[:-9], "is damaged, or cut off"),
        (bz2.compress(TEXT)[:-9], "is damaged, or cut off"),
        (lzma.compress(TEXT)[:-9], "is damaged, or cut off"),
        (gzip.compress(tarred(FILES))[:-40], "is damaged, or cut off"),
        (zipped({"a": bytes(65 << 20), "b": TEXT}), "in it, a is larger than 64 MiB unpacked"),
    ],
    ids=["password", "method", "zip", "gzip", "bzip2", "xz", "tgz", "large"],
)
def test_what_is_not_read_is_said(tmp_path: Path, content: bytes, problem: str) -> None:
    assert scan(tmp_path, content).problem == problem


def test_of_many_only_some_are_named(tmp_path: Path) -> None:
    content = zipped({f"{number}.gz": gzip.compress(b"x")[:-4] for number in range(5)})
    assert (scan(tmp_path, content).problem or "").endswith("; and 2 more")


def test_what_comes_before_the_damage_is_found(tmp_path: Path) -> None:
    cut = gzip.compress(TEXT + random.Random(1).randbytes(100_000))[:-50_000]
    (finding,) = scan(tmp_path, cut).findings
    assert finding.id == RULE


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_streams_in_a_row_are_one(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    (finding,) = scan(tmp_path, compress(b"x\n") + compress(TEXT)).findings
    assert finding.id == RULE


def test_settings_go_by_the_path_of_the_archive(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(zipped(FILES))
    ignoring = Ignoring(ignore=(Ignored(RULE, "a", "", 1),))
    result = FileScan(detector(), str(tmp_path), ignoring).scan(["a"])[0]
    assert isinstance(result, Scanned)
    assert (result.findings, len(result.ignored)) == ((), 1)


@pytest.mark.parametrize(
    "content",
    [
        zipped({str(number): b"" for number in range(50_010)}),
        zipped({"a": zipped({str(number): bytes(30 << 20) for number in range(20)})}),
    ],
    ids=["many", "nested"],
)
def test_a_bomb_is_said(tmp_path: Path, content: bytes) -> None:
    start = time.process_time()
    result = scan(tmp_path, content)
    assert "holds more than is unpacked" in (result.problem or "")
    assert time.process_time() - start < 20


@pytest.mark.parametrize("make", [zipped, tarred, lambda files: gzip.compress(tarred(files))])
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=20))
def test_a_damaged_archive_is_no_error(tmp_path: Path, make: object, place: int, damage: bytes) -> None:
    content = bytearray(make(FILES))  # type: ignore[operator]
    place %= len(content)
    content[place : place + len(damage)] = damage
    scan(tmp_path, bytes(content))
