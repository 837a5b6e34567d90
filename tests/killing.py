"""Ends a process with SIGKILL at a chosen step of its write path.

A step is a call that can change what is on the disk. A write counts twice: once before it, and once with
half of it done. So counting from 1 until the process lives to its end visits every state that a crash can
leave. From the command line:

    python -m tests.killing STEP -- MODULE:CALLABLE [ARGUMENT ...]

calls `CALLABLE([ARGUMENT, ...])` and exits with what it returns, or dies at the step.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
import warnings
from typing import TYPE_CHECKING, Any

from sopskit.repo import durability

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: tuple[tuple[Any, str], ...] = (
    *(
        (os, name)
        for name in ("open", "write", "pwrite", "ftruncate", "truncate", "fsync", "fchmod", "fchown")
    ),
    *((os, name) for name in ("rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "rmdir")),
    (durability, "syncfs"),
)

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Fuse:
    """Counts steps, and blows at the given one."""

    def __init__(self, step: int, blow: Callable[[], None]) -> None:
        self.left = step
        self.blow = blow

    def burn(self) -> bool:
        """Count one step; whether it is the last one."""
        self.left -= 1
        return self.left == 0

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted."""

        def counted(*arguments: Any, **keywords: Any) -> Any:
            if name == "open" and not arguments[1] & _WRITING:
                return function(*arguments, **keywords)
            if self.burn():
                self.blow()
            if name in ("write", "pwrite") and self.burn():
                half = bytes(arguments[1])[: len(arguments[1]) // 2]
                written = function(arguments[0], half, *arguments[2:])
                self.blow()
                return written
            return function(*arguments, **keywords)

        return counted


def die() -> None:
    """What a power cut or the out-of-memory killer does: no handler, no `finally`."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: int) -> None:
    """From now on this process dies at its `step`-th step, counting from 1."""
    fuse = Fuse(step, die)
    for module, name in STEPS:
        setattr(module, name, fuse.wrap(name, getattr(module, name)))


def dies_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a forked child that is killed at the step; False if it came to its end before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about forking beside threads
        child = os.fork()
    if child == 0:
        code = 1
        try:
            arm(step)
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the child must not return into pytest
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed; its traceback is above"
    return False


def main(argv: list[str]) -> int:
    """See the module's text."""
    step, dashes, place, *arguments = argv
    module, _, name = place.partition(":")
    assert dashes == "--", "usage: python -m tests.killing STEP -- MODULE:CALLABLE [ARGUMENT ...]"
    function = getattr(importlib.import_module(module), name)
    arm(int(step))
    returned = function(arguments)
    return returned if isinstance(returned, int) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
