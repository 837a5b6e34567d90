"""What git runs for encrypted files: the merge driver and the text conversion for diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError, SopskitError
from sopskit.repo.failures import read_failed, write_failed
from sopskit.sops import formats
from sopskit.text import conflicts
from sopskit.text.splice import line_of
from sopskit.workflows import merge
from sopskit.workflows.in_place import change_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sopskit.engines.interface import Engine
    from sopskit.sops.documents import Written
    from sopskit.workflows.in_place import Changed
    from sopskit.workflows.merge import Merged, Sides
    from sopskit.workflows.sources import Source

    OpenEngine = Callable[[], Engine]


class DriverResult(NamedTuple):
    """What a merge came to.

    Attributes:
        conflicts: dotted keys that both sides changed; empty where the file is merged.
        problem: why the file could only be merged as lines of text, or None.
    """

    conflicts: tuple[str, ...]
    problem: SopskitError | None = None


def merge_file(open_engine: OpenEngine, base: Path, ours: Path, theirs: Path, path: str) -> DriverResult:
    """Merge three files that git made, and write the result to `ours`.

    Args:
        open_engine: finds this machine's keys; called only where a side is encrypted.
        base: git's `%O`; empty where both sides added the file.
        ours: git's `%A`.
        theirs: git's `%B`.
        path: git's `%P`, the name of the file in the repository.

    Raises:
        FailedError: a file cannot be read or written.
    """
    sides = merge.Sides(*(_read(each) for each in (base, ours, theirs)))
    merged, problem = _merge(open_engine, sides, path)
    try:
        ours.write_bytes(merged.data)
    except OSError as error:
        raise write_failed(error, str(ours)) from None
    return DriverResult(merged.conflicts, problem)


def _merge(open_engine: OpenEngine, sides: Sides, path: str) -> tuple[Merged, SopskitError | None]:
    kind = formats.format_of(path)
    try:
        if merge.is_plaintext(sides, kind):
            return merge.merge_text(sides), None
        return merge.merge(open_engine(), sides, path, kind), None
    except SopskitError as error:
        return merge.merge_text(sides)._replace(conflicts=("the file",)), error.at(path)


def text_of(open_engine: OpenEngine, path: Path) -> tuple[bytes, SopskitError | None]:
    """A file for a diff: decrypted, or as it is with the reason."""
    from sopskit.engines import file_encryption

    data = _read(path)
    kind = formats.format_of(path.name)
    try:
        if formats.read(data, kind) is None:
            return data, None
        file = file_encryption.decrypt_file(open_engine(), data, kind, path.name, ignore_mac=True)
        return file.plaintext().data, None
    except SopskitError as error:
        return data, error


def reseal_file(open_engine: OpenEngine, source: Source) -> Changed:
    """Give a file whose conflicts were resolved by hand a MAC again.

    Raises:
        BrokenFileError: conflict markers are left, or a value does not open.
        NoIdentityError: no identity opens it.
        FailedError: the file cannot be read or written.
    """

    def change(source: Source, data: bytes) -> Written:
        text = data.decode("utf-8", "surrogateescape")
        marker = conflicts.marker(text)
        if marker is not None:
            line = line_of(text, marker)
            raise BrokenFileError("is still in conflict", hint="choose a side of each first", line=line)
        return merge.reseal(open_engine(), data, source.name, source.format)

    (changed,) = change_files([source], change, what="could not be resealed")
    return changed


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise read_failed(error, str(path)) from None
