"""process.run: the real interpreter and real shells as the programs."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from sopskit import process
from sopskit.errors import FailedError, SopskitError, ToolMissingError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "AGE-SECRET-KEY-1NOTREALLY"


def python(source: str, **keywords: object) -> process.Completed:
    return process.run([sys.executable, "-c", source], **keywords)  # type: ignore[arg-type]


def test_output_and_status_come_back_as_they_are() -> None:
    source = "import sys, os; os.write(1, b'\\xff\\r\\n'); os.write(2, b'no'); sys.exit(3)"
    assert python(source) == process.Completed(3, b"\xff\r\n", b"no")


def test_stdin_is_empty() -> None:
    assert python("import sys; print(sys.stdin.buffer.read())").stdout == b"b''\n"


def test_output_is_not_shown() -> None:
    done = python("import os; os.write(1, b'AGE-SECRET-KEY-1'); os.write(2, b'AGE-SECRET-KEY-1')")
    assert b"SECRET" in done.stdout
    assert b"SECRET" in done.stderr
    assert "SECRET" not in repr(done)


def test_environ_is_the_whole_environment(tmp_path: Path) -> None:
    source = "import os; print(sorted(os.environ)); print(os.getcwd())"
    done = python(source, environ={"ONLY": "this", "LC_ALL": "C.UTF-8"}, cwd=tmp_path)
    assert done.stdout.decode().splitlines() == ["['LC_ALL', 'ONLY']", str(tmp_path)]


def test_arguments_meet_no_shell() -> None:
    done = process.run([sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id); `id` *"])
    assert done.stdout == b"$(id); `id` *\n"


def test_a_signal_is_a_negative_status() -> None:
    assert python("import os; os.kill(os.getpid(), 9)").returncode == -9


@pytest.mark.parametrize("name", ["no-such-program", "/no/such/program"])
def test_a_missing_program_has_a_hint(name: str) -> None:
    with pytest.raises(ToolMissingError, match="program is not installed") as caught:
        process.run([name, SECRET])
    assert caught.value.hint


def test_a_file_that_may_not_be_run_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    with pytest.raises(ToolMissingError):
        process.run([str(tmp_path / "tool")])


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="this folder"):
        python("pass", cwd=tmp_path / "none")


def slow(tmp_path: Path) -> None:
    source = f"import time, sys; print({SECRET!r}, flush=True); sys.stderr.write({SECRET!r}); time.sleep(60)"
    python(source, environ={**os.environ, "TOKEN": SECRET}, timeout=0.5)


def missing(tmp_path: Path) -> None:
    process.run(["no-such-program", SECRET], environ={"TOKEN": SECRET})


def not_executable(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"\x7fELF" + SECRET.encode())
    damaged.chmod(0o755)
    process.run([str(damaged), SECRET], environ={"TOKEN": SECRET})


def with_a_nul(tmp_path: Path) -> None:
    process.run([sys.executable, "\0" + SECRET])


@pytest.mark.parametrize("failing", [slow, missing, not_executable, with_a_nul])
def test_no_exception_carries_what_went_in_or_came_out(failing: object, tmp_path: Path) -> None:
    assert callable(failing)
    with pytest.raises(SopskitError) as caught:
        failing(tmp_path)
    printed = "".join(traceback.format_exception(caught.value))
    lines = [line for line in printed.splitlines() if not line.lstrip().startswith(("python(", "process."))]
    assert SECRET not in "\n".join(lines)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "a-tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    assert process.which("a-tool") == str(tool)
    assert process.which("no-such-program") is None
