"""One hierarchy of errors: a message, a hint, and the exit code that the command line gives it.

Messages are lowercase, have no full stop and name the file. No secret, private key or decrypted
value may enter one: callers pass places (paths, line numbers, public keys), never contents.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns. "Found" (1) and "failed" (6) never share a code."""

    CLEAN = 0
    FOUND = 1  # findings or drift
    USAGE = 2
    CONFIGURATION = 3  # configuration or repository unusable
    TOOL_MISSING = 4
    NO_IDENTITY = 5  # no identity opens a file
    FAILED = 6  # an engine, a write or a read failed
    BUG = 70
    INTERRUPTED = 130  # Ctrl-C, or a question declined


class SopskitError(Exception):
    """An error a person can act on.

    Attributes:
        message: one line, lowercase, no full stop.
        hint: what to do next, or None.
        path: the file it is about, as the user would name it, or None.
        line: the line in that file, counting from 1, or None.
        causes: the errors that this one sums up, one for each file.
    """

    exit_code: ExitCode = ExitCode.BUG

    def __init__(
        self, message: str, *, hint: str | None = None, path: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.line = line
        self.causes: tuple[SopskitError, ...] = ()

    def __str__(self) -> str:
        if self.path is None:
            return self.message
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"

    def at(self, path: str) -> SopskitError:
        """Say which file the error is about, where only a caller knows it; returns the same error."""
        if self.path is None:
            self.path = path
        return self


class UsageError(SopskitError):
    """The command line, or an answer that is missing without a TTY."""

    exit_code = ExitCode.USAGE


class ConfigurationError(SopskitError):
    """`.sops.yaml`, a key in it, or the repository cannot be used as it is."""

    exit_code = ExitCode.CONFIGURATION


class InvalidRecipientError(ConfigurationError):
    """A text that is no public key; the text itself is only shown where it cannot be a private key."""


class UnsupportedShapeError(ConfigurationError):
    """A shape of `.sops.yaml` that cannot be edited safely; nothing was changed."""


class ToolMissingError(SopskitError):
    """A program (gpg, git, sops, ssh-keyscan, an age plugin) is not on PATH."""

    exit_code = ExitCode.TOOL_MISSING


class NoIdentityError(SopskitError):
    """No identity found on this machine opens the file."""

    exit_code = ExitCode.NO_IDENTITY


class FailedError(SopskitError):
    """An engine failed, or a file could not be read or written."""

    exit_code = ExitCode.FAILED


class BrokenFileError(FailedError):
    """A secret file whose metadata cannot be read: truncated, conflicted, or not what SOPS writes."""


class DeclinedError(SopskitError):
    """Ctrl-C, or a question that was declined."""

    exit_code = ExitCode.INTERRUPTED
