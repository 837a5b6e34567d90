"""Running a program: no shell, no terminal, and no exception that carries what went in or came out.

Callers put no secret into `argv`; anyone on the machine can read it. Input goes through a pipe.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Completed(NamedTuple):
    """A program that has ended.

    Attributes:
        returncode: its exit status; minus the signal's number where a signal ended it.
        stdout: all it wrote there.
        stderr: all it wrote there; it may quote its input, so it belongs in no message unseen.
    """

    returncode: int
    stdout: bytes
    stderr: bytes


def which(name: str) -> str | None:
    """Absolute path of a program on PATH, or None."""
    return shutil.which(name)


def run(
    argv: Sequence[str],
    *,
    input: bytes | None = None,  # noqa: A002 - the word subprocess uses
    cwd: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a program to its end. A status other than 0 is no error here: the caller knows what it means.

    Args:
        argv: the program (a name on PATH or a path) and its arguments.
        input: what it reads on stdin; without it stdin is empty.
        cwd: folder to run it in.
        environ: its whole environment; None for that of this process.
        timeout: seconds after which it is killed.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it took longer than `timeout`, or could not be started for another reason.
    """
    name = argv[0].rpartition("/")[2]
    stdin = subprocess.DEVNULL if input is None else None
    try:
        done = subprocess.run(
            argv,
            input=input,
            stdin=stdin,
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
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        reason = error.strerror if isinstance(error, OSError) else "an argument holds a NUL"
        raise FailedError(f"{name} could not be started: {reason}") from None
    return Completed(done.returncode, done.stdout, done.stderr)


def _not_started(
    name: str, program: str, environ: Mapping[str, str] | None, cwd: Path | str | None
) -> ToolMissingError | FailedError:
    """Tell a missing program from a folder that is missing or closed: both are the same OSError."""
    path = None if environ is None else environ.get("PATH")
    if shutil.which(program, path=path) is not None and cwd is not None:
        return FailedError(f"{name} could not be started in this folder", path=str(cwd))
    return ToolMissingError(f"{name} is not installed", hint=f"install {name}, or put it on PATH")
