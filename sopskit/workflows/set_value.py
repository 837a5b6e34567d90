"""Setting and removing one value of a secret file; all other values keep their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import file_encryption
from sopskit.errors import FailedError
from sopskit.sops import documents, tree_paths
from sopskit.sops.documents import Written
from sopskit.sops.plain_values import from_json, same
from sopskit.workflows.decrypt import clear_comments
from sopskit.workflows.in_place import change_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.engines.file_encryption import DecryptedFile
    from sopskit.engines.interface import Engine
    from sopskit.sops.documents import Document, Node
    from sopskit.sops.tree_paths import TreePath
    from sopskit.workflows.in_place import Changed
    from sopskit.workflows.sources import Source

    Edit = Callable[[Document], bytes | None]


def parse_value(content: bytes, *, is_text: bool) -> Node:
    """The value in a file or on standard input.

    Args:
        content: JSON, as `sops set` reads it, or the text itself.
        is_text: take it as a text. A single line loses its newline, which `echo` and editors put there; a
            text of several lines (a certificate) keeps all.

    Raises:
        FailedError: it is no JSON; the message holds nothing of it.
    """
    if not is_text:
        return from_json(content)
    line, newline, rest = content.partition(b"\n")
    if newline and not rest:
        content = line.removesuffix(b"\r")
    return content.decode("utf-8", "surrogateescape")


def set_value(
    engine: Engine, source: Source, path: TreePath, value: Node, *, ignore_mac: bool = False
) -> Changed:
    """Give a place of a file a value; what is missing on the way is made. Nothing is written where it has it.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        FailedError: there is no such place, the format cannot hold the value, or the file cannot be written.
    """

    def edit(document: Document) -> bytes | None:
        try:
            if same(tree_paths.find(document.tree()[0], path), value):
                return None
        except tree_paths.NoSuchPlaceError:
            pass
        return document.set(path, value)

    return change_file(engine, source, edit, ignore_mac=ignore_mac)


def unset(
    engine: Engine, source: Source, path: TreePath, *, idempotent: bool = False, ignore_mac: bool = False
) -> Changed:
    """Remove a key or an item of a list.

    Args:
        engine: reaches the data key.
        source: the file.
        path: what to remove.
        idempotent: it is no error if there is nothing.
        ignore_mac: change a file whose values are not those that were encrypted.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        NoSuchPlaceError: there is nothing to remove.
        FailedError: the file is damaged, or cannot be written.
    """

    def edit(document: Document) -> bytes | None:
        try:
            tree_paths.find(document.tree()[0], path)
        except tree_paths.NoSuchPlaceError:
            if idempotent:
                return None
            raise
        return document.unset(path)

    return change_file(engine, source, edit, ignore_mac=ignore_mac)


def change_file(
    engine: Engine, source: Source, edit: Edit, *, expected: bytes | None = None, ignore_mac: bool = False
) -> Changed:
    """Change the plaintext of a file, and encrypt it again with its data key.

    Args:
        engine: reaches the data key.
        source: the file.
        edit: the new plaintext of a document, or None where it stays.
        expected: the bytes that the file had when the edit was begun, or None.
        ignore_mac: change a file whose values are not those that were encrypted.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        FailedError: the file is damaged, was changed meanwhile, or cannot be written.
    """

    def change(source: Source, content: bytes) -> Written:
        if expected not in (None, content):
            raise FailedError("changed since it was read", hint="nothing was written; read it again")
        file = file_encryption.decrypt_file(
            engine, content, source.format, source.name, ignore_mac=ignore_mac
        )
        plaintext = edit(plaintext_document(file))
        if plaintext is None:
            return Written(content)
        written = file_encryption.reencrypt_file(file, plaintext)
        return written._replace(notes=(*clear_comments(file), *written.notes))

    (changed,) = change_files([source], change, what="could not be changed")
    return changed


def plaintext_document(file: DecryptedFile) -> Document:
    """The document that a file's plaintext is."""
    return documents.read(file.plaintext().data, file.format)
