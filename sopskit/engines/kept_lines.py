"""An edited file that differs from the file before the edit where a value does, and nowhere else.

A plaintext may have to spell a value otherwise than its `ENC[...]` stood: `y` in quotes, since it is a
string. What was encrypted from that would have the quotes too. Such lines, which differ although nobody
edited them, are taken from the file again. They are known by their `ENC[...]`, which no two values share.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, SopskitError
from sopskit.sops import documents, encryption, formats

if TYPE_CHECKING:
    from sopskit.engines.file_encryption import DecryptedFile
    from sopskit.sops.documents import Written


class _Spelling(NamedTuple):
    """Lines of one value, as the file had them and as they are now."""

    before: list[bytes]
    now: list[bytes]


def keep_lines(file: DecryptedFile, edited: Written) -> Written:
    """The edited file with the lines of the file before, where these mean the same.

    Args:
        file: before the edit.
        edited: encrypted, after it.
    """
    try:
        before = file.document.written({}, file.metadata).data
        unedited = _unedited(file)
        if unedited == before:
            return edited
        kept = _with_lines(edited.data, _respelled(_pieces(before), _pieces(unedited)))
        if _says(kept, file) == _says(edited.data, file):
            return edited._replace(data=kept)
    except SopskitError:  # the lines make no document: the edited ones do
        pass
    return edited


def _unedited(file: DecryptedFile) -> bytes:
    """The plaintext encrypted as it is, with the metadata as it was."""
    metadata = file.metadata
    document = documents.read(file.plaintext().data, file.format)
    found = encryption.encrypt(
        document, file.cipher.copy(), metadata.selector, mac_only_encrypted=metadata.mac_only_encrypted
    )
    return document.written(found.values, metadata, file.document).data


def _pieces(data: bytes) -> list[list[bytes]]:
    """The lines, cut behind each that has an encrypted value."""
    pieces: list[list[bytes]] = [[]]
    for line in data.splitlines(keepends=True):
        pieces[-1].append(line)
        if b"ENC[" in line:
            pieces.append([])
    return pieces


def _respelled(before: list[list[bytes]], unedited: list[list[bytes]]) -> dict[bytes, _Spelling]:
    """The lines that the plaintext made differ, by the last of them, which has the value."""
    found: dict[bytes, _Spelling] = {}
    if len(before) == len(unedited):
        for old, new in zip(before, unedited, strict=True):
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
            if old[same:] and new[same:]:
                found[new[-1]] = _Spelling(old[same:], new[same:])
    return found


def _with_lines(data: bytes, respelled: dict[bytes, _Spelling]) -> bytes:
    lines: list[bytes] = []
    for line in data.splitlines(keepends=True):
        lines.append(line)
        spelling = respelled.get(line)
        if spelling is not None and lines[-len(spelling.now) :] == spelling.now:
            lines[-len(spelling.now) :] = spelling.before
    return b"".join(lines)


def _says(data: bytes, file: DecryptedFile) -> object:
    """The plaintext of an edited file, its MAC checked."""
    read = formats.read(data, file.format)
    if read is None:
        raise FailedError("the metadata was lost")
    document = documents.read(data, file.format)
    return document.tree(encryption.decrypt(document, file.cipher.without_memory(), read.metadata).values)
