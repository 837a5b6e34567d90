"""Output of any length, piece by piece, and no failure that looks like its end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sopskit import process
from sopskit.errors import FailedError, ToolMissingError


def test_all_of_it_arrives() -> None:
    script = "import sys; [sys.stdout.write('x' * 1000) for _ in range(1000)]"
    pieces = list(process.stream([sys.executable, "-c", script]))
    assert b"".join(pieces) == b"x" * 1_000_000
    assert len(pieces) > 1


def test_a_program_that_fails_at_its_end_is_no_success() -> None:
    script = "import sys; print('secret'); sys.exit(3)"
    with pytest.raises(FailedError) as caught:
        list(process.stream([sys.executable, "-c", script]))
    assert "secret" not in str(caught.value)


def test_who_reads_no_further_waits_for_nothing() -> None:
    script = "while True: print('x' * 1000)"
    pieces = process.stream([sys.executable, "-c", script])
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]


def test_programs_and_folders_that_are_missing() -> None:
    with pytest.raises(ToolMissingError):
        next(process.stream(["no-such-program"]))
    with pytest.raises(FailedError, match="in this folder"):
        next(process.stream([sys.executable], cwd=Path("/nonexistent")))
