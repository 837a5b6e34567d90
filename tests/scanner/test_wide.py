"""Texts in UTF-16: with and without a byte order mark, over several blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.scanner.sources.blocks import BLOCK
from sopskit.scanner.sources.tree import FileScan, Scanned
from tests.scanner.built_in import detector
from tests.scanner.gits import RULE, token

if TYPE_CHECKING:
    from pathlib import Path


def places(tmp_path: Path, content: bytes) -> list[tuple[str, int, int]]:
    (tmp_path / "a").write_bytes(content)
    result = FileScan(detector(), str(tmp_path)).scan(["a"])[0]
    if not isinstance(result, Scanned):
        assert result == len(content)
        return []
    assert result.size == len(content)
    return [(each.id, each.place.line, each.place.column) for each in result.findings]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_utf_16(tmp_path: Path, codec: str, mark: str) -> None:
    text = f"{mark}first line of it\r\n  é {token(1)}\r\n"
    assert places(tmp_path, text.encode(codec)) == [(RULE, 2, 5)]


def test_over_blocks(tmp_path: Path) -> None:
    line = "0123456789abcdé\n"
    lines = BLOCK // (2 * len(line))
    text = f"\ufeff{line * lines}{token(1)}\n{line * lines}{token(2)} {line * lines}\n{token(3)}"
    expected = [(RULE, lines + 1, 1), (RULE, 2 * lines + 2, 1), (RULE, 3 * lines + 3, 1)]
    assert places(tmp_path, text.encode("utf-16-le")) == expected


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_text_that_ends_within_a_character(tmp_path: Path, cut: int) -> None:
    content = f"\ufeff{token(1)} \U0001f600".encode("utf-16-le")[:-cut]
    assert places(tmp_path, content) == [(RULE, 1, 1)]


@given(st.binary(max_size=200))
def test_whatever_it_is_nothing_fails(tmp_path: Path, content: bytes) -> None:
    for mark in (b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"a\0"):
        places(tmp_path, mark + content)
