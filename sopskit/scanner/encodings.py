"""Encodings that hide a secret from a search: base64, hexadecimal, percent signs, gzip within the first two.

Nothing is decoded but where a trigger says that an encoded secret may be: what each secret of a rule has, as
it looks encoded, in base64 at each of the three alignments.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from sopskit.scanner.beginnings import texts
from sopskit.scanner.shape import shape_of
from sopskit.scanner.triggers import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.scanner.rule import Rule
    from sopskit.scanner.triggers import Span

#: How often one encoding may be within another.
MAX_DEPTH = 3

#: How far from a trigger an encoded text is looked for, in bytes.
_FAR = 48 << 10

#: So far it is looked at first: most texts around a trigger are short.
_NEAR = (1 << 8, 1 << 12, _FAR)

#: Without Hyperscan it is not known where; encoded texts that are shorter may be missed.
_STEP = 24

#: The most that one gzip stream gives, in bytes; what comes behind is not looked at.
_MOST_UNPACKED = 4 << 20

#: Encoded literals that are searched for have as many characters at least; a shorter one is everywhere.
_SHORTEST = 4
_LONGEST = 16
_OF_MANY = (
    8  # characters of what is encoded twice: there are 30,000 forms, and hardly a text has one by chance
)
_MOST_TEXTS = 8  # of one rule

#: A run that begins later before the end of what is in view may not be seen in it.
_CUT = 64

#: Base64 and its variant for URLs, over lines as `base64` and PEM wrap them, in YAML indented.
_BASE64 = re.compile(
    rb"(?:(?:[A-Za-z0-9+/_-]{40,}\r?\n[ \t]{0,80})+[A-Za-z0-9+/_-]*|[A-Za-z0-9+/_-]{16,})={0,2}"
)
_HEX = re.compile(rb"[0-9A-Fa-f]{32,}")
_WORD = re.compile(rb"[^\s\"'<>`]{16,8000}")

_GZIP = b"\x1f\x8b\x08"

#: What base64 and hexadecimal make of the first bytes of gzip, and URLs of `://`, of a PEM header, of `{"`.
_SIGNS = ("H4sIA", "1f8b080", "%3A%2F%2F", "%3a%2f%2f", "BEGIN%20", "BEGIN\\+", "%7B%22", "%7b%22")

#: Where lines of base64 begin or end in another way than after a line feed: in a block of YAML, as in MIME.
_WRAPPED = (
    r"(?:\||\|-|>|>-)\r?\n[ \t]{1,80}[A-Za-z0-9+/]{40,120}\n",
    r"[A-Za-z0-9+/]{40}\r\n[ \t]{0,80}[A-Za-z0-9+/]{4}",
)


#: Forty digits that say a text, whatever it is: it may be encoded again.
_MORE = (*_SIGNS, *_WRAPPED, "(?:[2-7][0-9A-Fa-f]){20}")


class Piece(NamedTuple):
    """An encoded part of a text.

    Attributes:
        content: what it says.
        start: where the encoded text begins, in bytes.
        end: where it ends.
        encoding: its name, for people.
    """

    content: bytes
    start: int
    end: int
    encoding: str


def triggers(rules: Sequence[Rule], number: int) -> Iterator[Trigger]:
    """What tells that secrets of these rules may be encoded; only of rules that mean something anywhere.

    Args:
        rules: the rules.
        number: the triggers'.
    """
    literals = {literal for rule in rules if rule.is_unambiguous for literal in _literals(rule)}
    once = _all_in_base64(literals, _SHORTEST)
    long = {literal for literal in literals if len(literal) >= _SHORTEST}
    in_hex = {f"(?i:{literal.hex()})" for literal in long}
    in_percent = {f"(?i:%{literal.hex('%')})" for literal in long}
    twice = _all_in_base64({form.encode() for form in once}, _SHORTEST + 1)
    twice |= _all_in_base64({literal.hex().encode() for literal in long}, _SHORTEST + 1)
    thrice = _all_in_base64({form.encode() for form in twice}, _SHORTEST + 2)
    again = map(re.escape, sorted({form[:_OF_MANY] for form in twice | thrice}))
    for expression in (*map(_over_lines, sorted(once)), *again, *sorted(in_hex), *sorted(in_percent), *_MORE):
        yield Trigger(number, expression, 0, 0)


def places_of(spans: Iterable[Span], size: int) -> Iterator[int]:
    """Where encoded texts may be, in order.

    Args:
        spans: what triggers gave; one of the whole text says only that there is something.
        size: of the text, in bytes.
    """
    for span in spans:
        if span.low == 0 and span.high == size:
            yield from range(_STEP, size + _STEP, _STEP)
        else:
            yield span.low


def pieces(content: bytes, places: Iterable[int]) -> Iterator[Piece]:
    """What is encoded around some places, decoded; nothing where it makes no sense.

    Args:
        content: the text.
        places: offsets, in order.
    """
    encodings = [(encoding, _Runs(content, encoding)) for encoding in _ENCODINGS]
    for place in places:
        for encoding, runs in encodings:
            run = runs.at(place)
            if run is not None:
                for each in encoding.decoded(content[run[0] : run[1]]):
                    yield Piece(each, *run, encoding.name)


class _Encoding(NamedTuple):
    """An encoding.

    Attributes:
        name: for people.
        pattern: of a run of encoded text.
        other: a byte that is in no run.
        others: translates such bytes to NUL, and none else.
        decoded: gives what a run may say.
    """

    name: str
    pattern: re.Pattern[bytes]
    other: re.Pattern[bytes]
    others: bytes
    decoded: Callable[[bytes], Iterator[bytes]]


class _Runs:
    """Finds the encoded texts around places that come in order; no part of the text is searched often."""

    def __init__(self, content: bytes, encoding: _Encoding) -> None:
        self._content = content
        self._encoding = encoding
        self._position = 0  # runs before it were looked at
        self._empty_to = 0  # no run starts from the position to there

    def at(self, place: int) -> tuple[int, int] | None:
        """The span that holds the byte before a place; None where that was given before."""
        if place <= max(self._position, self._empty_to):
            return None
        low, high = self._surroundings(place)
        for found in self._encoding.pattern.finditer(self._content, low, high):
            if found.start() >= place:
                self._empty_to = found.start()
                return None
            self._position = found.end()
            if place <= found.end():
                return found.span()
        self._empty_to = max(place, high - _CUT)
        return None

    def _surroundings(self, place: int) -> tuple[int, int]:
        """The part around a place that holds nothing but signs of the encoding; no run reaches over it."""
        low, others = max(place - _FAR, self._position), self._encoding.others
        for far in _NEAR:
            start = max(low, place - far)
            last = self._content[start:place].translate(others).rfind(b"\0")
            if last >= 0:
                low = start + last + 1
                break
            if start == low:
                break
        behind = self._encoding.other.search(self._content, place, place + _FAR)
        return low, behind.start() if behind else place + _FAR


def _of_base64(text: bytes) -> Iterator[bytes]:
    """At each offset: what comes before may be another word, and its beginning out of view."""
    plain = text.translate(_STANDARD, b"\r\n\t =")
    for offset in range(4):
        whole = plain[offset : len(plain) - ((len(plain) - offset) % 4 == 1)]
        yield _unpacked(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))


def _of_hex(text: bytes) -> Iterator[bytes]:
    for offset in (0, 1):
        digits = text[offset:]
        yield _unpacked(bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii")))


def _of_percent(text: bytes) -> Iterator[bytes]:
    if b"%" in text:
        yield re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode("ascii")), text)


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        return zlib.decompressobj(wbits=31).decompress(content, _MOST_UNPACKED)
    except zlib.error:
        return content


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _encoding(
    name: str, pattern: re.Pattern[bytes], other: bytes, decoded: Callable[[bytes], Iterator[bytes]]
) -> _Encoding:
    no_sign = re.compile(other)
    others = bytes(0 if no_sign.match(bytes((byte,))) else 1 for byte in range(256))
    return _Encoding(name, pattern, no_sign, others, decoded)


_ENCODINGS = (
    _encoding("base64", _BASE64, rb"[^A-Za-z0-9+/_=\r\n\t -]", _of_base64),
    _encoding("hexadecimal", _HEX, rb"[^0-9A-Fa-f]", _of_hex),
    _encoding("percent-encoding", _WORD, rb"[\s\"'<>`]", _of_percent),
)


def _literals(rule: Rule) -> set[bytes]:
    """Texts of which one is in each secret of a rule; nothing where there is none, or there are too many."""
    longest = {max(text.split("\0"), key=len) for text in texts(shape_of(rule.pattern))}
    return {each[:_LONGEST].encode("latin-1") for each in longest} if len(longest) <= _MOST_TEXTS else set()


def _all_in_base64(literals: Iterable[bytes], shortest: int) -> set[str]:
    return {form for literal in literals for form in _in_base64(literal) if len(form) >= shortest}


def _over_lines(form: str) -> str:
    """An expression for a text in base64, on one line or two."""
    cuts = range(1, len(form))
    broken = (rf"{re.escape(form[:cut])}\n{re.escape(form[cut:])}" for cut in cuts)
    return "|".join((re.escape(form), *broken))


def _in_base64(literal: bytes) -> Iterator[str]:
    """What is the same in base64 whatever stands around the literal, for each of its alignments."""
    for before in range(3):
        text = b64encode(bytes(before) + literal).decode("ascii")
        form = text[(before * 8 + 5) // 6 : (before + len(literal)) * 8 // 6]
        yield form
        if "+" in form or "/" in form:
            yield form.replace("+", "-").replace("/", "_")
