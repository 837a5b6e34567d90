"""The fixed beginnings of what a pattern matches: of one width each, so that an end says where it started."""

from __future__ import annotations

from typing import NamedTuple

from sopskit.scanner.shape import Chars, Choice, Repeat, Sequence, Shape, letter_of

#: Beginnings of one pattern; more are not told apart.
_MOST = 32

#: Bytes of a beginning; what comes after makes it no rarer.
_LONGEST = 96

#: Bytes in a row that a text search can look for; of what is everywhere, they do not count.
_LITERAL = 3
_EVERYWHERE = ("https://", "http://", "www.", "https", "http", "://")


class Prefix(NamedTuple):
    """A beginning: sets of bytes, and whether what comes next is fixed too."""

    parts: tuple[Chars, ...] = ()
    is_open: bool = True


def prefixes_of(shape: Shape, *, expand: bool) -> list[Prefix]:
    """The beginnings of which each match of a pattern has one.

    Args:
        shape: of the pattern.
        expand: go on behind a repetition that varies, with a beginning for each number; else end there.
    """
    if isinstance(shape, Chars):
        return [Prefix((shape,))]
    if isinstance(shape, Choice):
        return _distinct(
            [prefix for option in shape.options for prefix in prefixes_of(option, expand=expand)]
        )
    if isinstance(shape, Sequence):
        found = [Prefix()]
        for part in shape.parts:
            found = _followed(found, prefixes_of(part, expand=expand))
        return found
    return _repeated(shape, expand=expand)


def _repeated(shape: Repeat, *, expand: bool) -> list[Prefix]:
    part = prefixes_of(shape.part, expand=expand)
    found = [Prefix()]
    for _ in range(min(shape.least, _LONGEST)):
        found = _followed(found, part)
    if shape.least == shape.most:
        return found
    if not expand or (shape.most - shape.least) * len(part) > _MOST:
        return _closed(found)
    every = list(found)
    for _ in range(shape.least, shape.most):
        found = _followed(found, part)
        every += found
    return _distinct(every)


def _followed(found: list[Prefix], part: list[Prefix]) -> list[Prefix]:
    """Each with each behind it; those that have ended, and all where they would be too many, stay as is."""
    number = sum(each.is_open for each in found)
    if number * len(part) + len(found) - number > _MOST:
        return _closed(found)
    longer = []
    for each in found:
        if each.is_open:
            longer += [_joined(each, more) for more in part]
        else:
            longer.append(each)
    return _distinct(longer)


def _joined(first: Prefix, second: Prefix) -> Prefix:
    parts = first.parts + second.parts
    return Prefix(parts[:_LONGEST], second.is_open and len(parts) < _LONGEST)


def _closed(found: list[Prefix]) -> list[Prefix]:
    return [each._replace(is_open=False) for each in found]


def _distinct(found: list[Prefix]) -> list[Prefix]:
    return list(dict.fromkeys(found))


def is_rare(prefix: Prefix) -> bool:
    """Whether it holds a literal that a text search can look for, and that is not everywhere."""
    text = "".join(
        letter_of(part, caseless=False) or letter_of(part, caseless=True) or "\0" for part in prefix.parts
    )
    for common in _EVERYWHERE:
        text = text.replace(common, "\0")
    return any(len(run) >= _LITERAL for run in text.split("\0"))
