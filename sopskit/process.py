"""Running a program: no shell, no terminal, and no exception that carries what went in or came out.

Callers put no secret into `argv`; anyone on the machine can read it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn, cast

from sopskit.errors import FailedError, ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

#: What asks a process to end or tells it something, and is passed on to the program that runs for us.
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)

#: What a terminal sends to all of the processes that are in its foreground.
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)

#: Python ignores these, and a program inherits that.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class Completed(NamedTuple):
    """A program that has ended; its output is no part of what is shown of this.

    Attributes:
        returncode: its exit status; minus the signal's number where a signal ended it.
        stdout: all it wrote there.
        stderr: all it wrote there; it may quote its input, so it belongs in no message unseen.
    """

    returncode: int
    stdout: bytes
    stderr: bytes

    def __repr__(self) -> str:
        return f"Completed({self.returncode})"


def which(name: str) -> str | None:
    """Absolute path of a program on PATH, or None."""
    import shutil

    return shutil.which(name)


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
    stdin: bytes = b"",
) -> Completed:
    """Run a program to its end. A status other than 0 is no error here: the caller knows what it means.

    Args:
        argv: the program (a name on PATH or a path) and its arguments.
        cwd: folder to run it in.
        environ: its whole environment; None for that of this process.
        timeout: seconds after which it is killed.
        stdin: what it reads from its input.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it took longer than `timeout`, or could not be started for another reason.
    """
    name = argv[0].rpartition("/")[2]
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            check=False,
            cwd=cwd,
            env=environ,
            timeout=timeout,
        )
    # `from None`: the library's exceptions hold argv and, after a timeout, the output.
    except subprocess.TimeoutExpired:
        raise FailedError(f"{name} did not end within {timeout:g} seconds") from None
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        raise _not_started(name, argv[0], environ, cwd) from None
    except (OSError, ValueError) as error:
        raise _not_run(argv[0], error) from None
    return Completed(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def conversation(
    argv: Sequence[str], *, cwd: Path | str | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[Conversation]:
    """Run a program that answers question after question, until the block ends.

    Args:
        argv: the program (a name on PATH or a path) and its arguments.
        cwd: folder to run it in.
        environ: its whole environment; None for that of this process.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it could not be started for another reason.
    """
    name = argv[0].rpartition("/")[2]
    child = _started(argv, cwd, environ, stdin=subprocess.PIPE)
    questions, answers = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    try:
        yield Conversation(name, questions, answers)
    finally:
        with contextlib.suppress(OSError):
            questions.close()
        answers.close()
        child.wait()


class Conversation(NamedTuple):
    """A program that answers question after question; see `conversation`."""

    name: str
    questions: IO[bytes]
    answers: IO[bytes]

    def ask(self, question: bytes) -> bytes:
        """Send a line, and return the first line of the answer, both without a line break.

        Raises:
            FailedError: the program has ended.
        """
        try:
            self.questions.write(question + b"\n")
            self.questions.flush()
        except OSError:
            raise self._ended() from None
        line = self.answers.readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        return line[:-1]

    def read(self, size: int) -> bytes:
        """That many bytes of the answer.

        Raises:
            FailedError: the program has ended.
        """
        content = self.answers.read(size)
        if len(content) != size:
            raise self._ended()
        return content

    def _ended(self) -> FailedError:
        return FailedError(f"{self.name} ended before it had answered")


def stream(
    argv: Sequence[str], *, cwd: Path | str | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """What a program prints, piece by piece, so that output of any length takes no memory.

    Args:
        argv: the program (a name on PATH or a path) and its arguments.
        cwd: folder to run it in.
        environ: its whole environment; None for that of this process.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it could not be started for another reason, or its status is not 0: what it has printed
            may then lack its end.
    """
    name = argv[0].rpartition("/")[2]
    child = _started(argv, cwd, environ, stdin=subprocess.DEVNULL)
    output = cast("IO[bytes]", child.stdout)
    try:
        while piece := output.read(1 << 18):
            yield piece
    finally:
        output.close()  # where nobody reads on, it ends with the next that it prints
        returncode = child.wait()
    if returncode != 0:
        raise FailedError(f"{name} failed")


def _started(
    argv: Sequence[str], cwd: Path | str | None, environ: Mapping[str, str] | None, *, stdin: int
) -> subprocess.Popen[bytes]:
    """A program whose output is read while it runs; what it writes to stderr is nowhere."""
    try:
        return subprocess.Popen(
            argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd, env=environ
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        raise _not_started(argv[0].rpartition("/")[2], argv[0], environ, cwd) from None
    except (OSError, ValueError) as error:
        raise _not_run(argv[0], error) from None


def _not_started(
    name: str, program: str, environ: Mapping[str, str] | None, cwd: Path | str | None
) -> ToolMissingError | FailedError:
    """Tell a missing program from a folder that is missing or closed: both are the same OSError."""
    import shutil

    path = None if environ is None else environ.get("PATH")
    if shutil.which(program, path=path) is not None and cwd is not None:
        return FailedError(f"{name} could not be started in this folder", path=str(cwd))
    return ToolMissingError(f"{name} is not installed", hint=f"install {name}, or put it on PATH")


class Ended(NamedTuple):
    """A program that ran in the foreground.

    Attributes:
        returncode: its exit status; minus the signal's number where a signal ended it.
        told_to_end: this process was told to end (SIGTERM, SIGHUP) while it ran.
    """

    returncode: int
    told_to_end: bool


def run_in_foreground(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Ended:
    """Run a program that has our terminal, or whatever we have instead, until it ends.

    Signals that are sent to this process reach the program; Ctrl-C is its matter.

    Args:
        argv: the program (a name on PATH or a path) and its arguments.
        environ: its whole environment; None for that of this process.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it could not be started for another reason.
    """
    program = find(argv[0], environ)
    received: list[int] = []
    early: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _: FrameType | None) -> None:
        received.append(number)
        if child is None:
            early.append(number)
        else:
            child.send_signal(number)

    with _handled(pass_on):
        try:
            child = subprocess.Popen(argv, executable=program, env=environ)
        except (OSError, ValueError) as error:
            raise _not_run(argv[0], error) from None
        for number in early:
            child.send_signal(number)
        returncode = child.wait()
    return Ended(returncode, not {signal.SIGTERM, signal.SIGHUP}.isdisjoint(received))


def become(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Run a program in the place of this process (execve).

    Args:
        argv: the program (a name on the PATH of `environ`, else on ours, or a path) and its arguments.
        environ: its whole environment.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it could not be started for another reason.
    """
    program = find(argv[0], environ)
    try:
        for number in _IGNORED_BY_PYTHON:
            signal.signal(number, signal.SIG_DFL)
        os.execve(program, list(argv), environ)  # noqa: S606 - no shell is what is wanted
    except (OSError, ValueError) as error:
        raise _not_run(argv[0], error) from None


def find(program: str, environ: Mapping[str, str] | None = None) -> str:
    """The path of a program.

    Raises:
        ToolMissingError: it is not on PATH, or may not be run.
    """
    import shutil

    path = os.environ.get("PATH") if environ is None else environ.get("PATH", os.environ.get("PATH"))
    found = shutil.which(program, path=path)
    if found is None:
        name = program.rpartition("/")[2]
        if name != program:
            raise ToolMissingError(f"{name} is no program, or may not be run", hint="check its path")
        raise ToolMissingError(f"{name} is not installed", hint=f"install {name}, or put it on PATH")
    return found


def switch_user(name: str) -> dict[str, str]:
    """Give this process to another user, for good; only root can.

    Returns:
        The variables that say who he is.

    Raises:
        FailedError: there is no such user, or this user may not become another.
    """
    import pwd

    try:
        user = pwd.getpwnam(name)
    except (KeyError, ValueError):
        raise FailedError(f"there is no user {name!r} on this machine") from None
    try:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    except OSError:
        raise FailedError(f"only root can run a command as {user.pw_name}") from None
    return {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}


@contextlib.contextmanager
def _handled(pass_on: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Pass signals on within the block. What we were started to ignore (nohup), the program ignores too."""
    previous = {number: signal.getsignal(number) for number in (*_PASSED_ON, *_FROM_TERMINAL)}
    try:
        for number, handler in previous.items():
            if handler is not signal.SIG_IGN:
                # The program has it from the terminal already. A handler, since it would inherit SIG_IGN.
                told = number in _FROM_TERMINAL and _in_foreground()
                signal.signal(number, (lambda _number, _frame: None) if told else pass_on)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether a terminal sends its signals to us and to the programs that we start."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _not_run(program: str, error: OSError | ValueError) -> FailedError:
    """The error of a program that is there; `from None`, since the library's text holds argv."""
    name = program.rpartition("/")[2]
    reason = error.strerror if isinstance(error, OSError) else "an argument holds a NUL"
    return FailedError(f"{name} could not be started: {reason}")
