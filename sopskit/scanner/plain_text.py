"""Texts of which nothing has to be known but their bytes. Imports nothing: hooks wait for this."""

from __future__ import annotations


def is_plain(content: bytes) -> bool:
    """Whether it is UTF-8 without a NUL: no archive, nothing compressed, no UTF-16, which all are read first.

    Other contents may be plain as well; what says so takes long to import.
    """
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content
