"""process.run: the real interpreter and real shells as the programs."""

from __future__ import annotations

import os
import signal
import subprocess
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


SLEEP = "import time; print('ready', flush=True); time.sleep(60)"


def foreground(source: str) -> subprocess.Popen[str]:
    """A process that runs an interpreter in the foreground and says how that ended."""
    outer = (
        "import sys\n"
        "from sopskit import process\n"
        "print(*process.run_in_foreground([sys.executable, '-c', sys.argv[1]]), flush=True)\n"
    )
    argv = [sys.executable, "-c", outer, source]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_a_program_in_the_foreground_has_our_streams_and_its_own_status() -> None:
    source = "import sys; print(sys.stdin.read()); sys.exit(7)"
    outer = "import sys; from sopskit import process; print(process.run_in_foreground(sys.argv[1:]))"
    argv = [sys.executable, "-c", outer, sys.executable, "-c", source]
    done = subprocess.run(argv, input="typed", capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["typed", "Ended(returncode=7, told_to_end=False)"]


@pytest.mark.parametrize(("number", "told"), [("TERM", True), ("HUP", True), ("INT", False), ("USR1", False)])
def test_a_signal_to_us_reaches_the_program_in_the_foreground(number: str, told: bool) -> None:
    child = foreground(SLEEP)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    value = getattr(signal, f"SIG{number}")
    child.send_signal(value)
    assert child.communicate(timeout=20)[0] == f"{-value} {told}\n"


def test_handlers_are_as_they_were_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    assert process.run_in_foreground(["true"]).returncode == 0
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_become_leaves_no_signal_ignored_and_no_process_between() -> None:
    """Python ignores SIGPIPE; a program that inherits this never ends in `| head`."""
    outer = "import sys; from sopskit import process; process.become(sys.argv[1:], {'A': '1'})"
    argv = [sys.executable, "-c", outer, "sh", "-c", "echo $$ $PPID $A; grep SigIgn /proc/$$/status"]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    first, second = child.communicate()[0].splitlines()
    assert first == f"{child.pid} {os.getpid()} 1"
    assert int(second.split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_become_says_why_it_did_not() -> None:
    with pytest.raises(ToolMissingError, match="no-such-program is not installed"):
        process.become(["no-such-program"], {})
    with pytest.raises(FailedError, match="could not be started"):
        process.become(["true", "a\0b"], {})


# Conversations.


def test_a_conversation_asks_line_by_line() -> None:
    script = (
        "import sys\n"
        "for line in sys.stdin.buffer:\n"
        "    sys.stdout.buffer.write(line + line[:-1])\n"
        "    sys.stdout.flush()\n"
    )
    with process.conversation([sys.executable, "-c", script]) as asked:
        assert asked.ask(b"one") == b"one"
        assert asked.read(3) == b"one"
        assert asked.ask(b"\xff") == b"\xff"


def test_a_conversation_ends_with_the_block_whatever_is_left_unread() -> None:
    script = "import sys\nsys.stdout.write('x' * 10_000_000 + '\\n')\nsys.stdin.read()"
    with process.conversation([sys.executable, "-c", script]) as asked:
        assert asked.read(3) == b"xxx"
    assert asked.answers.closed


@pytest.mark.parametrize("script", ["pass", "print('half', end='')", "input(); print('half', end='')"])
def test_a_program_that_ends_before_it_has_answered(script: str) -> None:
    with process.conversation([sys.executable, "-c", script]) as asked:
        with pytest.raises(FailedError, match="ended before it had answered"):
            asked.ask(b"one")
        with pytest.raises(FailedError, match="ended before it had answered"):
            asked.read(100)


def test_a_conversation_with_a_program_that_is_missing() -> None:
    with (
        pytest.raises(ToolMissingError, match="nothing-such is not installed"),
        process.conversation(["nothing-such"]),
    ):
        pass
