"""Running the command line in a forked process with little memory and time."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sopskit.cli.main import main

MEMORY = 1 << 30  # bytes, besides what the process of the tests has already
SECONDS = 30  # of a processor

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Limited(NamedTuple):
    """What became of a command.

    Attributes:
        code: its exit code; negative for the signal that ended it.
        out: what it printed.
        err: what it said.
        seconds: of a processor that it took.
        megabytes: of memory that it had at most, with those of the process of the tests.
    """

    code: int
    out: bytes
    err: bytes
    seconds: float
    megabytes: int


def sopskit_limited(*arguments: str, stdin: bytes = b"") -> Limited:
    """Run the command line with at most `MEMORY` and `SECONDS`."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        child = os.fork()
        if child == 0:
            _become(arguments, given.fileno(), out.fileno(), err.fileno())
        status, usage = _ended(child)
        out.seek(0)
        err.seek(0)
        return Limited(
            os.waitstatus_to_exitcode(status),
            out.read(),
            err.read(),
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss >> 10,
        )


def _ended(child: int) -> tuple[int, resource.struct_rusage]:
    """Wait for a process, but not for one that waits itself."""
    until = time.monotonic() + 10 * SECONDS
    while time.monotonic() < until:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            return status, usage
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    return status, usage


def _become(arguments: tuple[str, ...], *streams: int) -> None:
    """In the forked process: run the command and end."""
    code = 99
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        import sys

        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
        resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
