"""Decrypting files: the plaintext, another format of it, or a part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines import file_encryption
from sopskit.errors import FailedError
from sopskit.sops import documents
from sopskit.sops.documents import Written
from sopskit.sops.formats import Format
from sopskit.workflows.many_files import for_each, no_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.engines.file_encryption import DecryptedFile
    from sopskit.engines.interface import Engine
    from sopskit.sops.tree_paths import TreePath
    from sopskit.workflows.in_place import Changed
    from sopskit.workflows.sources import Source


class Wanted(NamedTuple):
    """What is wanted of each file.

    Attributes:
        output_type: the format of the plaintext; None keeps the file's.
        extract: the place of the part that is wanted; None for all.
        ignore_mac: give out values that are not those that were encrypted.
    """

    output_type: Format | None = None
    extract: TreePath | None = None
    ignore_mac: bool = False


def decrypt_files(
    engine: Engine,
    sources: Sequence[Source],
    wanted: Wanted,
    *,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Written]:
    """The plaintexts, in order; none where one of the files does not open.

    Raises:
        NoIdentityError: no identity of this machine opens a file.
        FailedError: a file cannot be read, is damaged, or cannot be written in the format that is wanted.
    """
    return for_each(
        lambda source: decrypted(engine, source, source.read(), wanted),
        sources,
        lambda source: source.name,
        what="could not be decrypted",
        jobs=jobs,
        report=report,
    )


def decrypt_in_place(
    engine: Engine,
    sources: Sequence[Source],
    wanted: Wanted,
    *,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Changed]:
    """Replace files by their plaintexts, all or none.

    Raises:
        SopskitError: see `decrypt_files` and `in_place.change_files`; nothing was written.
    """
    from sopskit.workflows.in_place import change_files

    return change_files(
        sources,
        lambda source, content: decrypted(engine, source, content, wanted),
        what="could not be decrypted",
        jobs=jobs,
        report=report,
    )


def decrypted(engine: Engine, source: Source, content: bytes, wanted: Wanted) -> Written:
    """The plaintext of one file, and what is to be known of it."""
    file = file_encryption.decrypt_file(
        engine, content, source.format, source.name, ignore_mac=wanted.ignore_mac
    )
    written = _text(file, wanted)
    return written._replace(notes=(*clear_comments(file), *written.notes))


def clear_comments(file: DecryptedFile) -> tuple[str, ...]:
    """A note on the comments that are not encrypted, so that anyone may have written them."""
    found = file.clear_comments
    lines = ", ".join(str(file.document.line_of(number)) for number in found[:3])
    if not found:
        return ()
    if len(found) == 1:
        return (f"the comment in line {lines} is not encrypted, although comments here are",)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return (f"the comments in lines {lines}{more} are not encrypted, although comments here are",)


def _text(file: DecryptedFile, wanted: Wanted) -> Written:
    kind = wanted.output_type or file.format
    if wanted.extract is not None:
        from sopskit.sops import tree_paths

        # Of several documents sops looks at the first (cmd/sops/decrypt.go, extract).
        return Written(tree_paths.emit(tree_paths.find(file.tree()[0], wanted.extract), kind))
    if kind is file.format:
        return file.plaintext()
    return Written(converted(file.tree(), kind))


def converted(tree: Sequence[documents.Branch], kind: Format) -> bytes:
    """Trees in another format.

    Raises:
        FailedError: the format cannot hold them.
    """
    if len(tree) > 1 and kind is not Format.YAML:
        raise FailedError(f"has {len(tree)} YAML documents, and {kind} holds one", hint="--output-type yaml")
    return documents.emit(tree, kind)
