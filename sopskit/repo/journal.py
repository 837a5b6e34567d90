"""The journal: which files a transaction changes, written before the first of them is touched.

One JSON object a line:

    {"sopskit-journal": 1, "transaction": "0123456789abcdef"}
    {"folder": "clusters/new"}                         a folder that the transaction makes
    {"target": "a.yaml", "temporary": ".a.yaml.sopskit-0123456789abcdef", "was": "SHA-256 or null"}
    {"commit": "SHA-256 of all lines above"}           from here on the change counts as made

Paths are relative to the root, with `/`; bytes that are no UTF-8 stand as lone surrogates. `was` is the
content before the change, null for a new file. A line without its newline counts as not written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, FailedError
from sopskit.repo import snapshot
from sopskit.repo.durability import fsync_path, write_all
from sopskit.repo.names import is_inside, temporary
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JOURNAL_FILE = "sopskit.journal"

_VERSION = 1
_SIZE_LIMIT = 64 * 1024 * 1024
_LINE_LIMIT = 128 * 1024  # two paths of 4,096 bytes, each byte as `\udcff`, fit
_COMMIT = b'{"commit"'  # in no other line, not even in a path: JSON writes its quotes as \\"
_TRANSACTION = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Entry(NamedTuple):
    """One file of a transaction.

    Attributes:
        target: its path relative to the root.
        was: SHA-256 of what it held before, None for a new file.
    """

    target: str
    was: bytes | None


class Plan(NamedTuple):
    """What a journal says.

    Attributes:
        transaction: 16 hex digits, part of every temporary file's name; "" where nothing could be read.
        folders: made by the transaction, outer ones first.
        entries: its files.
        committed: whether the change counts as made.
    """

    transaction: str
    folders: tuple[str, ...]
    entries: tuple[Entry, ...]
    committed: bool = False


def encode(plan: Plan) -> bytes:
    """The lines of a journal that is not yet committed."""
    lines: list[dict[str, object]] = [{"sopskit-journal": _VERSION, "transaction": plan.transaction}]
    lines += [{"folder": _portable(folder)} for folder in plan.folders]
    lines += [_encode_entry(entry, plan.transaction) for entry in plan.entries]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def commit_line(plan: bytes) -> bytes:
    """The line that commits the plan encoded before it."""
    return json.dumps({"commit": hashlib.sha256(plan).hexdigest()}).encode() + b"\n"


def parse(data: bytes) -> Plan:
    """Read a journal, whatever was left of it.

    Before the commit line only temporary files can exist, so there everything up to the first line that
    cannot be read is taken. A commit line counts only if every line before it is what was written.

    Raises:
        FailedError: a commit line stands in a journal that is damaged.
        ConfigurationError: a newer sopskit wrote it.
    """
    lines = data.split(b"\n")[:-1]
    commits = [number for number, line in enumerate(lines) if _COMMIT in line]
    if not commits:
        return _parse_lines(lines)
    body = b"".join(line + b"\n" for line in lines[: commits[0]])
    plan = _parse_lines(lines[: commits[0]])
    is_whole = len(plan.folders) + len(plan.entries) + 1 == commits[0] and plan.transaction
    if not is_whole or lines[commits[0] :] != [commit_line(body)[:-1]]:
        raise FailedError(
            "the journal of an interrupted change is damaged, so nothing was touched",
            hint="look at the files it names (git status, *.sopskit-*), then delete it",
        )
    return plan._replace(committed=True)


def _parse_lines(lines: Sequence[bytes]) -> Plan:
    transaction = _transaction_of(_load(lines[0])) if lines else ""
    folders: list[str] = []
    entries: list[Entry] = []
    for line in lines[1:] if transaction else ():
        fields = _load(line)
        entry = _parse_entry(fields, transaction)
        folder = _path_of(fields.get("folder"))
        if entry is not None:
            entries.append(entry)
        elif folder is not None:
            folders.append(folder)
        else:
            break
    return Plan(transaction, tuple(folders), tuple(entries))


def _load(line: bytes) -> dict[str, object]:
    """The object on a line, {} where it is none."""
    try:
        value = json.loads(line) if len(line) <= _LINE_LIMIT else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _transaction_of(fields: dict[str, object]) -> str:
    version, transaction = fields.get("sopskit-journal"), fields.get("transaction")
    if isinstance(version, int) and version > _VERSION:
        raise ConfigurationError(
            "a newer sopskit was interrupted while it changed this repository",
            hint="let that version finish: run any of its commands here",
        )
    is_ours = version == _VERSION and isinstance(transaction, str) and _TRANSACTION.fullmatch(transaction)
    return str(transaction) if is_ours else ""


def _encode_entry(entry: Entry, transaction: str) -> dict[str, object]:
    return {
        "target": _portable(entry.target),
        "temporary": _portable(temporary(entry.target, transaction)),
        "was": None if entry.was is None else entry.was.hex(),
    }


def _parse_entry(fields: dict[str, object], transaction: str) -> Entry | None:
    target, was = _path_of(fields.get("target")), fields.get("was", "")
    if target is None or fields.get("temporary") != _portable(temporary(target, transaction)):
        return None
    if was is None:
        return Entry(target, None)
    if isinstance(was, str) and _DIGEST.fullmatch(was):
        return Entry(target, bytes.fromhex(was))
    return None


def _path_of(value: object) -> str | None:
    """A path inside the repository, or None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        path = os.fsdecode(value.encode("utf-8", "surrogateescape"))
    except UnicodeError:
        return None
    return path if is_inside(path) else None


def _portable(path: str) -> str:
    """The path as it stands in the journal, whatever encoding this process has for file names."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


class JournalFile:
    """The journal in the state folder. Its methods raise OSError; the lock must be held."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / JOURNAL_FILE
        self._plan = b""

    def exists(self) -> bool:
        """Whether an earlier transaction left one."""
        return os.path.lexists(self.path)

    def read(self) -> Plan:
        """Read and check it.

        Raises:
            FailedError: it cannot be read or is damaged.
            ConfigurationError: a newer sopskit wrote it.
        """
        name = str(self.path)
        data, _ = snapshot.read(name, name, limit=_SIZE_LIMIT)
        try:
            return parse(data)
        except (FailedError, ConfigurationError) as error:
            raise error.at(shown(name)) from None

    def create(self, plan: Plan) -> None:
        """Write a new journal; durable on return."""
        self._plan = encode(plan)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        _write_and_close(descriptor, self._plan)
        fsync_path(self.path.parent)

    def commit(self) -> None:
        """Append the commit line; durable on return."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        _write_and_close(descriptor, commit_line(self._plan))

    def withdraw(self) -> None:
        """Take back a commit line of which nothing is known, not even whether it is there."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.ftruncate(descriptor, len(self._plan))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """Delete it; durable on return."""
        self.path.unlink(missing_ok=True)
        fsync_path(self.path.parent)


def _write_and_close(descriptor: int, data: bytes) -> None:
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
