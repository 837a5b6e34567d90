"""What can be said about a file's bytes before they are parsed."""

from __future__ import annotations

from sopskit.errors import BrokenFileError
from sopskit.text import conflicts, splice


def looks_encrypted(data: bytes) -> bool:
    """Whether the bytes hold an encrypted value and the word that SOPS keeps its metadata under."""
    return b"ENC[AES256_GCM" in data and b"sops" in data


def text_of(data: bytes) -> str | None:
    """The bytes as UTF-8; None where they are not, in a file that does not look encrypted.

    Raises:
        BrokenFileError: they are not, in one that does.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if not looks_encrypted(data):
            return None
        raise BrokenFileError(
            "the file is not UTF-8",
            hint="restore the file from git history",
            line=data.count(b"\n", 0, error.start) + 1,
        ) from None


def refuse_nul(text: str) -> None:
    """Refuse a NUL, which the parsers of YAML and JSON refuse too.

    Raises:
        BrokenFileError: there is one.
    """
    position = text.find("\0")
    if position >= 0:
        raise BrokenFileError(
            "the file holds a NUL character",
            hint="restore the file from git history",
            line=splice.line_of(text, position),
        )


def refuse_conflict(text: str) -> None:
    """Refuse a file that git left in the middle of a merge.

    Raises:
        BrokenFileError: a line starts with a conflict marker.
    """
    marker = conflicts.marker(text)
    if marker is not None:
        raise BrokenFileError(
            "the file has merge conflict markers",
            hint="take one side whole: git checkout --ours or --theirs, then sync",
            line=splice.line_of(text, marker),
        )
