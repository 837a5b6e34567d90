"""Which of the decrypted values are looked for: those that stand nowhere by chance.

A value that is short, a word, a name or an address stands in many files, and is no leak there. What its key
says of it counts: a password may be weaker than what has another name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner import names
from sopskit.scanner.chance import evenness, surprise
from sopskit.scanner.checksums import password
from sopskit.scanner.generic import in_own_words
from sopskit.scanner.placeholders import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A shorter value is left out, in bytes; so is a number, or what is not text, of fewer.
SHORTEST = 8
_SHORTEST_NUMBER = 12
_SHORTEST_BYTES = 16

#: A value with lines, or one that is longer, is a document: words in it are looked for, not all of it alone.
_LONGEST = 200

#: Of a document: how long a word is that is looked for, how many are, and how much of the document itself.
_SHORTEST_WORD, _LONGEST_WORD, _MOST_WORDS, _WINDOW = 16, 1024, 32, 1024

#: Letters of a password that is words alone, the usual ones left out.
_WORDY = 16

#: A word and a number below this many characters is a name with a version, or the first guess of anybody.
_GUESSED = 12

_ODD, _VERY_ODD, _EVEN = 0.3, 0.45, 0.7

_SEPARATOR = re.compile(rb"[\s\"'`,;=|<>(){}\[\]]+|\\[nrt\"]")
_ASSIGNMENT = re.compile(
    rb"^[ \t]*(?:export[ \t]+|-[ \t]+)?[\"']?([0-9A-Za-z_.-]{1,64})[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"']+)",
    re.MULTILINE,
)
#: What everybody may have: a certificate, in the clear or as kubeconfigs have it.
_CERTIFICATE = re.compile(
    rb"-----BEGIN (CERTIFICATE|PUBLIC KEY|[A-Z ]*PARAMETERS)-----[^-]*-----END \1-----\s*"
)
_CERTIFICATE_IN_BASE64 = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR"
_ARMOUR = re.compile(rb"-----[A-Z ]+-----")
_URL = re.compile(r"^(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<rest>\S*)$")
_CREDENTIALS = re.compile(r"^(?:[^/@:]*:)?(?P<password>[^/@]{4,})@")

#: Values that say where something is, when, or which of several.
_ADDRESSES = (
    r"(?:[^\s@]+@)?(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,12}\.?(?::[0-9]+)?(?:/[a-z0-9_/.-]*)?",  # hosts, mail
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}(?:[:/][0-9]+)?",  # IPv4, networks
    r"\[?[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,40}:[0-9A-Fa-f.]{0,15}\]?(?:[:/][0-9]+)?",  # IPv6
    r"(?:~|\.{1,2})?(?:/[A-Za-z0-9_.-]+)+/?|[A-Za-z]:\\.*",  # paths
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?",  # points in time
    r"v?[0-9]+(?:\.[0-9]+)+\S{0,12}",  # versions
    r"[$#%]?[{(<][^})>]*[})>]|\$[A-Za-z_]\w*",  # references
)
_ADDRESS = re.compile("|".join(_ADDRESSES))
_WORD_AND_NUMBER = re.compile(r"^[A-Za-z]?[a-z]+$|^[a-z]+[0-9]{0,4}$|^[A-Z]+$")
_NAME = re.compile(r"^[A-Za-z]+[0-9]{0,4}(?:[-._:/ ]+[A-Za-z]*[0-9]{0,4})*$")
_HEX = frozenset("0123456789abcdefABCDEF")


def pieces_of(name: str, value: bytes) -> tuple[bytes, ...]:
    """What to look for to find a value; nothing where it is too short or too common.

    Args:
        name: the last key that leads to it; "" for a whole file.
        value: its bytes.
    """
    value = value.strip()
    if not _is_text(value):
        return (_window(value),) if len(value) >= _SHORTEST_BYTES and len(set(value)) >= SHORTEST else ()
    if b"\n" in value or len(value) > _LONGEST:
        return _pieces_of_document(value)
    return (value,) if _is_distinctive(name, value.decode()) else ()


def _is_text(value: bytes) -> bool:
    try:
        return b"\0" not in value and bool(value.decode())
    except UnicodeDecodeError:
        return False


def _window(value: bytes) -> bytes:
    """A part of what is long, from its middle: many files of one kind begin alike."""
    start = max(0, len(value) - _WINDOW) // 2
    return value[start : start + _WINDOW]


def _pieces_of_document(value: bytes) -> tuple[bytes, ...]:
    """The words of a document that nobody writes; without one, the document, with either line ending."""
    value = _CERTIFICATE.sub(b"", value)
    words = dict.fromkeys((*_passwords(value), *_words(value)))
    if words:
        return tuple(words)[:_MOST_WORDS]
    plain = _window(value.replace(b"\r\n", b"\n")).strip()
    if len(plain) < 2 * _SHORTEST_BYTES or is_placeholder(plain):
        return ()
    return tuple(dict.fromkeys((plain, plain.replace(b"\n", b"\r\n"))))


def _passwords(value: bytes) -> Iterator[bytes]:
    """What a document gives to names that say "secret"."""
    for name, text in _ASSIGNMENT.findall(value):
        is_named = len(text) <= _LONGEST and names.kind_of(name.decode()) is not None
        if is_named and _is_distinctive(name.decode(), text.decode("utf-8", "replace")):
            yield text


def _words(value: bytes) -> Iterator[bytes]:
    for word in _SEPARATOR.split(_ARMOUR.sub(b"", value)):
        text = word[:_LONGEST_WORD].decode("latin-1")
        if len(text) < _SHORTEST_WORD or text.startswith(_CERTIFICATE_IN_BASE64) or is_placeholder(word):
            continue
        if _holds_credentials(text) if _URL.match(text) else _is_random(text):
            yield word[:_LONGEST_WORD]


def _is_distinctive(name: str, text: str) -> bool:
    """Whether a value of one line stands nowhere by chance."""
    if len(text.encode()) < SHORTEST or is_placeholder(text.encode()):
        return False
    if text.isdecimal():
        return len(text) >= _SHORTEST_NUMBER
    if _URL.match(text):
        return _holds_credentials(text)
    if _ADDRESS.fullmatch(text):
        return False
    if _is_random(text):
        return True
    return _may_be_password(text) if names.kind_of(name) is not None else not _is_written(text)


def _holds_credentials(url: str) -> bool:
    """Whether a URL is a secret: it has a password, or a part that was made by chance."""
    found = _URL.match(url)
    rest = found["rest"] if found else url
    credentials = _CREDENTIALS.match(rest)
    if credentials is not None and password.valid(credentials["password"]):
        return True
    parts = [part for part in re.split(r"[/?&=:@]", rest) if not _ADDRESS.fullmatch(part)]
    return any(len(part) >= _SHORTEST_WORD and _is_random(part) for part in parts)


def _may_be_password(text: str) -> bool:
    """Whether what is called a password is one that nobody writes for another reason."""
    if not password.valid(text):
        return False
    rest = in_own_words(text)
    if _WORD_AND_NUMBER.match(text) and len(text) < _GUESSED:
        return False
    if _NAME.match(text):
        return len(rest) >= _WORDY
    return 2 * len(rest) >= len(text)


def _is_written(text: str) -> bool:
    """Whether it is a name or a sentence."""
    return _NAME.match(text) is not None or " " in text


def _is_random(text: str) -> bool:
    """Whether nobody would write a text so."""
    if evenness(text) < _EVEN:
        return False
    has_digit = any(map(str.isdigit, text))
    if set(text) <= _HEX:
        return len(text) >= _SHORTEST_WORD and has_digit and any(map(str.isalpha, text))
    return surprise(text) >= (_ODD if has_digit else _VERY_ODD)
