"""Texts in the format of a secret that are none: placeholders, and values from the vendors' documentation."""

from __future__ import annotations

import binascii
import re
from itertools import pairwise

#: Words that nobody finds in a random text: of four letters and more, in either case.
_WORDS = re.compile(
    rb"example|placeholder|change[_-]?me|dummy|sample[_-]|redacted|masked|invalid|foobar|qwerty|deadbeef"
    rb"|(?:your|insert|fake|todo)[_-]|replace[_-]?(?:me|with)|not[_-]?(?:a[_-])?real|xxxx|\*\*\*\*|\.\.\."
    rb"|abc123|^ext:|<[a-z_ -]+>|\$\{|\{\{|%\(|abcdef(?:gh|123)|123456789|987654321",
    re.IGNORECASE,
)

#: Base64 of a text, whole.
_BASE64 = re.compile(rb"[0-9A-Za-z+/]{8,}={0,2}")

#: A text longer than this holds words by chance.
_LONG = 200

#: A piece again and again: `0000`, `abcabcabc`.
_REPEATED = re.compile(rb"(.{1,10}?)\1{2,}", re.DOTALL)

#: Bytes in a row that count up or down, as in `12345678`.
_RUN = 8


def is_placeholder(secret: bytes) -> bool:
    """Whether a text, or what it is the base64 of, stands for a secret instead of being one."""
    return _stands_for_another(secret) or _stands_for_another(_decoded(secret))


def _decoded(secret: bytes) -> bytes:
    """The printable text of which it is the base64, if it is; else nothing."""
    if len(secret) % 4 or not _BASE64.fullmatch(secret):
        return b""
    text = binascii.a2b_base64(secret)
    return text if text.isascii() and text.decode().isprintable() else b""


def _stands_for_another(secret: bytes) -> bool:
    if not secret:
        return False
    if len(secret) <= _LONG and (_WORDS.search(secret) or _counts(secret)):
        return True
    if any(2 * len(found[0]) >= len(secret) for found in _REPEATED.finditer(secret)):
        return True
    from sopskit.scanner.known_values import is_known

    return is_known(secret)


def _counts(secret: bytes) -> bool:
    """Whether as many bytes in a row count up, or down, as chance does not give."""
    up = down = 1
    for before, after in pairwise(secret):
        up = up + 1 if after == before + 1 else 1
        down = down + 1 if after == before - 1 else 1
        if up >= _RUN or down >= _RUN:
            return True
    return False
