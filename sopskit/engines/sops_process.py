"""Running the real sops: without a secret in argv, and without an end only where someone can answer it."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sopskit.errors import FailedError, ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run(arguments: Sequence[str], *, limit: float, environ: Mapping[str, str]) -> int:
    """Run the sops on PATH to its end; its output is dropped.

    On a terminal sops, gpg and age plugins may ask for a passphrase or a touch, and have the time they
    need. Without one sops is ended, with all that it started, after `limit` seconds.

    Args:
        arguments: anyone on the machine can read them, so that no secret may be among them.
        limit: seconds, where there is no terminal.
        environ: its whole environment.

    Returns:
        Its exit code.

    Raises:
        ToolMissingError: there is no sops.
        FailedError: it took too long, a signal ended it, or it could not be started.
    """
    import sh

    attended = _has_terminal()
    try:
        running = sh.Command("sops")(
            *arguments,
            _env={**environ, "SOPS_DISABLE_VERSION_CHECK": "1"},
            _in=b"",
            _tty_out=False,
            _encoding="utf-8",
            _bg=True,
            _bg_exc=False,
            _new_session=not attended,
        )
    except sh.CommandNotFound:
        raise ToolMissingError(
            "sops is not on PATH",
            hint="cloud keys, Vault and age plugins need it: https://github.com/getsops/sops",
        ) from None
    except (OSError, sh.ForkException):  # it is no program of this machine
        raise FailedError("sops could not be started", hint="sops --version says why") from None
    code = _wait(running, None if attended else limit)
    if code is None:
        raise FailedError(
            f"sops did not end within {limit:g} seconds",
            hint="it may wait for a passphrase: run this on a terminal, or unlock the key before",
        )
    if code < 0:
        raise FailedError(f"sops was ended by signal {-code}")
    return code


def _wait(running: Any, limit: float | None) -> int | None:
    """The exit code, or None where the process had to be ended since it took longer than `limit`."""
    import sh

    late = threading.Event()

    def end() -> None:
        with suppress(ProcessLookupError):
            running.process.kill_group()  # gpg and plugins too, which are what waits

    def end_late() -> None:
        late.set()
        end()

    watch = threading.Timer(limit, end_late) if limit is not None else None
    if watch is not None:
        watch.daemon = True
        watch.start()
    code = 0
    try:
        running.wait()
    except sh.ErrorReturnCode as error:  # it holds argv and both outputs; only the code leaves
        code = int(error.exit_code)
    except BaseException:
        # On a terminal Ctrl-C reaches sops by itself; in a worker, which waits here until sops has ended,
        # it raises nothing. Workers do so with a handler: SIG_IGN would be inherited by sops.
        if watch is not None:
            end()
        raise
    finally:
        if watch is not None:
            watch.cancel()
    return None if late.is_set() else code


def _has_terminal() -> bool:
    """Whether the process has a controlling terminal, which is where sops asks."""
    try:
        with Path("/dev/tty").open("rb"):
            return True
    except OSError:
        return False
