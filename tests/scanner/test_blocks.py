"""Reading in blocks: each match is found once, whole, at its place, wherever blocks meet."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from sopskit.findings import Place
from sopskit.scanner.loading import detector_of
from sopskit.scanner.places import Ruler
from sopskit.scanner.rule import parse_rules
from sopskit.scanner.sources import blocks
from sopskit.scanner.sources.tree import FileScan, Scanned

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
[[rule]]
id = "thing"
description = "A thing"
provider = "Things"
severity = "error"
confidence = "high"
pattern = 'tok_[0-9a-f]{16}'
examples = ["tok_0123456789abcdef"]
counterexamples = ["tok"]
"""
DETECTOR = detector_of(parse_rules(RULES, "test"))
SECRET = "tok_a41f09c7e2b85d36"


def scanned(path: Path) -> Scanned | int | None:
    return FileScan(DETECTOR, str(path.parent)).scan([path.name])[0]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 256)
    monkeypatch.setattr(blocks, "OVERLAP", 64)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("seed", range(40))
def test_findings_are_where_they_are(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    pieces = chance.choices(
        [SECRET, "x" * 37, "\n", "\n", "ünï\n", "  ", "\U0001f511", "tok_"], k=chance.randrange(300)
    )
    text = " ".join(pieces)
    (tmp_path / "file").write_text(text, newline="")
    places, start = [], text.find(SECRET)
    while start >= 0:
        places.append(Place.of_span("file", text, start, start + len(SECRET)))
        start = text.find(SECRET, start + 1)
    result = scanned(tmp_path / "file")
    size = len(text.encode())
    if places:
        assert isinstance(result, Scanned)
        assert [finding.place for finding in result.findings] == places
        assert result.size == size
    else:
        assert result == size


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("size", range(370, 400))
def test_sizes_around_that_of_the_buffer(tmp_path: Path, size: int) -> None:
    """256 + 2 * 64 = 384."""
    (tmp_path / "file").write_bytes(SECRET.encode().rjust(size, b" "))
    result = scanned(tmp_path / "file")
    assert isinstance(result, Scanned)
    assert [finding.place.column for finding in result.findings] == [size - len(SECRET) + 1]
    assert result.size == size


def test_a_file_is_read_in_pieces_of_bounded_size(tmp_path: Path) -> None:
    size = 3 * blocks.BLOCK + 5
    (tmp_path / "file").write_bytes(b" " * size + SECRET.encode())
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    parts = [
        (block.offset + block.low, block.offset + block.high) for block in blocks.Buffer().blocks(descriptor)
    ]
    os.close(descriptor)
    assert parts[0][0] == 0
    assert parts[-1][1] == size + len(SECRET)
    assert [end for _, end in parts[:-1]] == [start for start, _ in parts[1:]]


def test_a_byte_that_is_no_text_is_a_character() -> None:
    ruler = Ruler()
    assert ruler.position(b"ab\xff\xfe\ncd", 0, 4) == (1, 5)
    assert ruler.position(b"ab\xff\xfe\ncd", 0, 6) == (2, 2)


def test_a_binary_file_is_searched_for_what_is_unambiguous(tmp_path: Path) -> None:
    low = parse_rules(RULES.replace('confidence = "high"', 'confidence = "medium"'), "test")
    content = b"\0\1\2" + SECRET.encode() + b"\0"
    (tmp_path / "file").write_bytes(content)
    assert isinstance(scanned(tmp_path / "file"), Scanned)
    assert FileScan(detector_of(low), str(tmp_path)).scan(["file"])[0] == len(content)


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "target").write_text(SECRET)
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "nowhere").symlink_to("missing")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "nowhere", "pipe", "folder", "missing", "target/below"):
        assert scanned(tmp_path / name) is None, name
