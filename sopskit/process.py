"""Running a program: no shell, no terminal, and no exception that carries what went in or came out.

Callers put no secret into `argv`; anyone on the machine can read it.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sopskit.errors import FailedError, ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that has ended; its output is no part of what is shown of this.

    Attributes:
        returncode: its exit status; minus the signal's number where a signal ended it.
        stdout: all it wrote there.
        stderr: all it wrote there; it may quote its input, so it belongs in no message unseen.
    """

    returncode: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)


def which(name: str) -> str | None:
    """Absolute path of a program on PATH, or None."""
    return shutil.which(name)


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a program to its end. A status other than 0 is no error here: the caller knows what it means.

    Args:
        argv: the program (a name on PATH or a path) and its arguments.
        cwd: folder to run it in.
        environ: its whole environment; None for that of this process.
        timeout: seconds after which it is killed.

    Raises:
        ToolMissingError: there is no such program, or it may not be run.
        FailedError: it took longer than `timeout`, or could not be started for another reason.
    """
    name = argv[0].rpartition("/")[2]
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
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
