r"""The shape of a rule's pattern: what its triggers and its limits are computed from.

A pattern is Python `re` syntax over bytes of ASCII, without lookaround, backreferences and anchors, and
with bounded repetitions only. Its shape renders as an expression that Hyperscan, RE2 and `re` read alike:
classes are spelled out, so that no dialect has its own idea of `\s`.
"""

from __future__ import annotations

import importlib
from functools import reduce
from itertools import groupby, pairwise
from operator import or_
from typing import Any, NamedTuple

#: Longest text that a pattern may match; a source that reads in blocks lets them overlap by more than this.
MAX_WIDTH = 32_000

_ALL = (1 << 256) - 1
_LINE_FEED = 1 << ord("\n")


class ShapeError(ValueError):
    """A pattern that no rule may have; the message is one lowercase line."""


class Chars(NamedTuple):
    """One byte out of a set, bit N of `mask` standing for byte N."""

    mask: int


class Sequence(NamedTuple):
    """One after another."""

    parts: tuple[Shape, ...]


class Choice(NamedTuple):
    """One of several."""

    options: tuple[Shape, ...]


class Repeat(NamedTuple):
    """The same, `least` to `most` times."""

    part: Shape
    least: int
    most: int


Shape = Chars | Sequence | Choice | Repeat


def shape_of(pattern: str) -> Shape:
    """Parse a pattern.

    Raises:
        ShapeError: it is no regular expression, or has something that rules must not have.
    """
    import re

    if not pattern.isascii():
        raise ShapeError("the pattern has characters beyond ASCII: write bytes as \\xNN")
    parser = importlib.import_module("re._parser")  # the tree of `re` itself: what it compiles, we analyse
    try:
        tree = parser.parse(pattern.encode())
    except (re.error, OverflowError, RecursionError) as error:
        raise ShapeError(f"the pattern is no regular expression: {error}") from None
    if tree.state.flags & ~re.IGNORECASE:
        raise ShapeError("the pattern sets another flag than i")
    shape = _sequence(tree, caseless=bool(tree.state.flags & re.IGNORECASE))
    least, most = width(shape)
    if least == 0:
        raise ShapeError("the pattern matches nothing at all")
    if most > MAX_WIDTH:
        raise ShapeError(f"the pattern matches more than {MAX_WIDTH} bytes")
    return shape


def width(shape: Shape) -> tuple[int, int]:
    """How many bytes it matches, at least and at most."""
    if isinstance(shape, Chars):
        return 1, 1
    if isinstance(shape, Repeat):
        least, most = width(shape.part)
        return least * shape.least, most * shape.most
    widths = [width(part) for part in (shape.parts if isinstance(shape, Sequence) else shape.options)]
    if isinstance(shape, Sequence):
        return sum(least for least, _ in widths), sum(most for _, most in widths)
    return min(least for least, _ in widths), max(most for _, most in widths)


def render(shape: Shape) -> str:
    """As a regular expression over bytes, in the syntax that Hyperscan, RE2 and `re` share."""
    if isinstance(shape, Chars):
        return _class(shape.mask)
    if isinstance(shape, Choice):
        return f"(?:{'|'.join(map(render, shape.options))})"
    if isinstance(shape, Repeat):
        if shape.most <= 1 and shape.least == shape.most:
            return render(shape.part) if shape.most else ""
        counts = f"{{{shape.least}}}" if shape.least == shape.most else f"{{{shape.least},{shape.most}}}"
        part = render(shape.part)
        return f"{part}{counts}" if isinstance(shape.part, Chars) else f"(?:{part}){counts}"
    return _rendered(shape.parts)


def _rendered(parts: tuple[Shape, ...]) -> str:
    """A sequence: equal neighbours counted, `[0-9]{36}`, and letters of both cases together, `(?i:key)`."""
    text = ""
    for is_caseless, run in groupby(parts, lambda part: letter_of(part, caseless=True) is not None):
        if is_caseless:
            text += f"(?i:{''.join(letter_of(part, caseless=True) or '' for part in run)})"
            continue
        for part, same in groupby(run):
            number = sum(1 for _ in same)
            text += render(part if number == 1 else Repeat(part, number, number))
    return text


def letter_of(shape: Shape, *, caseless: bool) -> str | None:
    """The one letter that it matches, in lowercase, if in both of its cases; else, or of more, None."""
    if not isinstance(shape, Chars) or shape.mask.bit_count() != (2 if caseless else 1):
        return None
    letter = chr(shape.mask.bit_length() - 1)
    return letter if not caseless or shape.mask == _letter(ord(letter), caseless=True) else None


def _class(mask: int) -> str:
    if mask.bit_count() == 1:
        return f"\\x{mask.bit_length() - 1:02x}"
    negated = mask.bit_count() > 128
    ranges = _ranges(_ALL & ~mask if negated else mask)
    members = "".join(f"\\x{a:02x}" if a == b else f"\\x{a:02x}-\\x{b:02x}" for a, b in ranges)
    return f"[{'^' if negated else ''}{members}]" if members else "[\\x00-\\xff]"


def _ranges(mask: int) -> list[tuple[int, int]]:
    members = [byte for byte in range(256) if mask >> byte & 1]
    if not members:
        return []
    breaks = [(a, b) for a, b in pairwise(members) if b != a + 1]
    starts, ends = [members[0], *(b for _, b in breaks)], [*(a for a, _ in breaks), members[-1]]
    return list(zip(starts, ends, strict=True))


# From the tree of `re`: (operation, argument) pairs, named in re._constants.


def _sequence(tree: Any, *, caseless: bool) -> Shape:
    parts = tuple(_part(str(operation), argument, caseless) for operation, argument in tree)
    return parts[0] if len(parts) == 1 else Sequence(parts)


def _part(operation: str, argument: Any, caseless: bool) -> Shape:
    match operation:
        case "LITERAL":
            return Chars(_letter(argument, caseless=caseless))
        case "NOT_LITERAL":
            return Chars(_ALL & ~_letter(argument, caseless=caseless))
        case "ANY":
            return Chars(_ALL & ~_LINE_FEED)
        case "IN":
            return Chars(_set(argument, caseless=caseless))
        case "BRANCH":
            return Choice(tuple(_sequence(option, caseless=caseless) for option in argument[1]))
        case "SUBPATTERN":
            return _group(argument, caseless=caseless)
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _repeat(argument, caseless=caseless)
    raise ShapeError(f"the pattern has what rules must not have: {operation.lower().replace('_', ' ')}")


def _group(argument: Any, *, caseless: bool) -> Shape:
    import re

    _number, added, removed, tree = argument
    if (added | removed) & ~re.IGNORECASE:
        raise ShapeError("the pattern sets another flag than i")
    caseless = (caseless or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
    return _sequence(tree, caseless=caseless)


def _repeat(argument: Any, *, caseless: bool) -> Repeat:
    least, most, tree = argument
    if most > MAX_WIDTH:  # MAXREPEAT, where there is no limit
        raise ShapeError("the pattern has a repetition without a limit, or with one too large")
    return Repeat(_sequence(tree, caseless=caseless), least, most)


def _set(members: Any, *, caseless: bool) -> int:
    mask, negated = 0, False
    for operation, argument in members:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                mask |= _letter(argument, caseless=caseless)
            case "RANGE":
                mask |= reduce(
                    or_, (_letter(byte, caseless=caseless) for byte in range(argument[0], argument[1] + 1))
                )
            case "CATEGORY":
                mask |= _category(str(argument))
    return _ALL & ~mask if negated else mask


_CATEGORIES = {
    "DIGIT": b"0123456789",
    "SPACE": b" \t\n\r\f\v",
    "WORD": b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
}


def _category(name: str) -> int:
    negated = name.startswith("CATEGORY_NOT_")
    mask = mask_of(_CATEGORIES[name.rpartition("_")[2]])
    return _ALL & ~mask if negated else mask


def mask_of(members: bytes) -> int:
    """The set of these bytes."""
    return reduce(or_, (1 << byte for byte in members), 0)


def _letter(byte: int, *, caseless: bool) -> int:
    if not caseless:
        return 1 << byte
    return mask_of(bytes([byte]).lower() + bytes([byte]).upper())
