"""Beginnings of what a pattern matches: short enough to search for, and telling about where they started."""

from __future__ import annotations

from itertools import product

from sopskit.scanner.shape import Chars, Choice, Repeat, Sequence, Shape, letter_of, width

#: Bytes in a row that a text search can look for; of what is everywhere, they do not count.
_LITERAL = 3
_EVERYWHERE = ("https://", "http://", "www.", "https", "http", "://")

#: Texts of one pattern that are told apart, and repetitions that are written out.
_MOST = 64

#: Stands for a byte that is not the same in every match.
_ANY = "\0"


def beginning_of(shape: Shape, slack: int) -> Shape:
    """As much of the beginning as varies in width by no more than `slack` bytes."""
    least, most = width(shape)
    if most - least <= slack:
        return shape
    if isinstance(shape, Choice):
        return Choice(tuple(beginning_of(option, slack) for option in shape.options))
    if isinstance(shape, Repeat):
        least, most = width(shape.part)
        if (most - least) * shape.least <= slack:
            return Repeat(shape.part, shape.least, shape.least)
        return beginning_of(Sequence((shape.part,) * min(shape.least, _MOST)), slack)
    parts: list[Shape] = []
    for part in shape.parts if isinstance(shape, Sequence) else ():
        least, most = width(part)
        if most - least > slack:
            return Sequence((*parts, beginning_of(part, slack)))
        parts.append(part)
        slack -= most - least
    return Sequence(tuple(parts))


def least_of_tail(shape: Shape) -> Shape:
    """What each match has, with the repetition at its end cut to its least: it ends once, and early."""
    if isinstance(shape, Repeat) and isinstance(shape.part, Chars):
        return Repeat(shape.part, shape.least, shape.least)
    if isinstance(shape, Sequence) and shape.parts:
        *before, last = shape.parts
        tail = least_of_tail(last)
        if width(tail)[1] == 0:
            return least_of_tail(Sequence(tuple(before)))
        return Sequence((*before, tail))
    if isinstance(shape, Choice):
        return Choice(tuple(least_of_tail(option) for option in shape.options))
    return shape


def is_rare(shape: Shape) -> bool:
    """Whether each match holds a literal that a text search can look for, and that is not everywhere."""
    return all(map(_has_literal, texts(shape)))


def _has_literal(text: str) -> bool:
    for common in _EVERYWHERE:
        text = text.replace(common, _ANY)
    return any(len(run) >= _LITERAL for run in text.split(_ANY))


def texts(shape: Shape) -> set[str]:
    """Texts of which each match is one, with a NUL where bytes differ, and where there are too many."""
    if isinstance(shape, Chars):
        return {letter_of(shape, caseless=False) or letter_of(shape, caseless=True) or _ANY}
    if isinstance(shape, Choice):
        options = set().union(*map(texts, shape.options))
        return options if len(options) <= _MOST else {_ANY}
    if isinstance(shape, Sequence):
        return _joined(shape.parts)
    if shape.least == shape.most:
        return _joined((shape.part,) * min(shape.least, _MOST))
    once = texts(shape.part)
    if shape.least:
        return {text + _ANY for text in once}
    return {"", *once} if shape.most == 1 else {"", _ANY}


def _joined(parts: tuple[Shape, ...]) -> set[str]:
    found = {""}
    for part in parts:
        options = texts(part)
        if len(found) * len(options) > _MOST:
            options = {_ANY}
        found = {before + text for before, text in product(found, options)}
    return found
